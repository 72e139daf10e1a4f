"""The accounts of a site at its broker: one a device or bridge, and the gateway's own. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from devices.convention import NAMES, find
from devices.device import Device, DeviceId, Kind
from gateway.configuration.site import Site
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.rights import MAKES, Rights

GATEWAY: Final = "gateway"
"""The account of the gateway: the only one that may give orders."""

DESCRIPTIONS: Final = ("homeassistant/+/+/config", "homeassistant/+/+/+/config")
"""Where the gateway describes its lamps and sensors to Home Assistant."""

BORN: Final = "homeassistant/status"
"""Where Home Assistant says that it has started and wants descriptions again."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who connects, for which devices, and what it may write and read: topic filters."""

    name: str
    devices: tuple[DeviceId, ...]
    writes: tuple[str, ...]
    reads: tuple[str, ...]
    told: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def accounts(site: Site) -> tuple[Account, ...]:
    """The accounts of the devices behind the broker, in the order of devices.yaml.

    Raises `BrokerError` for names that clash and for addresses that no access file can hold.
    """
    parties: dict[tuple[str, str], list[tuple[Device, Rights]]] = {}
    for device in spoken(site):
        rights = MAKES[device.convention](site.id, device)
        parties.setdefault((device.convention, rights.party), []).append((device, rights))
    found = (*(_account(members) for members in parties.values()), *_ordering(site))
    _unlike(found)
    return found


def _ordering(site: Site) -> Iterator[Account]:
    """The accounts from which Home Assistant may order: each below its own name, which is all that is trusted."""
    shown, own = site.homeassistant, f"reverbere/{site.id}/"
    if shown is None:
        return
    for name in shown.accounts:
        yield Account(
            name,
            (),
            writes=(f"{own}order/{name}/+/+", f"{shown.prefix}/status"),
            reads=(f"{own}gateway/health", f"{own}homeassistant/#", f"{shown.prefix}/#"),
            notes=("Home Assistant, as site.yaml lists it: it may order below its own name.",),
        )


def spoken(site: Site) -> list[Device]:
    """The devices behind the broker; those on serial lines and pins need no account."""
    return [
        device
        for device in site.devices
        if site.mqtt is not None and device.link == site.mqtt.name and device.convention in MAKES
    ]


def gateway(site: Site, others: Iterable[Account]) -> Account:
    """The account of the gateway: it hears what its conventions listen to, and tells lamps by their own topics."""
    devices = spoken(site)
    heard = {str(topic) for name in NAMES for topic in _listened(site.id, name, devices)}
    writes = {topic for account in others for topic in account.told}
    described = [device for device in devices if device.convention == "homeassistant"]
    notes: tuple[str, ...] = ()
    if described:
        heard.add("#")
        notes = ("Devices of the convention homeassistant say in their descriptions on which topics they speak.",)
    if any(device.kind is Kind.LUMINAIRE for device in described):
        writes.add("#")
    own = f"reverbere/{site.id}/"
    if site.homeassistant is not None:
        writes |= {topic.replace("homeassistant", site.homeassistant.prefix, 1) for topic in DESCRIPTIONS}
        heard.add(f"{site.homeassistant.prefix}/status")

    def sorted_out(topics: Iterable[str]) -> tuple[str, ...]:
        return (f"{own}#", *sorted(topic for topic in topics if not topic.startswith(own)))

    return Account(GATEWAY, (), sorted_out(writes | {*DESCRIPTIONS}), sorted_out(heard | {BORN}), notes=notes)


def owner(found: Iterable[Account], device: DeviceId) -> Account | None:
    """The account by which a device speaks."""
    return next((account for account in found if device in account.devices), None)


def _listened(site: str, name: str, devices: Sequence[Device]) -> frozenset[str]:
    """The filters of a convention; without devices those by which it finds new ones."""
    if name not in MAKES:
        return frozenset()
    return find(name)(site, [device for device in devices if device.convention == name]).topics()


def _account(members: Sequence[tuple[Device, Rights]]) -> Account:
    first, rights = members[0]

    def together(topics: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(sorted({_sound(topic) for some in topics for topic in some}))

    return Account(
        rights.shared or first.id,
        tuple(device.id for device, _ in members),
        together(each.writes for _, each in members),
        together(each.reads for _, each in members),
        together(each.told for _, each in members),
        tuple(dict.fromkeys(each.note for _, each in members if each.note)),
    )


def _sound(topic: str) -> str:
    """A topic that is one line of an access file, and means there what it says."""
    if not topic.isprintable() or topic != topic.strip():
        raise BrokerError(
            f"expected addresses without control characters and without spaces at their ends, found the topic {topic!r}"
        )
    return topic


def _unlike(found: Sequence[Account]) -> None:
    taken = {GATEWAY: "the gateway"}
    for account in found:
        if account.name in taken:
            raise BrokerError(
                f'expected accounts with names of their own, found "{account.name}" for {taken[account.name]} and for '
                f"{_whose(account)}: give the device another id, and its old one as  address:"
            )
        taken[account.name] = _whose(account)


def _whose(account: Account) -> str:
    return ", ".join(account.devices) or "Home Assistant"
