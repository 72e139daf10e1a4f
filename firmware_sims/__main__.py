"""Simulated devices from the command line, each alone or a whole street: `python -m firmware_sims --help`."""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from firmware_sims.ailment import Ailment, SensorFaults
from firmware_sims.breakage import Breakage, Fault, breakage
from firmware_sims.cast import Cast, Part
from firmware_sims.catalogue import COUNTERS, LAMPS, WATCHERS
from firmware_sims.counter import CounterPart
from firmware_sims.framing import FRAMINGS
from firmware_sims.ld2410 import Ld2410Part
from firmware_sims.ld2450 import RadarPart
from firmware_sims.luminaire import LuminairePart
from firmware_sims.odometer import OdometerPart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from firmware_sims.profile import auckland, quiet_street
from firmware_sims.sensor import MakePart
from firmware_sims.serial_counter import SerialCounterPart
from firmware_sims.street import Street
from firmware_sims.truth import Truth
from gateway.clock import SECOND, Clock, ScaledClock, SystemClock

Broken = TypeVar("Broken", Breakage[Fault], Breakage[Ailment])

PATIENCE = 5.0
"""Real seconds in which the last messages may still go when the program is told to end."""

WARM_UP = 1800 * SECOND
"""Walkers enter this long before the devices start, so that the street is not empty at first."""

LAMP_COUNT, LAMP_SPACING = 20, 30.0
MOTIONS, MOTION_SPACING = 10, 60.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--broker", type=broker, default="mqtt://127.0.0.1:1883", help="mqtt://[USER:PASSWORD@]HOST:PORT"
    )
    common.add_argument("--site", default="chalon", help="id of the site, as in site.yaml")
    common.add_argument("--speed", type=float, help="seconds of street time in a real second (default: real time)")
    common.add_argument("--start", type=datetime.fromisoformat, help="street time at the start, with --speed: ISO 8601")
    common.add_argument("--length", type=float, default=600.0, help="of the street in metres")
    common.add_argument("--timezone", default="Europe/Paris", help="of the street, for the hours of its profile")
    common.add_argument("--profile", choices=sorted(auckland()), help="Auckland sensor (default: a quiet street)")
    common.add_argument("--crowd", type=float, default=1.0, help="multiplies the people of the profile")
    common.add_argument("--seed", type=int, default=1, help="of the walkers; the same for devices of one street")
    device = argparse.ArgumentParser(add_help=False)
    device.add_argument("--id", required=True, help="of the device, as in devices.yaml")
    device.add_argument("--at", type=float, default=0.0, help="metres along the street")
    period = argparse.ArgumentParser(add_help=False)
    period.add_argument("--period", type=float, default=60.0, help="seconds between two reports")
    link = argparse.ArgumentParser(add_help=False)
    link.add_argument("--link", type=Path, required=True, help="path under which the serial line appears")

    ill = argparse.ArgumentParser(add_help=False)
    broken = "what is wrong with it, and from when on: KIND@SECONDS, again for what comes next; KIND is one of "
    ill.add_argument("--fault", type=ailment, action="append", default=[], help=broken + ", ".join(Ailment))
    make = argparse.ArgumentParser(add_help=False)
    make.add_argument("--address", help="as its make calls it, like `address` in devices.yaml (default: its id)")
    make.add_argument("--base", default="", help="where its topics begin, if not as usual")

    top = argparse.ArgumentParser(prog="python -m firmware_sims", description="Simulated streetlights and sensors.")
    parts = top.add_subparsers(dest="part", required=True)
    parts.add_parser("counter", parents=[common, device, period], help="counts people, over MQTT")
    odometer = parts.add_parser("odometer", parents=[common, device, period], help="says running totals, over MQTT")
    odometer.add_argument("--shows", type=int, default=0, help="what it begins with, each way (default: 0)")
    odometer.add_argument("--wraps-at", type=int, default=2**32, help="the value after which it shows 0")
    presence = parts.add_parser("presence", parents=[common, device], help="says whether somebody is there, over MQTT")
    presence.add_argument("--sees", type=float, default=30.0, help="metres each way along the street")
    presence.add_argument("--heartbeat", type=float, default=300.0, help="seconds; it speaks twice as often")
    sensor = parts.add_parser("sensor", parents=[common, device, period, make, ill], help="of any make, over MQTT")
    what = sensor.add_mutually_exclusive_group(required=True)
    what.add_argument("--counts", choices=sorted(COUNTERS), metavar="MAKE", help=", ".join(sorted(COUNTERS)))
    what.add_argument("--watches", choices=sorted(WATCHERS), metavar="MAKE", help=", ".join(sorted(WATCHERS)))
    sensor.add_argument("--sees", type=float, default=30.0, help="metres each way, of one that watches")
    lamp = parts.add_parser("luminaire", parents=[common, device, make], help="fades as it is told, over MQTT")
    lamp.add_argument("--make", choices=sorted(LAMPS), default="native", help="(default: native)")
    lamp.add_argument("--failure-level", type=float, default=100.0, help="per cent when nobody tells it anything")
    lamp.add_argument("--fault", type=fault, action="append", default=[], help=broken + ", ".join(Fault))
    line = parts.add_parser(
        "serial-counter", parents=[common, device, period, link, ill], help="counts people, over a serial line"
    )
    line.add_argument("--framing", choices=sorted(FRAMINGS), default="lines", help="(default: lines)")
    radar = parts.add_parser("ld2450", parents=[common, device, link, ill], help="HLK-LD2450 radar on a serial line")
    radar.add_argument("--reach", type=float, default=6.0, help="metres")
    radar.add_argument("--count-line", type=float, default=2.0, help="metres ahead")
    other = parts.add_parser("ld2410", parents=[common, device, link, ill], help="HLK-LD2410 radar on a serial line")
    other.add_argument("--sees", type=float, default=5.0, help="metres each way along the street")
    parts.add_parser("street", parents=[common], help="20 lamps, 10 presence sensors and 2 counters over MQTT")
    return top


