"""How sure it is what a device is, and why: in a word and a sentence."""

from collections.abc import Iterable, Sequence
from typing import Final

from gateway.onboarding.dossier import Dossier
from gateway.onboarding.proposal import PEOPLE, Sure
from gateway.onboarding.speakers import Speaker

MAKES: Final = {
    "native": "this gateway's own",
    "zigbee2mqtt": "Zigbee2MQTT",
    "tasmota": "Tasmota",
    "esphome": "ESPHome",
    "shelly": "Shelly",
    "homeassistant": "Home Assistant's discovery",
    "homie4": "Homie 4",
    "homie5": "Homie 5",
    "sparkplug": "Sparkplug B",
    "ttn": "The Things Stack",
    "chirpstack": "ChirpStack",
    "cayenne": "Cayenne LPP",
    "senml": "SenML",
    "bthome": "BTHome",
    "frigate": "Frigate",
    "paxcounter": "ESP32-Paxcounter",
    "custom": "an unknown make",
}
"""Makes as their makers write them."""

DESCRIBED: Final = {
    "native": "it speaks this gateway's own convention",
    "zigbee2mqtt": "its bridge describes it (Zigbee2MQTT)",
    "homeassistant": "it describes itself (Home Assistant's discovery)",
    "tasmota": "it describes itself (Tasmota's discovery)",
    "homie4": "it describes itself (Homie 4)",
    "homie5": "it describes itself (Homie 5)",
    "sparkplug": "its birth describes it (Sparkplug B)",
}


def sure_of(speaker: Speaker, dossier: Dossier, also: Sequence[str], reads: Iterable[str] = ()) -> tuple[Sure, str]:
    """How sure, and why."""
    name = speaker.convention
    if name == "custom":
        return Sure.GUESS, f"no make explains it; by the names in it that is {', '.join(reads)}"
    if name == "tasmota" and dossier.offers & PEOPLE:
        return Sure.GUESS, "pulses of a counter of Tasmota are taken for people: a light beam, perhaps"
    if dossier.described and name in DESCRIBED:
        return Sure.CERTAIN, DESCRIBED[name]
    if dossier.described and also:
        return Sure.CERTAIN, f"it speaks as {MAKES[name]} does, and describes itself for Home Assistant"
    return Sure.LIKELY, f"topic and payload are those of {MAKES[name]}"
