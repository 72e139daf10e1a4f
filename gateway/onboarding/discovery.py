"""All that is heard at a broker -> who waits there for approval. Sans-I/O: messages in, proposals out.

Each message is given to the convention of the make that seems to speak, and to the descriptions that name its topic;
what no make explains is guessed at by the names in it. Nothing of this is a reading: it is kept to be shown.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from devices.device import Device, DeviceId, Kind
from devices.message import Message
from gateway.onboarding import mapping, names
from gateway.onboarding.dossier import Dossier, example
from gateway.onboarding.ear import WAITING, Ear
from gateway.onboarding.filters import Filters
from gateway.onboarding.proposal import (
    LONGEST_NAME,
    MOST_TOPICS,
    PEOPLE,
    SOMEBODY,
    Proposal,
    Unknown,
    newest_first,
)
from gateway.onboarding.same import Candidate, already, merged, once
from gateway.onboarding.speakers import Speaker, Speakers
from gateway.onboarding.wording import sure_of

MOST: Final = 500
"""Devices that wait, of each convention."""

MOST_UNKNOWN: Final = 200
MOST_SPOKEN: Final = 20_000
"""Topics that meant nothing, and topics of which is remembered that they spoke."""

CUSTOM: Final = Speaker("custom")

Key = tuple[str, str, str, str]


class Discovery:
    """Listens for one site.

    `configured` are its devices at the broker, `options` what conventions must know of it, `taken` the names that
    nobody else may have, `remembered` the ids by which devices were proposed before.
    """

    def __init__(
        self,
        site: str,
        configured: Sequence[Device] = (),
        options: Mapping[str, object] | None = None,
        taken: Collection[str] = (),
        remembered: Mapping[Key, str] | None = None,
    ) -> None:
        self.messages = 0
        self._site = site
        self._configured = configured
        self._options = dict(options or {})
        self._taken = frozenset(taken)
        self._ids = dict(remembered or {})
        self._speakers = Speakers(site, configured)
        self._ears: dict[Speaker, Ear] = {}
        self._spoke: dict[str, None] = {}
        self._places: dict[str, mapping.Places] = {}
        self._unknown: OrderedDict[str, Unknown] = OrderedDict()
        self._moved: set[Dossier] = set()
        self._known: tuple[tuple[int, ...], Filters[Device]] = ((), Filters())
        self._merged: tuple[tuple[int, ...], list[Candidate]] = ((), [])
        for speaker in (*self._speakers.bases, *(Speaker(device.convention) for device in configured)):
            if speaker.base is not None or speaker.convention not in {each.convention for each in self._speakers.bases}:
                self._ear(speaker)

    def hear(self, message: Message) -> None:
        """Take a message."""
        self.messages += 1
        if self._speakers.is_own(message.topic) or len(message.topic) > LONGEST_NAME:
            return
        again = self._again(message.topic)
        heard = False
        for ear in self._listeners(message):
            heard = True
            self._moved.update(ear.hear(message, MOST - len(ear.dossiers), again=again))
        if not heard:
            self._moved.update(self._guess(message, again=again))

    def moved(self) -> list[str]:
        """The ids of those who wait and have moved since this was asked last."""
        moved, self._moved = self._moved, set()
        return [self._id(candidate) for candidate in self._candidates() if candidate.dossier in moved] if moved else []

    def begin(self) -> None:
        """Know that a broker will repeat what it has retained, once a topic."""
        self._spoke.clear()

    def proposals(self) -> list[Proposal]:
        """Who waits, the newest movement first."""
        return newest_first([self._proposal(candidate) for candidate in self._candidates()])

    def once(self, proposals: Sequence[Proposal]) -> list[Proposal]:
        """Proposals also of another time, each device once, without those whom the site hears already."""
        return once(proposals, self._of_the_site())

    def already(self, proposal: Proposal) -> Device | None:
        """The device of the site that a proposal is too, where the site hears it by another convention."""
        return already(proposal, self._of_the_site())

    def unknown(self, most: int) -> list[Unknown]:
        """Topics of which nothing was understood, the newest first; none on which somebody speaks who is known."""
        waiting: Filters[Candidate] = Filters()
        for candidate in self._candidates():
            waiting.add(candidate, candidate.pins)
        strange = (each for topic, each in reversed(self._unknown.items()) if not any(True for _ in waiting.on(topic)))
        return list(islice(strange, most))

    # ---------------------------------------------------------------------------------------------- who is asked
    def _listeners(self, message: Message) -> Iterator[Ear]:
        speaker = self._speakers.of(message)
        if speaker is not None:
            yield self._ear(speaker)
        for ear in list(self._ears.values()):
            if ear.speaker.convention == "homeassistant" and ear.speaker != speaker and ear.speaks_on(message.topic):
                yield ear

    def _ear(self, speaker: Speaker) -> Ear:
        if speaker not in self._ears:
            its = [device for device in self._configured if _speaker_of(device, speaker) == speaker]
            self._ears[speaker] = Ear(speaker, self._site, its, self._options)
        return self._ears[speaker]

    def _again(self, topic: str) -> bool:
        if topic in self._spoke:
            return True
        if len(self._spoke) >= MOST_SPOKEN:
            self._spoke.clear()
        self._spoke[topic] = None
        return False

    # -------------------------------------------------------------------------------------------- what is guessed
    def _guess(self, message: Message, *, again: bool) -> list[Dossier]:
        """Take a message of no make: by a mapping that is guessed at, if anything in it can move a lamp."""
        topic = message.topic
        if not message.payload or any(True for _ in self._of_the_site().on(topic)):
            return []
        places = mapping.guess(topic, message.payload)
        known = self._places.get(topic, {})
        if not known and not any(quantity.value in PEOPLE | SOMEBODY for quantity, _ in places):
            self._note(message)
            return []
        ear = self._ear(CUSTOM)
        if places.keys() - known.keys() and (known or len(self._places) < MOST):
            self._places[topic] = {**places, **known}
            reads = {"reads": mapping.reads_of(self._places[topic])}
            device = Device(
                DeviceId(f"{WAITING}{topic}"), Kind.SENSOR, "mqtt", "custom", topic, "", {**self._options, **reads}
            )
            ear.propose(device)
        return ear.hear(message, 0, again=again)

    def _note(self, message: Message) -> None:
        before = self._unknown.pop(message.topic, None)
        if len(self._unknown) >= MOST_UNKNOWN:
            self._unknown.popitem(last=False)
        self._unknown[message.topic] = Unknown(example(message), 1 if before is None else before.count + 1)

    # ------------------------------------------------------------------------------------------------- who waits
    def _of_the_site(self) -> Filters[Device]:
        """The filters of the devices of the site, which descriptions may change."""
        state = tuple(ear.version for ear in self._ears.values() if any(True for _ in ear.configured))
        if state != self._known[0]:
            filters: Filters[Device] = Filters()
            for ear in self._ears.values():
                for device in ear.configured:
                    filters.add(device, ear.pins_of(device))
            self._known = state, filters
        return self._known[1]

    def _candidates(self) -> list[Candidate]:
        """Everybody once, also who is heard in two ways; worked out anew when somebody came or described itself."""
        heard = sum(len(dossier.offers) for ear in self._ears.values() for dossier in ear.dossiers.values())
        state = (heard, *(ear.version for ear in self._ears.values()))
        if state != self._merged[0]:
            found = [
                Candidate(ear.speaker, dossier, ear.pins(dossier))
                for ear in self._ears.values()
                for dossier in ear.dossiers.values()
            ]
            self._merged = state, merged(found, self._of_the_site())
        return self._merged[1]

    def _proposal(self, candidate: Candidate) -> Proposal:
        dossier, speaker = candidate.dossier, candidate.speaker
        places = self._places.get(dossier.device.address, {}) if speaker == CUSTOM else {}
        sure, why = sure_of(speaker, dossier, candidate.also, mapping.written_reads(places))
        return Proposal(
            id=self._id(candidate),
            kind=dossier.kind,
            convention=speaker.convention,
            address=dossier.device.address,
            sure=sure,
            why=why,
            first=dossier.first,
            last=dossier.last,
            base=speaker.base,
            reads=mapping.written_reads(places),
            topics=(tuple(sorted(candidate.pins)) or tuple(dossier.topics))[:MOST_TOPICS],
            offers=tuple(sorted(dossier.offers | candidate.offers)),
            values=tuple(dossier.values.values()),
            examples=tuple(dossier.examples),
            moved=dossier.moved,
            read=dossier.read,
            refused=dossier.refused,
            trouble=dossier.trouble,
            gap=dossier.gap,
            retains=dossier.retains,
            behind=dossier.behind,
            also=candidate.also,
        )

    def _id(self, candidate: Candidate) -> str:
        speaker, dossier = candidate.speaker, candidate.dossier
        key = (dossier.kind.value, speaker.convention, speaker.base or "", dossier.device.address)
        if key not in self._ids or self._ids[key] in self._taken:
            others = {name for other, name in self._ids.items() if other != key}
            self._ids[key] = names.proposed(dossier.device.address, speaker.convention, self._taken | others)
        return self._ids[key]


def _speaker_of(device: Device, like: Speaker) -> Speaker:
    """By which ear a configured device is heard."""
    if device.convention != like.convention or like.base is None:
        return Speaker(device.convention)
    usual = "homie" if like.convention.startswith("homie") else like.convention
    base = device.options.get("base", usual)
    return replace(like, base=base if isinstance(base, str) else usual)
