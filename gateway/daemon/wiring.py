"""From a site's settings to the links and targets they describe."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from devices.device import DeviceId
from devices.framing import FRAMINGS
from devices.message import Message
from gateway.clock import SECOND, Clock
from gateway.configuration.dali import DALI
from gateway.configuration.site import (
    LampPinSettings,
    ModbusSettings,
    MqttSettings,
    PinSettings,
    SensorPinSettings,
    SerialSettings,
    Site,
    TargetSettings,
)
from gateway.daemon.routes import Routes
from gateway.export.forward import Target
from gateway.export.influx import InfluxV1, InfluxV2
from gateway.lighting.lamps.lamp import Fitting
from gateway.links import modbus
from gateway.links.connection import Broker
from gateway.links.dali.link import DaliLink
from gateway.links.dali.spec import DaliGear, DaliLine
from gateway.links.delivery import Link
from gateway.links.gpio import GPIO, Contact, Contacts, GpioLink
from gateway.links.mqtt import MqttLink
from gateway.links.pin_lamp import LampLink, LampPin
from gateway.links.pin_sensor import SensorLink, SensorPin
from gateway.links.serial import SerialLink

LinkSpec: TypeAlias = SerialSettings | Broker | Contacts | SensorPin | LampPin | modbus.Line | DaliLine
"""All that a link is made of."""

_OFFLINE: Final = b'{"v": 1, "state": "offline"}'
"""What the health topic says of a gateway that has gone."""

Connected: TypeAlias = Callable[[], None]
MakeLink: TypeAlias = Callable[[str, LinkSpec, Site, Routes, Clock, Connected], Link]
"""Makes a link of its name and its description, as `link` does."""

TargetSpec: TypeAlias = tuple[TargetSettings, str | None]
"""A server's settings and its secret."""


def links(site: Site, identity: str) -> dict[str, LinkSpec]:
    """What the links of a site are, by name: one whose description stays the same goes on. Reads the password's file.

    `identity` is the record's own: one session at the broker belongs to one record, since the record alone knows what
    of the session it has.
    """
    described: dict[str, LinkSpec] = {serial.name: serial for serial in site.serials}
    if site.mqtt is not None:
        described[site.mqtt.name] = _broker(site.mqtt, f"reverbere-{site.id}-{identity}")
    if site.keys:
        described[GPIO] = Contacts(tuple(Contact(key.pin, key.debounce / SECOND) for key in site.keys))
    described |= {held.name: _pin(held) for held in site.pins}
    described |= {line.name: _modbus(line) for line in site.modbus}
    return described | _dali_lines(site)


def link(name: str, spec: LinkSpec, site: Site, routes: Routes, clock: Clock, connected: Connected) -> Link:
    """A link as it is described. `connected` is called when orders can reach lamps again."""
    if isinstance(spec, SerialSettings):
        return SerialLink(name, spec.port, spec.baud, FRAMINGS[spec.framing], clock)
    if isinstance(spec, Contacts):
        return GpioLink(spec, clock)
    if isinstance(spec, modbus.Line):
        return modbus.ModbusLink(spec, clock)
    if isinstance(spec, SensorPin):
        return SensorLink(name, spec, clock)
    if isinstance(spec, LampPin):
        return LampLink(name, spec, clock)
    if isinstance(spec, DaliLine):
        return DaliLink(name, spec, clock, connected)
    topic = health_topic(site.id)
    return MqttLink(
        name,
        spec,
        routes.topics(name),
        clock,
        will=Message(topic, _OFFLINE, retained=True),
        birth=Message(topic, b'{"v": 1, "state": "online"}', retained=True),
        connected=connected,
    )


def _modbus(line: ModbusSettings) -> modbus.Line:
    units = (modbus.Unit(unit.number, unit.poll / SECOND, modbus.questions(unit.wanted)) for unit in line.units)
    return modbus.Line(line.name, line.port, line.baud, line.parity, tuple(units))


def listeners(site: Site, topics: Callable[[str], frozenset[str]], clock: Clock) -> list[Link]:
    """Links that only listen, beside a gateway or without one: no session at the broker, no word to it or to lamps.

    `topics` says to what a link listens. Reads the password's file.
    """
    described: list[Link] = [
        SerialLink(line.name, line.port, line.baud, FRAMINGS[line.framing], clock) for line in site.serials
    ]
    if site.mqtt is not None:
        spec = visitor(site.mqtt, f"reverbere-{site.id}-listener-{secrets.token_hex(4)}")
        described.append(MqttLink(site.mqtt.name, spec, topics(site.mqtt.name), clock))
    return described