def broker(url: str) -> Broker:
    """Read a broker's address. Raises `ArgumentTypeError` if it is none."""
    parts = urlsplit(url)
    if parts.scheme != "mqtt" or not parts.hostname:
        raise argparse.ArgumentTypeError(f"expected mqtt://HOST:PORT, found {url!r}")
    return Broker(parts.hostname, parts.port or 1883, parts.username, parts.password)


def fault(written: str) -> Breakage[Fault]:
    """Read when a lamp breaks, and how. Raises `ArgumentTypeError` if it says neither."""
    return _read(breakage, written)


def ailment(written: str) -> Breakage[Ailment]:
    """Read what a sensor gets, and when. Raises `ArgumentTypeError` if it says neither."""
    return _read(SensorFaults.read, written)


def _read(read: Callable[[str], Broken], written: str) -> Broken:
    try:
        return read(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def cast_parts(given: argparse.Namespace) -> list[Part]:
    """The devices that the command line asks for."""
    match given.part:
        case "odometer":
            shows = given.shows, given.shows
            return [OdometerPart(given.id, given.at, _duration(given.period), shows=shows, wraps_at=given.wraps_at)]
        case "presence":
            low, high = given.at - given.sees, given.at + given.sees
            return [PresencePart(given.id, low, high, _duration(given.heartbeat))]
        case "street":
            return whole_street(given.length)
        case one:
            return [PARTS[one](given)]


def _sensor(given: argparse.Namespace) -> MakePart:
    return MakePart(
        given.id,
        given.counts or given.watches,
        given.address or given.id,
        given.at if given.counts else None,
        given.at - given.sees,
        given.at + given.sees,
        _duration(given.period),
        given.base,
        timezone=given.timezone,
        breakages=tuple(given.fault),
    )


def _luminaire(given: argparse.Namespace) -> LuminairePart:
    return LuminairePart(
        given.id,
        given.at,
        failure_level=given.failure_level,
        breakages=tuple(given.fault),
        make=given.make,
        address=given.address or given.id,
        base=given.base,
        timezone=given.timezone,
    )


PARTS: Mapping[str, Callable[[argparse.Namespace], Part]] = {
    "counter": lambda given: CounterPart(given.id, given.at, _duration(given.period)),
    "sensor": _sensor,
    "luminaire": _luminaire,
    "serial-counter": lambda given: SerialCounterPart(
        given.id, given.at, given.link, _duration(given.period), given.framing, tuple(given.fault)
    ),
    "ld2450": lambda given: RadarPart(
        given.id, given.at, given.link, given.reach, given.count_line, breakages=tuple(given.fault)
    ),
    "ld2410": lambda given: Ld2410Part(
        given.id, given.at - given.sees, given.at + given.sees, given.link, tuple(given.fault)
    ),
}
"""Those that are one device of a kind, by their verbs."""


def whole_street(length: float) -> list[Part]:
    """A counter at each end, presence sensors and lamps between."""
    lamps = [LuminairePart(f"lamp-{n + 1:02}", n * LAMP_SPACING) for n in range(LAMP_COUNT)]
    motions = [PresencePart(f"motion-{n + 1:02}", n * MOTION_SPACING, (n + 1) * MOTION_SPACING) for n in range(MOTIONS)]
    return [CounterPart("counter-west", 0.0), CounterPart("counter-east", length), *motions, *lamps]


async def play(cast: Cast) -> Truth:
    """Let a cast play until SIGINT or SIGTERM comes, then let it say its last words."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    playing = asyncio.create_task(cast.run(), name="cast")
    ending = asyncio.create_task(ended.wait(), name="end")
    await asyncio.wait({playing, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    cast.stop()
    await asyncio.wait({asyncio.create_task(cast.drained(), name="drain")}, timeout=PATIENCE)
    truth = cast.truth()
    playing.cancel()
    await asyncio.wait({playing})
    if not playing.cancelled():
        playing.result()
    return truth


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the devices that the command line asks for; print at the end what each knows to be true, as JSON."""
    given = parser().parse_args(arguments)
    clock = _clock(given)
    profile = auckland()[given.profile] if given.profile else quiet_street()
    start = clock.now().time - WARM_UP
    street = Street(given.length, profile.scaled(given.crowd), given.timezone, seed=given.seed, start=start)
    with Cast(clock, given.broker, given.site, street, cast_parts(given)) as cast:
        truth = asyncio.run(play(cast))
    for testimony in truth.testimonies:
        known = {key: value for key, value in asdict(testimony).items() if value is not None}
        sys.stdout.write(json.dumps(known) + "\n")
    return 0


def _clock(given: argparse.Namespace) -> Clock:
    if given.speed is None:
        return SystemClock()
    start = time.time_ns() if given.start is None else round(given.start.timestamp()) * SECOND
    return ScaledClock(start, given.speed)


def _duration(seconds: float) -> int:
    return round(seconds * SECOND)


if __name__ == "__main__":
    sys.exit(main())
