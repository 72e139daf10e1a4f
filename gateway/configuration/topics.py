"""Topics that devices of two makes would listen to: a message means something to one of them, and to the other nothing.

A broker may also deliver it once for each of two subscriptions that overlap (MQTT 3.1.1, section 3.3.5), and then who
passed is counted twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from devices.convention import Description, find
from gateway.configuration import wiring
from gateway.configuration.equipment import Unit
from gateway.configuration.models import DeviceBlock
from gateway.lighting.plan import Problem


@dataclass(frozen=True, slots=True)
class Claim:
    """Who listens to a filter, by which convention."""

    convention: str
    device: str


@dataclass(slots=True)
class _Level:
    """One level of topics: what is below each word, and who claims the filters that end here."""

    below: dict[str, "_Level"] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)


class Claims:
    """Filters and who claims them."""

    def __init__(self) -> None:
        self._root = _Level()

    def put(self, topics: str, claim: Claim) -> None:
        """Take a filter for somebody; a second one of the same make on it says nothing new."""
        level = self._root
        for word in topics.split("/"):
            level = level.below.setdefault(word, _Level())
        if all(earlier.convention != claim.convention for earlier in level.claims):
            level.claims.append(claim)

    def of_others(self, topics: str, convention: str) -> Claim | None:
        """Who of another make claims a filter that some topic matches too that these topics match."""
        meeting = _meeting(self._root, topics.split("/"))
        return next((claim for claim in meeting if claim.convention != convention), None)


def _meeting(level: _Level, words: Sequence[str]) -> Iterator[Claim]:
    """The claims of filters that overlap with what is left of one. "#" stands for its parent too."""
    if "#" in level.below:
        yield from level.below["#"].claims
    if not words:
        yield from level.claims
        return
    word, *rest = words
    if word == "#":
        yield from _all(level)
        return
    named = level.below if word == "+" else {word, "+"} & level.below.keys()
    for name in named:
        if name != "#":
            yield from _meeting(level.below[name], rest)


def _all(level: _Level) -> Iterator[Claim]:
    waiting = [level]
    while waiting:
        found = waiting.pop()
        yield from found.claims
        waiting.extend(found.below.values())


def heard_twice(units: Iterable[Unit[DeviceBlock]], site: str) -> Iterator[Problem]:
    """Devices that listen where a device of another make does. Call it for devices without problems.

    What a make learns of its devices only from what they say of themselves, such as Home Assistant's, is not seen here.
    """
    claims = Claims()
    for unit in units:
        device = wiring.device(unit)
        if device.link != wiring.MQTT:
            continue
        topics = sorted(filter(_of_readings, find(device.convention)(site, [device]).topics()))
        taken = ((each, claims.of_others(each, device.convention)) for each in topics)
        other = next(((each, claim) for each, claim in taken if claim is not None), None)
        if other is not None:
            found = f'{unit.id} would hear "{other[0]}", which {other[1].device} hears as {other[1].convention}'
            yield Problem(unit.at("address"), found, "One make for each topic: take one of the two out")
        for each in topics:
            claims.put(each, Claim(device.convention, unit.id))


def _of_readings(topics: str) -> bool:
    """Whether a filter is of what devices measure, and not of descriptions: those of Homie have "$" in their topics."""
    return not isinstance(topics, Description) and "$" not in topics