def lamps_only(site: Site, routes: Routes, clock: Clock, connected: Connected) -> MqttLink | None:
    """A link to lamps that keeps no session at the broker; None where there is no broker. Reads the password's file.

    It is another client than the gateway with its record, whose session goes on keeping what sensors say.
    """
    if site.mqtt is None:
        return None
    spec = replace(_broker(site.mqtt, f"reverbere-{site.id}-lamps"), session_expiry=0)
    will = Message(health_topic(site.id), _OFFLINE, retained=True)
    return MqttLink(site.mqtt.name, spec, routes.topics(site.mqtt.name), clock, will=will, connected=connected)


def homeassistant(site: Site, topics: frozenset[str], available: str, clock: Clock, connected: Connected) -> MqttLink:
    """A link of its own to Home Assistant, by which no sensor and no lamp speaks. Reads the password's file.

    It keeps no session: an order that waited at the broker would come long after it was meant. Raises `LookupError`
    where there is no broker.
    """
    if site.mqtt is None:
        raise LookupError("expected a broker in site.yaml, found none")
    spec = replace(_broker(site.mqtt, f"reverbere-{site.id}-homeassistant"), session_expiry=0)
    online, offline = (Message(available, word, retained=True) for word in (b"online", b"offline"))
    return MqttLink("homeassistant", spec, topics, clock, will=offline, birth=online, connected=connected)


def lamp_lines(site: Site, clock: Clock, connected: Connected) -> tuple[Link, ...]:
    """Links to the lamps on pins and lines of the machine itself: they need neither a broker nor a record."""
    pins = {held.name: _pin(held) for held in site.pins}
    on_pins = [LampLink(name, spec, clock) for name, spec in pins.items() if isinstance(spec, LampPin)]
    lines = [DaliLink(name, spec, clock, connected) for name, spec in _dali_lines(site).items()]
    return (*on_pins, *lines)


def visitor(settings: MqttSettings, client_id: str) -> Broker:
    """The broker for somebody who looks in beside the gateway and keeps no session there. Reads the password's file."""
    return replace(_broker(settings, client_id), session_expiry=0)


def fittings(site: Site) -> dict[DeviceId, Fitting]:
    """What supervision must know of each lamp."""
    by_link = {device.id: device.link for device in site.devices}
    min_on = {held.lamp: held.min_on for held in site.pins if isinstance(held, LampPinSettings)}
    lamps = (lamp for zone in site.plan.zones for lamp in zone.luminaires)
    return {lamp.id: Fitting(lamp.type, lamp.feed, by_link[lamp.id], min_on.get(lamp.id, 0)) for lamp in lamps}


def health_topic(site: str) -> str:
    """Where the gateway says how it is: retained, with a last will."""
    return f"reverbere/{site}/gateway/health"


def targets(site: Site) -> dict[str, TargetSpec]:
    """What the servers of a site are, by name. Reads the secrets' files."""
    return {
        settings.name: (settings, secret(settings.password_file if settings.version == 1 else settings.token_file))
        for settings in site.targets
    }


def target(spec: TargetSpec) -> Target:
    """The server that gets a copy of the record; a slow import for versions 2 and 3."""
    settings, word = spec
    if settings.version == 1:
        return InfluxV1(settings.name, settings.url, settings.database, settings.username, word)
    return InfluxV2(settings.name, settings.url, settings.org, settings.bucket, word or "")


def _pin(held: PinSettings) -> SensorPin | LampPin:
    """What the link to a pin is made of."""
    if isinstance(held, SensorPinSettings):
        return SensorPin(held.pin, held.pulled_up, held.debounce / SECOND)
    return LampPin(held.pin, held.output, held.active_high, held.frequency, held.min_on / SECOND, held.failure_level)


def _dali_lines(site: Site) -> dict[str, DaliLine]:
    """The DALI lines by the names of their links, with the gear on each."""
    gear: dict[str, list[DaliGear]] = {}
    for device in site.devices:
        if device.convention == DALI:
            curve, level = device.options.get("dimming_curve"), device.options.get("failure_level")
            declared = DaliGear(
                int(device.address),
                curve if isinstance(curve, str) else "",
                level if isinstance(level, float) else None,
            )
            gear.setdefault(device.link, []).append(declared)
    return {name: DaliLine(name.removeprefix(f"{DALI}:"), tuple(each)) for name, each in gear.items()}


def _broker(settings: MqttSettings, client_id: str) -> Broker:
    return Broker(
        settings.host,
        settings.port,
        client_id,
        tls=settings.tls,
        ca_file=settings.ca_file,
        username=settings.username,
        password=secret(settings.password_file),
        packet_ids=settings.broker == "mosquitto",
        receive_maximum=settings.receive_maximum,
    )


def secret(file: Path | None) -> str | None:
    """What a secret's file holds, without the line's end."""
    return None if file is None else file.read_text(encoding="utf-8").strip()
