"""What is ordered from Home Assistant: a topic and a text -> an order, or why it is none.

Source: home-assistant.io, "MQTT light", JSON schema: {"state": "ON", "brightness": 80}, brightness by the scale of the
description, which is 100 here; {"state": "ON"} alone is full light.
"""

from dataclasses import dataclass
from typing import Final

from devices.convention import Malformed
from devices.payload import an_object, shown
from devices.values import number, says_nothing
from gateway.export.homeassistant.description import CANCEL, SET

FULL: Final = 100


@dataclass(frozen=True, slots=True)
class Address:
    """Who orders which zone by the topic, and which of the two verbs it is."""

    account: str
    zone: str
    verb: str


def address(site: str, topic: str) -> Address | None:
    """What a topic of orders says; None for any other topic."""
    match topic.split("/"):
        case ["reverbere", where, "order", account, zone, verb] if where == site and verb in (SET, CANCEL):
            return Address(account, zone, verb)
    return None


def level(verb: str, payload: bytes) -> int | None:
    """The level that is ordered in whole per cent, rounded up; None takes the account's order back.

    Off is no order for darkness, but the end of an order. Raises `Malformed` for what means neither.
    """
    if verb == CANCEL:
        return None
    said = an_object(payload)
    if said.get("state") not in ("ON", "OFF"):
        raise Malformed("ON or OFF", shown(said.get("state")), "state")
    if said["state"] == "OFF":
        return None
    if says_nothing(said.get("brightness")):
        return FULL
    brightness = number(said["brightness"])
    if not 0 <= brightness <= FULL:
        raise Malformed(f"a brightness of 0 to {FULL}", shown(said["brightness"]), "brightness")
    return -int(-brightness // 1) or None
