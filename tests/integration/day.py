"""One real day of four streets in a minute: the site, the streets, and what the databases and the tape say of it."""

import asyncio
import json
from collections import Counter as Sums
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from devices.convention import Numbered
from devices.device import DeviceId
from devices.reading import Quality, Quantity
from firmware_sims.cast import Cast, Part
from firmware_sims.counter import CounterPart
from firmware_sims.luminaire import LuminairePart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from firmware_sims.profile import auckland
from firmware_sims.serial_counter import SerialCounterPart
from firmware_sims.street import Street, exactly
from gateway.clock import SECOND, ScaledClock
from gateway.configuration.site import Site
from gateway.lighting.decision import Decision
from gateway.record.reader import Reader
from gateway.study.replay import facts
from tests.model import Model

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
MIDNIGHT = 1_763_636_400 * SECOND
"""2025-11-21 00:00 in Auckland (11:00 UTC the day before), a Friday."""

BEFORE, AFTER = 2 * HOUR, 20 * MINUTE
"""Street time that is played around the day, so that no process starts or ends within it."""

SPEED = 1200.0
HEARTBEAT = 100 * MINUTE
"""5 s of real time: no machine that runs tests is silent for so long."""

PERIOD = 5 * MINUTE
STREETS = ("61 Federal Street", "150 K Road", "2 High Street", "1 Courthouse Lane")
LENGTH, COUNTED_AT = 120.0, 50.0
DRAIN = 60.0
"""Real seconds that the pipeline may take to run empty."""

PeopleByHour = dict[str, dict[int, float]]
"""People by counter and by the hour's number since midnight."""


def counter_of(number: int) -> str:
    """The counter of a street; the last one is behind a serial line."""
    return f"counter-{number}"


def write_site(folder: Path, mqtt: str, broker: str, targets: Sequence[Mapping[str, object]] = ()) -> None:
    """Write the configuration of the four streets. JSON is YAML."""
    steps = [
        {"from": "sunset", "class": "P4", "empty": "P6"},
        {"from": "23:00", "class": "P5", "empty": "P6", "max": "80%"},
    ]
    program: dict[str, object] = {
        "active": {"from": "sunset", "to": "sunrise"},
        "failsafe": "90%",
        "count": {
            "window": "2h",
            "hold": "1h",
            "confirm": 2,
            "curve": {"0/h": "20%", "60/h": "50%", "600/h": "100%"},
        },
        "ramp": {"up": "2s", "down": "45s"},
        "steps": steps,
    }
    watched = {**program, "presence": {"level": "100%", "hold": "3min", "max_on": "2h"}}
    numbers = range(len(STREETS))
    zones = {
        f"street-{number}": {
            "length": f"{LENGTH:g} m",
            "class": "P4",
            "design": "15 lx",
            "program": "watched" if number == 0 else "counted",
        }
        for number in numbers
    }
    sensors: dict[str, object] = {
        counter_of(number): {
            "zone": f"street-{number}",
            "at": f"{COUNTED_AT:g} m",
            "convention": "native",
            "measures": "pedestrians",
            "heartbeat": f"{HEARTBEAT // MINUTE} min",
            **({"serial": str(folder / "line")} if number == len(STREETS) - 1 else {}),
        }
        for number in numbers
    }
    sensors["motion"] = {
        "zone": "street-0",
        "at": "60 m",
        "sees": "60 m",
        "convention": "native",
        "measures": "presence",
        "heartbeat": f"{HEARTBEAT // MINUTE} min",
    }
    lamps = {
        f"lamp-{number}": {"zone": f"street-{number}", "at": "60 m", "convention": "native", "type": "led"}
        for number in numbers
    }
    site = {
        "version": 1,
        "site": {"id": "auckland", "name": "Four streets", "latitude": -36.848, "longitude": 174.765}
        | {"time_zone": "Pacific/Auckland"},
        "mqtt": {"url": mqtt, "broker": broker},
        "influxdb": list(targets),
        "lateness": "90 min",
        "refresh": "10 min",
    }
    lighting = {"version": 1, "zones": zones, "programs": {"counted": program, "watched": watched}}
    types = {"led": {"full": "28 W", "dimmed": "4 W at 10%", "standby": "0.5 W"}}
    devices = {"version": 1, "sensors": sensors, "luminaires": lamps, "types": types}
    for name, content in (("site", site), ("lighting", lighting), ("devices", devices)):
        (folder / f"{name}.yaml").write_text(json.dumps(content, indent=1), encoding="utf-8")


