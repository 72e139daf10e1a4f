"""Streets to walk along, and what sensors say of somebody who stands five seconds under each lamp."""

from collections.abc import Iterator

from hypothesis import strategies as st

from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.lighting.plan import Luminaire, Watch, Zone, ZoneId
from gateway.study.walk import Stand
from tests.lighting.street import LED, QUIET

STANDING = 5 * SECOND
A_METRE = SECOND


def zone(watches: tuple[Watch, ...], lamps: int, length: float = 320.0) -> Zone:
    """A zone with lamps in the middle of equal parts."""
    part = length / lamps
    hung = tuple(Luminaire(DeviceId(f"lamp-{n}"), part * (n - 0.5), LED) for n in range(1, lamps + 1))
    return Zone(ZoneId("street"), "Street", length, hung, watches, (), QUIET, "P4", 5.0)


@st.composite
def streets(draw: st.DrawFn) -> Zone:
    """Some sensors anywhere, of any reach."""
    watches = []
    for number in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, 300))
        end = min(320, start + draw(st.integers(1, 80)))
        watches.append(Watch(DeviceId(f"motion-{number}"), float(start), float(end), None))
    return zone(tuple(watches), draw(st.integers(1, 8)))


def stands(street: Zone) -> list[Stand]:
    """A stand of five seconds under each lamp, a metre a second between them."""
    first = street.luminaires[0].at
    return [
        Stand(lamp.at, begun := int((lamp.at - first) * A_METRE) + number * STANDING, begun + STANDING, lamp.id)
        for number, lamp in enumerate(street.luminaires)
    ]


def passing(sensor: DeviceId, stretch: tuple[float, float], street: Zone) -> Iterator[Reading]:
    """What a sensor says that sees a stretch: on when the walker comes into it, off when they leave."""
    was = False
    walked = stands(street)
    for tenth in range(walked[-1].until * 10 // SECOND + 1):
        time = tenth * SECOND // 10
        there = stretch[0] <= _at(walked, time) <= stretch[1]
        if there is not was:
            yield Reading(sensor, Quantity.PRESENCE, float(there), time)
        was = there


def _at(walked: list[Stand], time: int) -> float:
    standing = next((stand for stand in walked if stand.since <= time <= stand.until), None)
    if standing is not None:
        return standing.at
    before = max((stand for stand in walked if stand.until < time), key=lambda stand: stand.until)
    return before.at + (time - before.until) / A_METRE
