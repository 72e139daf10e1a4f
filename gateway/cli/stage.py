"""The simulated street of a site: who stands where, made from the site's own plan."""

from collections.abc import Iterator
from pathlib import Path

from devices.device import Device
from firmware_sims.cast import Cast, Part
from firmware_sims.counter import CounterPart
from firmware_sims.lamp import LampType
from firmware_sims.ld2450 import RadarPart
from firmware_sims.luminaire import LuminairePart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from firmware_sims.profile import quiet_street
from firmware_sims.serial_counter import SerialCounterPart
from firmware_sims.street import Street
from gateway.clock import SECOND, Clock
from gateway.configuration.site import Site
from gateway.lighting.plan import Zone

REPORT = 60 * SECOND
"""How often simulated counters report (street time)."""


def cast_for(site: Site, clock: Clock, port: int, seed: int) -> Cast:
    """Every device of a site, on one street in which its zones lie end to end. Reads files; makes serial lines.

    `port` is the broker's on this machine.
    """
    parts: list[Part] = []
    begin = 0.0
    for zone in site.plan.zones:
        parts += _parts(site, zone, begin)
        begin += zone.length
    street = Street(begin, quiet_street(), site.plan.timezone, seed=seed, start=clock.now().time)
    return Cast(clock, Broker("127.0.0.1", port), site.id, street, parts)


def _parts(site: Site, zone: Zone, begin: float) -> Iterator[Part]:
    devices = {device.id: device for device in site.devices}
    for counter in zone.counters:
        yield _counter(devices[counter.sensor], begin + counter.at)
    for watch in zone.watches:
        if devices[watch.sensor].convention == "native":
            heartbeat = watch.expect or REPORT
            yield PresencePart(watch.sensor, begin + watch.start, begin + watch.end, heartbeat)
    for lamp in zone.luminaires:
        kind = LampType(lamp.type.nominal, lamp.type.minimum, lamp.type.minimum_level, lamp.type.standby)
        yield LuminairePart(lamp.id, begin + lamp.at, kind)


def _counter(device: Device, at: float) -> Part:
    line = Path(device.link.removeprefix("serial:"))
    if device.convention == "ld2450":
        count_line = device.options["count_line"]
        if not isinstance(count_line, float | int):
            raise TypeError(f"expected count_line in metres, found {count_line!r}")
        return RadarPart(device.id, at - count_line, line, count_line=count_line)
    if device.link.startswith("serial:"):
        return SerialCounterPart(device.id, at, line, REPORT)
    return CounterPart(device.id, at, REPORT)
