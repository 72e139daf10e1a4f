"""Both nights in which the clock changes, hour by hour, on a street for each shipped program and one with steps.

Ten people walk past every counter within ten minutes of every other hour.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.engine import Engine
from gateway.lighting.plan import Counter, Plan, Zone, ZoneId
from tests.lighting.shipped import following
from tests.lighting.street import plan

PARIS = ZoneInfo("Europe/Paris")
SHIPPED = ("ekz-urdorf", "en13201-by-flow")
STEPS = """
programs:
  by-the-clock:
    like: ekz-urdorf
    dark: {from: 01:30, to: 02:30, because: decree}
    steps:
      - {from: sunset, class: P6, empty: P7, default: 80%}
      - {from: 22:30, class: P6, empty: P7, default: 60%}
      - {from: 02:30, class: P6, empty: P7, default: 50%}
      - {from: 05:30, class: P6, empty: P7, default: 80%}
"""

# Sunset on 28 March at 18:04 UTC and sunrise at 05:26; on 24 October at 16:38 and on the 25th at 06:13 (astral).
# 02:30 is not there in spring: the darker step waits for 01:30 UTC (02:30 if the clock had gone on), the darkness ends
# at 00:30 UTC (02:30 as if it had changed already), when it has just begun, so that there is none. In autumn 02:30 is
# there twice, at 00:30 and 01:30 UTC: the step takes the later one; 01:30 comes once, at 23:30 UTC, and the darkness
# ends at the first 02:30. Ten people in ten minutes are 60 an hour: 40 + 60 x 60 / 120 = 70 % by the first program; by
# the second that is normal use, P5, 3.0 of 5.0 lx.
SPRING = """\
local             UTC          ekz-urdorf  en13201-by-flow     by-the-clock
28 Mar 18:50 CET  17:50                0                0                0
28 Mar 19:50 CET  18:50               70               60               80
28 Mar 20:50 CET  19:50               40               40               80
28 Mar 21:50 CET  20:50               70               60               80
28 Mar 22:50 CET  21:50               40               40               60
28 Mar 23:50 CET  22:50               70               60               60
29 Mar 00:50 CET  23:50               40               40               60
29 Mar 01:50 CET  00:50               70               60               60
29 Mar 03:50 CEST 01:50               40               40               50
29 Mar 04:50 CEST 02:50               70               60               50
29 Mar 05:50 CEST 03:50               40               40               80
29 Mar 06:50 CEST 04:50               70               60               80
29 Mar 07:50 CEST 05:50                0                0                0
"""
AUTUMN = """\
local             UTC          ekz-urdorf  en13201-by-flow     by-the-clock
24 Oct 17:50 CEST 15:50                0                0                0
24 Oct 18:50 CEST 16:50               70               60               80
24 Oct 19:50 CEST 17:50               40               40               80
24 Oct 20:50 CEST 18:50               70               60               80
24 Oct 21:50 CEST 19:50               40               40               80
24 Oct 22:50 CEST 20:50               70               60               60
24 Oct 23:50 CEST 21:50               40               40               60
25 Oct 00:50 CEST 22:50               70               60               60
25 Oct 01:50 CEST 23:50               40               40                0
25 Oct 02:50 CEST 00:50               70               60               60
25 Oct 02:50 CET  01:50               40               40               50
25 Oct 03:50 CET  02:50               70               60               50
25 Oct 04:50 CET  03:50               40               40               50
25 Oct 05:50 CET  04:50               70               60               80
25 Oct 06:50 CET  05:50               40               40               80
25 Oct 07:50 CET  06:50                0                0                0
"""


def streets() -> Plan:
    """Three streets whose counters are believed without a word."""
    clock = following("by-the-clock", STEPS)
    assert clock.program.count is not None
    default_alone = replace(clock, program=replace(clock.program, count=None))
    shipped = {name: following(name) for name in SHIPPED}
    return plan(*(_alone(zone, name) for name, zone in {**shipped, "by-the-clock": default_alone}.items()))


def _alone(zone: Zone, name: str) -> Zone:
    lamp = replace(zone.luminaires[0], id=DeviceId(f"lamp-{name}"))
    counter = Counter(DeviceId(f"counter-{name}"), 0.0, None)
    return replace(zone, id=ZoneId(name), luminaires=(lamp,), counters=(counter,))


def hours(start: datetime, count: int) -> Iterator[str]:
    """A line an hour: the clock on the wall, and the level of each street."""
    rules = streets()
    yield f"{'local':<17} UTC   " + "".join(f"{zone.id:>17}" for zone in rules.zones)
    engine = Engine(rules, int(start.timestamp()) * SECOND - 7200 * SECOND)
    for hour in range(count):
        moment = start + timedelta(hours=hour)
        at = int(moment.timestamp()) * SECOND
        people = 10.0 * (hour % 2)
        for zone in rules.zones:
            said = Reading(zone.counters[0].sensor, Quantity.PEDESTRIANS, people, at - 60 * SECOND, "", 600 * SECOND)
            engine.advance(said.time, [said])
        engine.advance(at)
        levels = [engine.standing(zone.luminaires[0].id).level for zone in rules.zones]
        wall = moment.astimezone(PARIS)
        yield f"{wall:%d %b %H:%M} {wall.tzname():<4} {moment:%H:%M}" + "".join(f"{level:>17}" for level in levels)


@pytest.mark.parametrize(
    ("start", "table"),
    [
        (datetime(2026, 3, 28, 17, 50, tzinfo=UTC), SPRING),
        (datetime(2026, 10, 24, 15, 50, tzinfo=UTC), AUTUMN),
    ],
)
def test_the_night_in_which_the_clock_changes(start: datetime, table: str) -> None:
    shown = "\n".join(hours(start, table.count("\n") - 1)) + "\n"
    print(shown)  # noqa: T201 - pytest -s shows the night
    assert shown == table