@dataclass
class Day:
    """The streets and the devices in them, in one street time."""

    clock: ScaledClock
    streets: list[Street] = field(default_factory=list)
    casts: list[Cast] = field(default_factory=list)

    @classmethod
    def begin(cls, folder: Path, port: int) -> "Day":
        """Make the streets two hours before midnight. Reads files and makes the serial line; blocks."""
        day = cls(ScaledClock(MIDNIGHT - BEFORE, SPEED))
        weeks = auckland()
        for number, name in enumerate(STREETS):
            street = Street(
                LENGTH, weeks[name], "Pacific/Auckland", seed=number, start=MIDNIGHT - BEFORE, arrive=exactly
            )
            parts: list[Part] = [LuminairePart(f"lamp-{number}", 60.0)]
            if number == len(STREETS) - 1:
                parts.append(SerialCounterPart(counter_of(number), COUNTED_AT, folder / "line", PERIOD))
            else:
                parts.append(CounterPart(counter_of(number), COUNTED_AT, PERIOD))
            if number == 0:
                parts.append(PresencePart("motion", 0.0, LENGTH, HEARTBEAT))
            cast = Cast(day.clock, Broker("127.0.0.1", port), "auckland", street, parts)
            cast.open()
            day.streets.append(street)
            day.casts.append(cast)
        return day

    def end(self) -> None:
        """Unplug the serial line."""
        for cast in self.casts:
            cast.close()

    async def until(self, hour: float) -> None:
        """Let street time pass to so many hours after midnight."""
        await self.clock.sleep_until(MIDNIGHT + int(hour * HOUR))

    async def drained(self, site: Site) -> None:
        """End all counting and wait until the record holds every last number."""
        for cast in self.casts:
            cast.stop()
        async with asyncio.timeout(DRAIN):
            await asyncio.gather(*(cast.drained() for cast in self.casts))
        last = [item for cast in self.casts for item in cast.truth().last_numbers.items()]
        await happens(lambda: all(_last_number(site, device, boot) >= seq for device, (boot, seq) in last))

    def sensed(self) -> dict[str, int]:
        """People whom each counter reported, from its start to its end."""
        return {counter: people for cast in self.casts for counter, people in cast.truth().people_sensed.items()}

    def walked(self) -> PeopleByHour:
        """People who walked past each counter in each hour of the day, by the streets themselves."""
        return {
            counter_of(number): {
                hour: len(street.passages(COUNTED_AT, MIDNIGHT + hour * HOUR, MIDNIGHT + (hour + 1) * HOUR))
                for hour in range(24)
            }
            for number, street in enumerate(self.streets)
        }


async def happens(condition: Callable[[], bool]) -> None:
    """Wait for what nobody tells of; the condition may block."""
    async with asyncio.timeout(DRAIN):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)


def _last_number(site: Site, device: str, boot: str) -> int:
    with closing(Reader(site.state)) as reader:
        number = reader.last_numbered(DeviceId(device), boot)
    return -1 if number is None else number


async def forwarded(site: Site) -> None:
    """Wait until every target has what the record holds now."""
    await happens(lambda: _caught_up(site))


def _caught_up(site: Site) -> bool:
    with closing(Reader(site.state)) as reader:
        newest = max((entry.seq for entry in reader.entries() if _counts(entry.learned)), default=0)
        return all(reader.cursor(target.name) >= newest for target in site.targets)


def _counts(learned: Sequence[object]) -> bool:
    return any(getattr(item, "quantity", None) is Quantity.PEDESTRIANS for item in learned)


