"""One convention at one base topic, listening to devices that are configured and to those that it announces.

Whoever is announced is put among its devices at once, as approval would: what is read then is what the gateway will.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from devices.convention import Announcement, Convention, Description, Heard, Heir, Rejected, find, hear
from devices.device import Device, DeviceId, Kind
from devices.message import Message
from gateway.onboarding.dossier import Dossier
from gateway.onboarding.proposal import LONGEST_NAME
from gateway.onboarding.speakers import Speaker, describes, matches

WAITING: Final = "?"
"""Begins the ids of devices that wait: no slug does."""

STANDING: Final = ("homie4", "homie5")
"""Conventions that let the broker retain everything, so that only what it repeats is old."""

BOTH_WAYS: Final = ("zigbee2mqtt", "tasmota", "shelly", "homie4", "homie5", "sparkplug")
"""Those whose lamps are heard at the address of their sensors: as lamps they say all that they can."""

TOLD: Final = ("tasmota", "cayenne", "ttn", "chirpstack")
"""Those with inputs that mean somebody only where the operator says so: here they are taken for it, and shown."""

NOBODY: Final = "reverbere-nobody"


class Ear:
    """Hears one convention. `options` are what it must know of the site."""

    def __init__(
        self, speaker: Speaker, site: str, configured: Sequence[Device], options: Mapping[str, object]
    ) -> None:
        self.speaker = speaker
        self.dossiers: dict[str, Dossier] = {}
        self._site = site
        self._options = dict(options) if speaker.base is None else {**options, "base": speaker.base}
        self._configured = [self._nobody(), *configured] if speaker.base is not None else list(configured)
        self._convention = self._made()
        self._own = frozenset(self._alone(()).topics())
        self._named: frozenset[str] | None = None
        self._pins: dict[str, frozenset[str]] = {}
        self.version = 0
        """Another one after each message that may have changed who waits, or where anybody speaks."""

    def hear(self, message: Message, room: int, *, again: bool) -> list[Dossier]:
        """Take a message; the dossiers of those who moved by it. At most `room` devices more are gathered."""
        if self.speaker.convention in STANDING and again:
            message = Message(message.topic, message.payload, message.time)
        items = hear(self._convention, message)
        fresh = [item for item in items if isinstance(item, Announcement) and self._is_new(item.address)][:room]
        if fresh:
            self._welcome(fresh, message)
            items = hear(self._convention, message)
        if describes(self.speaker.convention, message.topic):
            self._describe(message)
        return list(self._gather(items, message, again=again))

    def propose(self, device: Device) -> Dossier:
        """Listen to one device more, or anew to one whose options are others."""
        dossier = self.dossiers.setdefault(device.address, Dossier(device))
        dossier.device = device
        self._begin_anew()
        return dossier

    def pins(self, dossier: Dossier) -> frozenset[str]:
        """The topics that a gateway would listen to for this device alone."""
        return self.pins_of(dossier.device)

    def pins_of(self, device: Device) -> frozenset[str]:
        """The same for a device of the site."""
        address = device.address
        if address not in self._pins:
            self._pins[address] = self._alone((device,)).topics() - self._own
        return self._pins[address]

    def speaks_on(self, topic: str) -> bool:
        """Whether a description names a topic."""
        if self._named is None:
            self._named = frozenset(each for each in self._convention.topics() if not isinstance(each, Description))
        return topic in self._named

    @property
    def configured(self) -> Iterator[Device]:
        """Those whom the site knows."""
        return (device for device in self._configured if device.address != NOBODY)

    def _welcome(self, announcements: Sequence[Announcement], message: Message) -> None:
        """Put those among the devices who were announced."""
        for announcement in announcements:
            dossier = Dossier(self._device(announcement))
            dossier.announced(announcement, message)
            self.dossiers[announcement.address] = dossier
        self._begin_anew()

    def _is_new(self, address: str) -> bool:
        return address not in self.dossiers and len(address) <= LONGEST_NAME

    def _begin_anew(self) -> None:
        self._convention = self._made(self._convention)
        self._forget()

    def _forget(self) -> None:
        self._named = None
        self.version += 1

    def _made(self, before: Convention | None = None) -> Convention:
        waiting = [dossier.device for dossier in self.dossiers.values()]
        made = find(self.speaker.convention)(self._site, [*self._configured, *waiting])
        if before is not None and isinstance(made, Heir):
            made.inherit(before)
        return made

    def _alone(self, devices: Sequence[Device]) -> Convention:
        nobody = [self._nobody()] if self.speaker.base is not None else []
        made = find(self.speaker.convention)(self._site, [*nobody, *devices])
        if isinstance(made, Heir):
            made.inherit(self._convention)
        return made

    def _nobody(self) -> Device:
        """Who holds the place of a base topic where nobody is configured below it."""
        return Device(
            DeviceId(NOBODY), Kind.SENSOR, "mqtt", self.speaker.convention, NOBODY, "", {"base": self.speaker.base}
        )

    def _device(self, announcement: Announcement) -> Device:
        name = self.speaker.convention
        lamp = name in BOTH_WAYS or "level" in announcement.offers
        told = {"measures": ("pedestrians", "presence")} if name in TOLD else {}
        return Device(
            DeviceId(f"{WAITING}{announcement.address}"),
            Kind.LUMINAIRE if lamp else Kind.SENSOR,
            "mqtt",
            name,
            announcement.address,
            "",
            {**self._options, **told},
        )

    def _describe(self, message: Message) -> None:
        """Note who describes itself: a convention that has heard nothing else is told by such a message alone."""
        name = self.speaker.convention
        self._forget()
        self._pins.clear()
        if name in STANDING:
            base = len(self.speaker.base or "") + 1
            said = [message.topic[base:].split("/")[1 if name == "homie5" else 0]]
        else:
            nobody = [self._nobody()] if self.speaker.base is not None else []
            stranger = find(name)(self._site, nobody)
            said = [item.address for item in hear(stranger, message) if isinstance(item, Announcement)]
        for address in said:
            if address in self.dossiers:
                self.dossiers[address].described = True

    def _gather(self, items: Sequence[Heard], message: Message, *, again: bool) -> Iterator[Dossier]:
        told: dict[str, list[Heard]] = {}
        for item in items:
            who = _who(item)
            if who.startswith(WAITING):
                told.setdefault(who.removeprefix(WAITING), []).append(item)
        for address, said in told.items():
            if self.dossiers[address].heard(said, message, again=again):
                yield self.dossiers[address]
        for item in items:
            if isinstance(item, Rejected):
                for dossier in self._speaking_on(message.topic):
                    dossier.refuse(item)

    def _speaking_on(self, topic: str) -> list[Dossier]:
        if self.speaker.base is not None and describes(self.speaker.convention, topic):
            return []
        return [dossier for dossier in self.dossiers.values() if matches(self.pins(dossier), topic)]


def _who(item: Heard) -> str:
    lamp = getattr(item, "lamp", None)
    return str(lamp if lamp is not None else getattr(item, "device", ""))
