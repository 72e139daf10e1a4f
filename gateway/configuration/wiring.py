"""Sensors and lamps as they hang in the zones: what each watches or counts, and by which link it is heard."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from devices.convention import BASED, LAMPS, NAMES, ON_LINES, ONLY_LAMPS, RADARS, SHARED
from devices.device import Device, DeviceId, Kind
from devices.framing import SPOKEN
from gateway.configuration import dali, modbus, pins
from gateway.configuration.equipment import Unit
from gateway.configuration.models import DeviceBlock, LuminaireBlock, SensorBlock, ZoneBlock
from gateway.configuration.problems import unknown
from gateway.configuration.reach import mistake
from gateway.configuration.rules import Rules
from gateway.configuration.site import SerialSettings
from gateway.lighting.plan import Counter, LampType, Limits, Luminaire, Place, Problem, Watch

MQTT = "mqtt"
"""The name of the link to the broker."""

_BAUD = {"native": 115_200, "ld2410": 256_000, "ld2450": 256_000}
_COMPONENT = re.compile(r".+/(light|switch)/[^/]+")
_UNSAFE_IN_TOPICS = frozenset("/+#\0")
_LONGEST_MEANING = "how long it may be silent, such as 5min; or  silence: trusted  for one that speaks only of events"


def sensor_problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """What a sensor's keys lack, and which of them contradict each other."""
    block = unit.block
    if block.convention is None:
        yield unit.missing("convention", f"one of {', '.join(NAMES)}")
    elif block.convention in ONLY_LAMPS:
        yield Problem(unit.at("convention"), f"no sensor speaks {block.convention}", "It is for lamps")
    elif block.convention in RADARS:
        yield from _radar_problems(unit, block.convention)
    elif block.convention == pins.GPIO:
        yield from pins.sensor_problems(unit)
    else:
        yield from _native_problems(unit)
    if block.convention == modbus.MODBUS:
        yield from modbus.problems(unit)
    if block.faces is not None and block.sees is None:
        expected = "Write  sees:  too, or leave  faces:  out: only where somebody is seen matters where they go"
        yield Problem(unit.at("faces"), '"faces" belongs to a sensor of presence', expected)
    if block.zeros is not None and block.count_line is None and "pedestrians" not in (block.measures or ()):
        yield Problem(unit.at("zeros"), '"zeros" belongs to a counter', "Leave  zeros:  out: it counts nobody")
    if block.heartbeat is None and block.silence is None:
        yield unit.missing("heartbeat", _LONGEST_MEANING)
    if block.heartbeat is not None and block.silence is not None:
        yield Problem(unit.at("silence"), '"heartbeat" and "silence: trusted" contradict each other', "One of them")
    yield from _serial_problems(unit)
    yield from pins.misplaced(unit)
    yield from modbus.misplaced(unit)
    yield from _topic_problems(unit)
    yield from _custom_problems(unit)


def _serial_problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """What contradicts each other about the line that a sensor is on, or is not on."""
    block = unit.block
    if block.serial is not None and not block.serial.startswith("/") and (wrong := mistake(block.serial, "socket")):
        expected = "A path that stays when the plug moves, /dev/serial/by-id/..., or socket://host:port"
        yield Problem(unit.at("serial"), f'"{block.serial}" is no serial port: {wrong}', expected)
    if block.serial is not None and block.address is not None:
        yield Problem(unit.at("address"), "on a serial line the port is the address", "Leave  address:  out")
    if block.serial is not None and block.convention not in (None, *ON_LINES):
        expected = f"Leave it out, or write  convention:  {' or '.join(ON_LINES)}"
        yield Problem(unit.at("serial"), f"{block.convention} is not spoken on a serial line", expected)
    if block.baud is not None and block.serial is None:
        yield Problem(unit.at("baud"), '"baud" belongs to a serial line', "Write  serial:  and the port")
    if block.framing is not None and block.convention in RADARS:
        yield Problem(unit.at("framing"), f"an {block.convention} has frames of its own", "Leave  framing:  out")
    elif block.framing is not None and block.serial is None:
        yield Problem(unit.at("framing"), '"framing" belongs to a serial line', "Write  serial:  and the port")


