"""Which makes there are: by the name of the convention that they speak, counters, watchers and lamps apart."""

from collections.abc import Mapping

from firmware_sims.makes import (
    bthome,
    custom,
    esphome,
    frigate,
    homeassistant,
    homie4,
    homie5,
    lorawan,
    native,
    paxcounter,
    senml,
    shelly,
    sparkplug,
    tasmota,
    zigbee2mqtt,
)
from firmware_sims.makes.make import LampMake, SensorMake

COUNTERS: Mapping[str, type[SensorMake]] = {
    "native": native.Counter,
    "tasmota": tasmota.Beam,
    "esphome": esphome.Roode,
    "homeassistant": homeassistant.Counter,
    "homie4": homie4.Counter,
    "homie5": homie5.Counter,
    "sparkplug": sparkplug.Counter,
    "senml": senml.Json,
    "senml-cbor": senml.Packed,
    "ttn": lorawan.ThingsCounter,
    "chirpstack": lorawan.ChirpCounter,
    "bthome": bthome.Counter,
    "custom": custom.Counter,
}
"""Those that count people."""

WATCHERS: Mapping[str, type[SensorMake]] = {
    "native": native.Presence,
    "zigbee2mqtt": zigbee2mqtt.Motion,
    "tasmota": tasmota.Radar,
    "esphome": esphome.Motion,
    "homeassistant": homeassistant.Motion,
    "homie4": homie4.Motion,
    "homie5": homie5.Motion,
    "shelly": shelly.Presence,
    "shelly-gen1": shelly.Gen1Motion,
    "sparkplug": sparkplug.Motion,
    "senml": senml.Presence,
    "ttn": lorawan.ThingsMotion,
    "chirpstack": lorawan.ChirpLpp,
    "cayenne": lorawan.Cayenne,
    "bthome": bthome.Motion,
    "frigate": frigate.Camera,
    "paxcounter": paxcounter.Paxcounter,
    "custom": custom.Watcher,
}
"""Those that say whether somebody is there, or how many are."""

LAMPS: Mapping[str, type[LampMake]] = {
    "native": native.NativeLamp,
    "zigbee2mqtt": zigbee2mqtt.Bulb,
    "tasmota": tasmota.Dimmer,
    "esphome": esphome.Light,
    "homeassistant": homeassistant.Light,
    "homie4": homie4.Light,
    "homie5": homie5.Light,
    "shelly": shelly.Dimmer,
    "sparkplug": sparkplug.Light,
}
"""Those that shine."""

WIRED = frozenset({"dali", "gpio", "ld2410", "ld2450", "modbus"})
"""What is spoken on wires only: these devices are parts of a cast on their own (`firmware_sims/cast.py`)."""


def variant(convention: str, address: str) -> str:
    """The make of a device: a convention has several where its address shows which."""
    if convention == "shelly" and address.startswith("shellies/"):
        return "shelly-gen1"
    return "senml-cbor" if convention == "senml" and address.endswith("/cbor") else convention
