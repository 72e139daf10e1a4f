"""The simulated street of a site: who stands where, made from the site's own plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devices.device import Device, DeviceId
from firmware_sims.ailment import Ailment, SensorFaults
from firmware_sims.breakage import Breakage, Fault, breakage
from firmware_sims.cast import Cast, Part
from firmware_sims.catalogue import variant
from firmware_sims.counter import CounterPart
from firmware_sims.dali_gear import GearPart
from firmware_sims.dali_lamp import DaliLampPart
from firmware_sims.header import PinLampPart, PinSensorPart
from firmware_sims.lamp import LampType
from firmware_sims.ld2410 import Ld2410Part
from firmware_sims.ld2450 import RadarPart
from firmware_sims.luminaire import LuminairePart
from firmware_sims.modbus_counter import ModbusCounterPart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart
from firmware_sims.profile import quiet_street
from firmware_sims.sensor import MakePart
from firmware_sims.serial_counter import SerialCounterPart
from firmware_sims.street import Street
from gateway.clock import SECOND, Clock
from gateway.configuration.site import Site
from gateway.lighting.plan import Luminaire, Watch, Zone

REPORT = 60 * SECOND
"""How often simulated counters report (street time)."""


@dataclass(frozen=True, slots=True)
class Script:
    """What breaks in a play: by device, each fault with its instant from the beginning."""

    sensors: Mapping[str, Sequence[Breakage[Ailment]]] = field(default_factory=dict)
    lamps: Mapping[str, Sequence[Breakage[Fault]]] = field(default_factory=dict)


def script(site: Site, written: Sequence[str]) -> Script:
    """Read faults as DEVICE:KIND@SECONDS. Raises `ValueError` in words for what is none of the site's."""
    lamps = {str(lamp.id) for zone in site.plan.zones for lamp in zone.luminaires}
    sensors = {str(device.id) for device in site.devices} - lamps
    of_sensors: dict[str, list[Breakage[Ailment]]] = {}
    of_lamps: dict[str, list[Breakage[Fault]]] = {}
    for each in written:
        device, _, fault = each.partition(":")
        if device in lamps:
            of_lamps.setdefault(device, []).append(breakage(fault))
        elif device in sensors:
            of_sensors.setdefault(device, []).append(SensorFaults.read(fault))
        else:
            raise ValueError(f"expected DEVICE:KIND@SECONDS with a device of this street, found {each!r}")
    return Script(of_sensors, of_lamps)


def cast_for(site: Site, clock: Clock, port: int, seed: int, breaks: Script) -> Cast:
    """Every device of a site, on one street in which its zones lie end to end. Reads files; makes serial lines.

    `port` is the broker's on this machine.
    """
    stage = _Stage(site, breaks)
    parts: list[Part] = []
    begin = 0.0
    for zone in site.plan.zones:
        parts += stage.parts(zone, begin)
        begin += zone.length
    street = Street(begin, quiet_street(), site.plan.timezone, seed=seed, start=clock.now().time)
    return Cast(clock, Broker("127.0.0.1", port), site.id, street, parts)


class _Stage:
    """Knows the devices of a site, and what is to be wrong with them."""

    def __init__(self, site: Site, breaks: Script) -> None:
        self._devices = {device.id: device for device in site.devices}
        self._framings = {line.name: line.framing for line in site.serials}
        self._timezone = site.plan.timezone
        self._breaks = breaks

    def parts(self, zone: Zone, begin: float) -> Iterator[Part]:
        """The devices of a zone that begins at so many metres of the street."""
        counting: set[DeviceId] = set()
        for counter in zone.counters:
            counting.add(counter.sensor)
            yield self._counter(self._devices[counter.sensor], begin + counter.at)
        for watch in zone.watches:
            if watch.sensor not in counting:
                yield self._watcher(self._devices[watch.sensor], watch, begin)
        for lamp in zone.luminaires:
            yield self._lamp(self._devices[lamp.id], lamp, begin)

    def _counter(self, device: Device, at: float) -> Part:
        line, ill = Path(device.link.removeprefix("serial:")), self._ailments(device)
        if device.convention == "ld2450":
            count_line = device.options["count_line"]
            if not isinstance(count_line, float | int):
                raise TypeError(f"expected count_line in metres, found {count_line!r}")
            return RadarPart(device.id, at - count_line, line, count_line=count_line, breakages=ill)
        if device.convention == "modbus":
            port, _, unit = device.address.rpartition("/")
            return ModbusCounterPart(device.id, at, Path(port), int(unit), ill)
        if device.link.startswith("serial:"):
            return SerialCounterPart(device.id, at, line, REPORT, self._framings[device.link], ill)
        if device.convention == "native" and not ill:
            return CounterPart(device.id, at, REPORT)
        return self._make(device, at, 0.0, 0.0, REPORT)

    def _watcher(self, device: Device, watch: Watch, begin: float) -> Part:
        start, end, ill = begin + watch.start, begin + watch.end, self._ailments(device)
        heartbeat = watch.expect or REPORT
        if device.convention == "ld2410":
            return Ld2410Part(device.id, start, end, Path(device.link.removeprefix("serial:")), ill)
        if device.convention == "gpio":
            return PinSensorPart(device.id, start, end, device.address, ill)
        if device.convention == "native" and not ill:
            return PresencePart(device.id, start, end, heartbeat)
        return self._make(device, None, start, end, heartbeat // 2)

    def _make(self, device: Device, at: float | None, start: float, end: float, period: int) -> MakePart:
        make = variant(device.convention, device.address)
        base, topic = _text(device, "base"), _text(device, "topic")
        zone, ill = self._timezone, self._ailments(device)
        return MakePart(device.id, make, device.address, at, start, end, period, base, topic, zone, ill)

    def _lamp(self, device: Device, lamp: Luminaire, begin: float) -> Part:
        ill = tuple(self._breaks.lamps.get(lamp.id, ()))
        if device.convention == "dali":
            linear = device.options.get("dimming_curve") == "linear"
            gear = GearPart(int(device.address), linear=linear, metered=True)
            return DaliLampPart(lamp.id, int(device.link.rpartition(":")[2]), gear, ill)
        kind = LampType(lamp.type.nominal, lamp.type.minimum, lamp.type.minimum_level, lamp.type.standby)
        if device.convention == "gpio":
            return PinLampPart(lamp.id, device.address, kind, ill)
        return LuminairePart(
            lamp.id,
            begin + lamp.at,
            kind,
            breakages=ill,
            make=device.convention,
            address=device.address,
            base=_text(device, "base"),
            timezone=self._timezone,
        )

    def _ailments(self, device: Device) -> tuple[Breakage[Ailment], ...]:
        return tuple(self._breaks.sensors.get(device.id, ()))


def _text(device: Device, option: str) -> str:
    said = device.options.get(option, "")
    return said if isinstance(said, str) else ""