def _radar_problems(unit: Unit[SensorBlock], radar: str) -> Iterator[Problem]:
    block = unit.block
    if block.serial is None:
        yield unit.missing("serial", "the port it is plugged into: /dev/serial/by-id/...")
    if block.measures is not None:
        counts = ", and counts with  count_line: 2 m" if radar == "ld2450" else "; it counts nobody"
        expected = f"Leave it out: it sees who is there (sees: 6 m){counts}"
        yield Problem(unit.at("measures"), f"an {radar} is not told what it measures", expected)
    if radar != "ld2450":
        yield from _no_count_line(unit)
    if block.sees is None and (radar != "ld2450" or block.count_line is None):
        instead = "; or  count_line:" if radar == "ld2450" else ""
        yield unit.missing("sees", f"how far it sees each way along the zone, such as 6 m{instead}")
    if block.wraps_at is not None:
        yield Problem(unit.at("wraps_at"), f"an {radar} has no running total", "Leave  wraps_at:  out")
    if block.time_zone is not None:
        yield Problem(unit.at("time_zone"), f"an {radar} tells no times", "Leave it out")
    if block.silence is not None:
        expected = "It speaks ten times a second; write  heartbeat: 5s"
        yield Problem(unit.at("silence"), f"the silence of an {radar} is a fault", expected)


