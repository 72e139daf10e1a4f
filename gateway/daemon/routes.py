"""Topic -> convention, lamp -> (convention, link): one table, both ways, immutable, swapped as a whole."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from paho.mqtt.client import topic_matches_sub

from devices.convention import Convention, Describing, Heard, Heir, Lapsing, Remembering, find, hear
from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.reading import Reading
from gateway.configuration.site import Site

REMEMBERED = 10_000
"""Topics whose convention is remembered; more than a street has, few enough for a flood of names to stay harmless."""


class Routes:
    """Who understands what comes, and how an order finds its lamp.

    A convention whose devices are those of `before` is taken from there: it may know who is half way across a line.
    """

    def __init__(self, site: Site, before: "Routes | None" = None) -> None:
        spoken: defaultdict[tuple[str, str], list[Device]] = defaultdict(list)
        for device in site.devices:
            spoken[device.link, device.convention].append(device)
        self._conventions: defaultdict[str, list[Convention]] = defaultdict(list)
        self._describing: dict[str, list[Describing]] = {}
        self._lamps: dict[DeviceId, tuple[Convention, str]] = {}
        self._made: dict[tuple[str, str], tuple[str, list[Device], Convention]] = {}
        for (link, name), devices in spoken.items():
            informed = [replace(device, options={**_known_of(site), **device.options}) for device in devices]
            convention = before.kept(link, name, site.id, informed) if before is not None else None
            if convention is None:
                convention = find(name)(site.id, informed)
                if before is not None and isinstance(convention, Heir):
                    before.bequeath(link, name, convention)
            self._made[link, name] = site.id, informed, convention
            self._conventions[link].append(convention)
            if isinstance(convention, Describing):
                self._describing.setdefault(link, []).append(convention)
            lamps = (device.id for device in devices if device.kind is Kind.LUMINAIRE)
            self._lamps |= dict.fromkeys(lamps, (convention, link))
        # Asked once here, and not for every message: whether an object has a protocol's methods takes 10 to 20 us.
        self._remembering = {id(made[2]): made[2] for made in self._made.values() if isinstance(made[2], Remembering)}
        self._lapsing = [made[2] for made in self._made.values() if isinstance(made[2], Lapsing)]
        self._known: dict[tuple[str, str], Convention | None] = {}

    def kept(self, link: str, name: str, site: str, devices: list[Device]) -> Convention | None:
        """The convention that was made for these very devices."""
        made = self._made.get((link, name))
        return made[2] if made is not None and made[:2] == (site, devices) else None

    def bequeath(self, link: str, name: str, heir: Heir) -> None:
        """Hand on what the convention of a name on a link knew, if there was one: a broker repeats it to nobody."""
        if (link, name) in self._made:
            heir.inherit(self._made[link, name][2])

    def topics(self, link: str) -> frozenset[str]:
        """All that a link has to listen to."""
        return frozenset().union(*(convention.topics() for convention in self._conventions[link]))

    def grown(self, link: str) -> bool:
        """Whether a link has to listen to other topics than when this was asked last: something was described."""
        grown = [convention for convention in self._describing.get(link, ()) if convention.grown()]
        if grown:
            self._known.clear()
        return bool(grown)

    @property
    def lapsing(self) -> frozenset[DeviceId]:
        """The devices that may say for how long their words hold."""
        made = self._made.values()
        return frozenset(device.id for _, devices, spoken in made if isinstance(spoken, Lapsing) for device in devices)

    def resume(self, latest: Sequence[Reading]) -> None:
        """Let go on what holds for a time of what devices said last, to a process before this one."""
        for each in self._lapsing:
            each.resume(latest)

    def due(self) -> int | None:
        """When something may end next of which no message will tell."""
        return min((due for each in self._lapsing if (due := each.due()) is not None), default=None)

    def lapsed(self, now: int) -> list[Heard]:
        """What has ended by now, each thing once."""
        return [item for each in self._lapsing for item in each.lapsed(now)]

    def shift(self, by: int) -> None:
        """Let all that will end so end as much later as street time jumped, because the clock was set."""
        for each in self._lapsing:
            each.shift(by)

    def descriptions(self, link: str, topic: str) -> Sequence[Message]:
        """What came on a topic, or before, and is to be known to the next process too."""
        remembering = self._remembering.get(id(self.convention(link, topic)))
        return () if remembering is None else remembering.descriptions()

    def outstanding(self) -> Iterator[tuple[str, Sequence[Message]]]:
        """What is to be known to the next process too and was not asked for yet, link by link.

        Conventions that took over from those before them may know descriptions of devices that are configured only now.
        """
        for (link, _), (_, _, convention) in self._made.items():
            if (remembering := self._remembering.get(id(convention))) is not None:
                yield link, remembering.descriptions()

    def recall(self, link: str, description: Message) -> bool:
        """Know what was said of devices in a process before; whether they are still configured."""
        convention = self._remembering.get(id(self.convention(link, description.topic)))
        if convention is None:
            return False
        hear(convention, description)
        self.grown(link)
        return any(said.payload for said in convention.descriptions())

    def convention(self, link: str, topic: str) -> Convention | None:
        """Who understands a topic on a link; None if nobody asked for it."""
        key = (link, topic)
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = self._find(link, topic)
        return self._known[key]

    def _find(self, link: str, topic: str) -> Convention | None:
        for convention in self._conventions[link]:
            if any(name == topic or topic_matches_sub(name, topic) for name in convention.topics()):
                return convention
        return None

    def lamp(self, lamp: DeviceId) -> tuple[Convention, str]:
        """The convention a lamp understands and the name of the link it is behind. Raises `KeyError` if unknown."""
        return self._lamps[lamp]


def _known_of(site: Site) -> dict[str, object]:
    """What conventions must know of the site; a device's own options come before it. Reads the time zone's file."""
    return {"lateness": site.lateness, "time_zone": ZoneInfo(site.plan.timezone)}