def by_hour(points: Iterator[tuple[str, int, float]]) -> PeopleByHour:
    """Sum people by counter and hour; a count at the full hour belongs to the hour that ends there."""
    sums: PeopleByHour = {}
    for device, milliseconds, people in points:
        hour = (milliseconds * 1_000_000 - MIDNIGHT - 1) // HOUR
        hours = sums.setdefault(device, {})
        hours[hour] = hours.get(hour, 0) + people
    return sums


def in_the_day(sums: PeopleByHour) -> PeopleByHour:
    """Only the 24 hours of the day, each of them."""
    return {device: {hour: hours.get(hour, 0) for hour in range(24)} for device, hours in sums.items()}


def in_record(site: Site) -> PeopleByHour:
    """What the record holds."""
    with closing(Reader(site.state)) as reader:
        readings = [item for item in reader.series(Quantity.PEDESTRIANS) if not item.quality & Quality.RETAINED]
    return by_hour((item.device, item.time // 1_000_000, item.value) for item in readings)


def in_influxdb(url: str, database: str) -> PeopleByHour:
    """What InfluxDB 1.x answers to InfluxQL."""
    query = urlencode({"db": database, "epoch": "ms", "q": "SELECT value, device FROM pedestrians"})
    with urlopen(f"{url}/query?{query}") as answer:  # noqa: S310 - a server of this test
        (result,) = json.load(answer)["results"]
    (series,) = result["series"]
    return by_hour((device, milliseconds, value) for milliseconds, value, device in series["values"])


def in_victoria_metrics(url: str) -> PeopleByHour:
    """What VictoriaMetrics exports, after it has made everything visible."""
    with urlopen(f"{url}/internal/force_flush"):  # noqa: S310 - as above
        pass
    query = urlencode({"match[]": '{__name__="pedestrians_value"}'})
    with urlopen(f"{url}/api/v1/export?{query}") as answer:  # noqa: S310 - as above
        lines = [json.loads(line) for line in answer]
    return by_hour(
        (line["metric"]["device"], milliseconds, value)
        for line in lines
        for milliseconds, value in zip(line["timestamps"], line["values"], strict=True)
    )


def make_database(url: str, name: str) -> None:
    """Create a database in InfluxDB 1.x."""
    body = urlencode({"q": f"CREATE DATABASE {name}"}).encode()
    with urlopen(Request(f"{url}/query", data=body)):  # noqa: S310 - a server of this test
        pass


@dataclass(frozen=True)
class Level:
    """A lamp's level at an hour's end: what the gateway had decided and what the model makes of the tape."""

    lamp: str
    hour: int
    decided: int
    modelled: int


def levels(site: Site) -> list[Level]:
    """Every lamp's level in the last instant of every hour of the day, decided and modelled."""
    with closing(Reader(site.state)) as reader:
        tape = [(entry.at, facts(entry)) for entry in reader.entries()]
        decisions = list(reader.decisions())
    found = []
    for zone in site.plan.zones:
        model = Model(site.plan, zone, tape)
        for lamp in zone.luminaires:
            for hour in range(24):
                end = MIDNIGHT + (hour + 1) * HOUR - 1
                found.append(Level(lamp.id, hour, _standing(decisions, lamp.id, end), model.level(lamp, end)))
    return found


def _standing(decisions: Sequence[Decision], lamp: DeviceId, at: int) -> int:
    return next(item.level for item in reversed(decisions) if item.lamp == lamp and item.time <= at)


def lost_numbers(site: Site, device: str, boot: str, seq: int) -> list[int]:
    """The numbers up to `seq` of one boot of a device that the record does not hold."""
    with closing(Reader(site.state)) as reader:
        held = {
            item.seq
            for entry in reader.entries()
            for item in entry.learned
            if isinstance(item, Numbered) and item.device == device and item.boot == boot
        }
    return [number for number in range(seq + 1) if number not in held]


def totals(sums: PeopleByHour) -> Sums[str]:
    """All people of each counter."""
    return Sums({device: int(sum(hours.values())) for device, hours in sums.items()})