def _no_count_line(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    if unit.block.count_line is not None:
        expected = "Leave it out" if unit.block.convention in RADARS else "Write  measures: pedestrians"
        yield Problem(unit.at("count_line"), "only an ld2450 has a count_line", expected)


def _native_problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    block = unit.block
    yield from _no_count_line(unit)
    if block.wraps_at is not None and "pedestrians" not in (block.measures or ("pedestrians",)):
        yield Problem(unit.at("wraps_at"), '"wraps_at" belongs to a counter', "Write  measures: pedestrians  too")
    if block.measures is None:
        yield unit.missing("measures", "pedestrians, presence, or [pedestrians, presence]")
        return
    if "presence" in block.measures and block.sees is None:
        yield unit.missing("sees", "how far it sees each way along the zone, such as 30 m")
    if "presence" not in block.measures and block.sees is not None:
        expected = "Write  measures: [pedestrians, presence]  if it also says that somebody is there"
        yield Problem(unit.at("sees"), 'a counter that only counts has no "sees"', expected)


def _topic_problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """Whether the topic it speaks on is one, and is not known without being written."""
    topic, convention = unit.block.topic, unit.block.convention
    if topic is not None and convention not in SHARED:
        expected = f"Leave it out: it is for {', '.join(SHARED)}"
        yield Problem(unit.at("topic"), f"{convention} knows its topics from the address", expected)
    if topic is not None and (_UNSAFE_IN_TOPICS - {"/"}) & set(topic):
        yield Problem(unit.at("topic"), "this is no single topic", "No + # in it")


def _custom_problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """Whether what only `custom` needs is there, and only there."""
    reads, custom = unit.block.reads, unit.block.convention == "custom"
    if custom and reads is None:
        yield unit.missing("reads", "where its quantities stand:  {presence: motion, illuminance: data.lux}")
    if not custom and reads is not None:
        yield Problem(unit.at("reads"), f"{unit.block.convention} knows what it reads", "Leave  reads:  out")


def luminaire_problems(unit: Unit[LuminaireBlock], types: Mapping[str, LampType | None]) -> Iterator[Problem]:
    """What a lamp's keys lack, and a type that is not there."""
    block = unit.block
    if block.convention is None:
        yield unit.missing("convention", f"one of {', '.join(LAMPS)}")
    elif block.convention not in LAMPS:
        expected = f"For a lamp one of: {', '.join(LAMPS)}"
        yield Problem(unit.at("convention"), f"no lamp speaks {block.convention}", expected)
    elif block.convention == "esphome" and not _COMPONENT.fullmatch(block.address or unit.id):
        expected = "address: NODE/light/NAME  or  NODE/switch/NAME"
        yield Problem(unit.at("address"), "a lamp of esphome names its component", expected)
    yield from pins.misplaced(unit)
    if block.convention == pins.GPIO:
        yield from pins.lamp_problems(unit)
    yield from dali.problems(unit)
    if block.type is None:
        yield unit.missing("type", "one of the types below  types:")
    elif block.type not in types:
        yield unknown(unit.at("type"), block.type, "types", tuple(types))


def place_problems(unit: Unit[DeviceBlock], rules: Rules) -> Iterator[Problem]:
    """Whether a device hangs in a zone that there is, and inside it."""
    block = unit.block
    if block.zone is None:
        yield unit.missing("zone", "one of the zones of lighting.yaml")
    if block.at is None:
        yield unit.missing("at", "metres from the start of the zone, such as 30 m")
    if unit.id in rules.names:
        found = f'"{unit.id}" is already the name of a zone, in line {rules.names[unit.id].line} of lighting.yaml'
        yield Problem(unit.place, found, "Zones and devices share one list of names: an override must be plain")
    yield from _address_problems(unit)
    if block.zone is None or not rules.zones:
        return
    if block.zone not in rules.zones:
        yield unknown(unit.at("zone"), block.zone, "zones", tuple(rules.zones))
        return
    zone = rules.zones[block.zone]
    if zone is not None and block.at is not None and block.at > zone.length:
        found = f"{unit.id} would hang at {block.at:g} m, and {block.zone} is {zone.length:g} m long"
        yield Problem(unit.at("at"), found, f"A place from 0 m to {zone.length:g} m")


def _address_problems(unit: Unit[DeviceBlock]) -> Iterator[Problem]:
    """Whether a device can be named and found by its address on the broker."""
    block = unit.block
    unsafe = _UNSAFE_IN_TOPICS if block.convention in (None, "native") else _UNSAFE_IN_TOPICS - {"/"}
    if block.address is not None and unsafe & set(block.address):
        if "/" in unsafe:
            yield Problem(unit.at("address"), "an address is one level of a topic", "No / + # in it")
        else:
            yield Problem(unit.at("address"), "an address is a part of a topic", "No + # in it")
    if block.base is not None and block.convention not in (None, *BASED):
        expected = f"Leave it out: it is for {', '.join(BASED)}"
        yield Problem(unit.at("base"), f"{block.convention} has no base topic", expected)
    if block.base is not None and (_UNSAFE_IN_TOPICS - {"/"}) & set(block.base):
        yield Problem(unit.at("base"), "a base is the beginning of a topic", "No + # in it")


def twice(units: Iterable[Unit[DeviceBlock]], names: Mapping[str, Place]) -> Iterator[Problem]:
    """Labels, addresses and ports that two devices claim."""
    labels: dict[str, str] = {}
    addresses: dict[tuple[str, str, str], str] = {}
    ports: dict[str, str] = {}
    for unit in units:
        block = unit.block
        port = _port(block)
        if block.label is not None:
            if block.label in names and block.label != unit.id:
                yield Problem(unit.at("label"), f'"{block.label}" is the id of another device', "A label of its own")
            if (other := labels.setdefault(block.label, unit.id)) != unit.id:
                yield Problem(unit.at("label"), f'{other} is labelled "{block.label}" too', "A label of its own")
        if isinstance(block, LuminaireBlock) and block.feed is not None and block.feed in names:
            yield Problem(
                unit.at("feed"), f'"{block.feed}" is the id of a device', "A name of its own for the feed: C1-L2"
            )
        if block.convention in (pins.GPIO, modbus.MODBUS):
            continue
        if port is not None and (other := ports.setdefault(port, unit.id)) != unit.id:
            yield Problem(unit.at("serial"), f"{other} is on this port already", "A port of its own for each sensor")
        key = (type(block).__name__, _link(block), _address(unit))
        if (other := addresses.setdefault(key, unit.id)) != unit.id:
            yield Problem(unit.at("address"), f'{other} has the address "{key[2]}" too', "An address of its own")


def device(unit: Unit[DeviceBlock]) -> Device:
    """Who speaks. Call it for a device without problems."""
    return Device(
        id=DeviceId(unit.id),
        kind=Kind.SENSOR if isinstance(unit.block, SensorBlock) else Kind.LUMINAIRE,
        link=_link(unit.block),
        convention=unit.block.convention or "",
        address=_address(unit),
        label=unit.block.label or "",
        options=_options(unit.block),
    )


def serial(unit: Unit[SensorBlock]) -> SerialSettings | None:
    """The serial line of a sensor, if it is on one."""
    port, convention = unit.block.serial, unit.block.convention
    if port is None or convention in (None, modbus.MODBUS):
        return None
    framing = unit.block.framing or SPOKEN[convention][0]
    return SerialSettings(f"serial:{port}", port, unit.block.baud or _BAUD[convention], framing)


@dataclass(frozen=True, slots=True)
class Sensing:
    """What a sensor does for its zone: where it sees, where it counts."""

    watch: Watch | None
    counter: Counter | None


def sensing(unit: Unit[SensorBlock], zone: ZoneBlock) -> Sensing:
    """The stretch a sensor watches, cut at the ends of the zone, and the point where it counts."""
    block, name = unit.block, DeviceId(unit.id)
    at = block.at or 0.0
    watch = counter = None
    if block.sees is not None:
        start, end = max(0.0, at - block.sees), min(zone.length, at + block.sees)
        watch = Watch(name, start, end, block.heartbeat, at, block.faces, unit.place, _limits(block))
    if block.count_line is not None or "pedestrians" in (block.measures or ()):
        counter = Counter(name, at, block.heartbeat, unit.place, block.wraps_at, _limits(block))
    return Sensing(watch, counter)


def _limits(block: SensorBlock) -> Limits:
    """What it may say and still be believed, as far as that is written."""
    usual = Limits()
    return Limits(
        at_most=block.at_most or usual.at_most,
        stuck_after=block.stuck_after or usual.stuck_after,
        flaps=block.flaps or usual.flaps,
        zeros=block.zeros is None,
    )


def luminaire(unit: Unit[LuminaireBlock], kind: LampType) -> Luminaire:
    """A lamp in its zone."""
    block = unit.block
    return Luminaire(DeviceId(unit.id), block.at or 0.0, kind, block.never_dim or "", unit.place, block.feed or "")


def _address(unit: Unit[DeviceBlock]) -> str:
    """What the convention calls a device: on a serial line its port, since a frame brings no other name."""
    if isinstance(unit.block, SensorBlock) and unit.block.convention == modbus.MODBUS:
        return modbus.address(unit.block)
    return _port(unit.block) or _pin(unit.block) or unit.block.address or unit.id


def _link(block: DeviceBlock) -> str:
    """The name of the link that a device is behind."""
    if isinstance(block, LuminaireBlock) and block.line is not None:
        return dali.link(block.line)
    if pin := _pin(block):
        return pins.link(pin)
    port = _port(block)
    if port is not None and block.convention == modbus.MODBUS:
        return modbus.link(port)
    return MQTT if port is None else f"serial:{port}"


def _pin(block: DeviceBlock) -> str:
    return block.pin or "" if block.convention == pins.GPIO else ""


def _port(block: DeviceBlock) -> str | None:
    return block.serial if isinstance(block, SensorBlock) else None


def _options(block: DeviceBlock) -> dict[str, object]:
    """What only the convention understands."""
    options: dict[str, object] = {}
    if block.base is not None:
        options["base"] = block.base
    if block.convention == pins.GPIO:
        return options | pins.options(block)
    if isinstance(block, LuminaireBlock):
        lamp = {"failure_level": block.failure_level, "dimming_curve": block.dimming_curve}
        return options | {key: value for key, value in lamp.items() if value is not None}
    return options | _sensor_options(block) if isinstance(block, SensorBlock) else options


def _sensor_options(block: SensorBlock) -> dict[str, object]:
    options: dict[str, object] = {}
    if block.convention in RADARS:
        options["heartbeat"] = block.heartbeat
    elif block.time_zone is not None:
        options["time_zone"] = ZoneInfo(block.time_zone)
    if block.count_line is not None and block.convention == "ld2450":
        options["count_line"] = block.count_line
    if block.measures is not None and block.convention != "native":
        options["measures"] = block.measures
    if block.topic is not None:
        options["topic"] = block.topic
    if block.registers is not None:
        options["registers"] = block.registers
    if block.reads is not None:
        options |= {"reads": block.reads.quantities, "reads_time": block.reads.time}
    return options
