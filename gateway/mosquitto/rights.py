"""Which topics each make of device must be allowed: to write, to read, and where the gateway tells it. Pure.

mosquitto 2.0 cuts the connection of whoever publishes what it may not, so a make is allowed all that its firmware says
by itself, and no more. Topics on which it is told it may write only where its own words cannot be told from them: a
lamp that gives itself orders gains nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from devices.device import Device, Kind


@dataclass(frozen=True, slots=True)
class Rights:
    """What a device may do at the broker.

    `party` is who connects: devices with the same one (the relays of a board, the sensors behind a bridge) share an
    account. `shared` names the account of a bridge; one without is called like its first device. `told` are the topics
    on which the gateway speaks to it.
    """

    party: str
    writes: tuple[str, ...]
    reads: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    shared: str = ""
    note: str = ""


Make: TypeAlias = Callable[[str, Device], Rights]
"""The rights of a device of one make, of the site with this id."""


def _native(site: str, device: Device) -> Rights:
    if device.kind is Kind.LUMINAIRE:
        topic = f"reverbere/{site}/lamp/{device.address}"
        return Rights(topic, (f"{topic}/state", f"{topic}/availability"), (f"{topic}/set",), (f"{topic}/set",))
    topic = f"reverbere/{site}/sensor/{device.address}"
    return Rights(topic, (topic, f"{topic}/availability"))


def _zigbee2mqtt(_: str, device: Device) -> Rights:
    base = _base(device, "zigbee2mqtt")
    note = "The bridge is the master of its radio: whoever has its password can dim what is behind it."
    return _bridge(base, (f"{base}/#",), (f"{base}/{device.address}/set",), note)


def _tasmota(_: str, device: Device) -> Rights:
    from devices.conventions.tasmota.topics import whole

    board = whole(device.address)
    # At each connection it clears a retained order: cmnd/.../POWER, empty.
    said = (f"tele/{board}/#", f"stat/{board}/#", f"cmnd/{board}/POWER")
    turned = (f"{board}/tele/#", f"{board}/stat/#", f"{board}/cmnd/POWER")
    told = (f"cmnd/{board}/+", f"{board}/cmnd/+")
    note = "SetOption19 1: its descriptions of itself (tasmota/discovery/...) are not allowed."
    return Rights(board, said + turned, told, _if_lamp(device, told), note=note)


def _esphome(_: str, device: Device) -> Rights:
    levels = device.address.split("/")
    component = len(levels) > 2 and levels[-2] in _COMPONENTS  # noqa: PLR2004 - and the node's own prefix
    node = "/".join(levels[:-2]) if component else device.address
    said = (f"{node}/+/+/state", f"{node}/status", f"{node}/debug")
    told = (f"{device.address}/command",)
    note = "discovery: false, discover_ip: false: what it tells Home Assistant is not allowed."
    return Rights(node, said, (f"{node}/+/+/command",), _if_lamp(device, told), note=note)


_COMPONENTS = ("light", "switch", "binary_sensor", "sensor", "number", "text_sensor")


def _shelly(site: str, device: Device) -> Rights:
    from devices.conventions.shelly.lamp import whole

    prefix = whole(device.address)
    if prefix.startswith("shellies/"):
        meters = (f"{prefix}/+/+/{value}" for value in ("power", "energy", "status", "overpower_value"))
        own = ("shellies/announce", f"{prefix}/+", f"{prefix}/+/+", *meters)
        told = (f"{prefix}/+/+/set", f"{prefix}/+/+/command")
        return Rights(prefix, own, ("shellies/command", f"{prefix}/command", *told), _if_lamp(device, told))
    said = tuple(f"{prefix}/{level}" for level in ("online", "announce", "status/#", "events/#", "debug/#"))
    heard = (f"{prefix}/rpc", f"{prefix}/command", f"{prefix}/command/#")
    # It answers on a topic that is called like the asker.
    return Rights(prefix, (*said, f"reverbere-{site}/rpc"), heard, _if_lamp(device, (f"{prefix}/rpc",)))


def _homie(version: str) -> Make:
    def rights(_: str, device: Device) -> Rights:
        base = "/".join(filter(None, (_base(device, "homie"), version)))
        own = f"{base}/{device.address.partition('/')[0]}"
        told = (f"{own}/+/+/set",)
        return Rights(own, (f"{own}/#",), told, _if_lamp(device, told))

    return rights


def _sparkplug(_: str, device: Device) -> Rights:
    group, _, rest = device.address.partition("/")
    node = rest.partition("/")[0]
    said = tuple(f"spBv1.0/{group}/{kind}/{node}" for kind in ("NBIRTH", "NDEATH", "NDATA"))
    said += tuple(f"spBv1.0/{group}/{kind}/{node}/+" for kind in ("DBIRTH", "DDEATH", "DDATA"))
    # A sensor's node is told too: to say again what it is.
    told = (f"spBv1.0/{group}/NCMD/{node}", f"spBv1.0/{group}/DCMD/{node}/+")
    return Rights(f"{group}/{node}", said, ("STATE/+", "spBv1.0/STATE/+", *told), told)


def _chirpstack(_: str, __: Device) -> Rights:
    return Rights("chirpstack", ("application/#",), ("application/+/device/+/command/#",), shared="chirpstack")


def _ttn(_: str, __: Device) -> Rights:
    return _bridge("v3", ("v3/#",), name="ttn")


def _frigate(_: str, device: Device) -> Rights:
    base = _base(device, "frigate")
    return _bridge(base, (f"{base}/#",))


def _homeassistant(_: str, device: Device) -> Rights:
    note = "Its topics stand in its own description, not in devices.yaml: allow them in local.acl."
    return Rights(device.address, (), note=note)


def _paxcounter(_: str, device: Device) -> Rights:
    return Rights(device.address, (device.address, f"{device.address}/+"))


def _on_its_topic(_: str, device: Device) -> Rights:
    topic = device.options.get("topic", device.address)
    topic = topic if isinstance(topic, str) else device.address
    return Rights(topic, (topic,))


MAKES: Final[Mapping[str, Make]] = {
    "native": _native,
    "zigbee2mqtt": _zigbee2mqtt,
    "tasmota": _tasmota,
    "esphome": _esphome,
    "shelly": _shelly,
    "homie4": _homie(""),
    "homie5": _homie("5"),
    "sparkplug": _sparkplug,
    "chirpstack": _chirpstack,
    "ttn": _ttn,
    "frigate": _frigate,
    "homeassistant": _homeassistant,
    "paxcounter": _paxcounter,
    "bthome": _on_its_topic,
    "cayenne": _on_its_topic,
    "custom": _on_its_topic,
    "senml": _on_its_topic,
}
"""By the name of the convention: all that are spoken over MQTT."""


def _bridge(base: str, said: tuple[str, ...], told: tuple[str, ...] = (), note: str = "", name: str = "") -> Rights:
    """A program that speaks for many devices and hears what is below its own base."""
    return Rights(base, said, said, told, name or base.replace("/", "-"), note)


def _base(device: Device, usual: str) -> str:
    base = device.options.get("base", usual)
    return base if isinstance(base, str) else usual


def _if_lamp(device: Device, topics: tuple[str, ...]) -> tuple[str, ...]:
    return topics if device.kind is Kind.LUMINAIRE else ()
