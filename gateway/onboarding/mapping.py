"""A guess at `reads:` of a payload that no make explains: by the names of its keys, and what stands there. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from devices.convention import Malformed
from devices.conventions.custom import Read
from devices.conventions.custom.path import LONGEST, Path
from devices.naming import Meant, meant
from devices.payload import Tree, text, tree
from devices.reading import Quantity
from devices.values import says_nothing, value_of

DEEPEST: Final = 4
MOST: Final = 64
"""Levels and leaves of a payload that are looked at."""

MOST_READS: Final = 12
"""Places that are proposed for one topic."""

LISTED: Final = 4
"""Items of a list that are looked at."""

TIMES: Final = frozenset({"time", "timestamp", "ts", "datetime"})

Places = Mapping[tuple[Quantity, str], Path]
"""Where each quantity stands, by its channel."""


def guess(topic: str, payload: bytes) -> Places:
    """Say which places of a payload are quantities of ours; a word or number alone is what its topic's end says."""
    try:
        written = text(payload)
        said = tree(payload) if written[:1] in ("{", "[") else written.strip('"')
    except Malformed:
        return {}
    if not isinstance(said, (dict, list)):
        known = meant(topic.rpartition("/")[2])
        return {(known.quantity, known.channel): ()} if known is not None and _fits(known, said) else {}
    found: dict[tuple[Quantity, str], Path] = {}
    for count, (path, value) in enumerate(_leaves(said, ())):
        if count >= MOST or len(found) >= MOST_READS:
            break
        known = _known(path)
        if known is not None and _fits(known, value):
            found.setdefault((known.quantity, known.channel), path)
    return found


def reads_of(places: Places) -> tuple[Read, ...]:
    """The mapping as the convention takes it."""
    return tuple(Read(quantity, path, 1.0, channel) for (quantity, channel), path in places.items())


def written_reads(places: Places) -> dict[str, str | list[dict[str, str]]]:
    """The mapping as `devices.yaml` has it."""
    by_quantity: dict[str, list[tuple[str, Path]]] = {}
    for (quantity, channel), path in places.items():
        by_quantity.setdefault(quantity.value, []).append((channel, path))
    return {name: _written(listed) for name, listed in by_quantity.items()}


def path_text(path: Path) -> str:
    """A path as an operator writes it: data.people[0]."""
    written = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _plain(step) else f"['{step}']" for step in path
    )
    return written.removeprefix(".") or "$"


def _written(listed: list[tuple[str, Path]]) -> str | list[dict[str, str]]:
    if len(listed) == 1 and not listed[0][0]:
        return path_text(listed[0][1])
    return [{"path": path_text(path), **({"channel": channel} if channel else {})} for channel, path in listed]


def _plain(step: str) -> bool:
    return not set(step) & set(".[]'\"$") and not any(letter.isspace() for letter in step) and bool(step)


def _leaves(value: Tree, path: Path) -> Iterator[tuple[Path, Tree]]:
    if len(path) > DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            if "'" not in name and len(path_text((*path, name))) < LONGEST:
                yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:LISTED]):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


def _known(path: Path) -> Meant | None:
    """What a place means by its name; `value` or `state` is what the block around it is called."""
    names = [step for step in path if isinstance(step, str)]
    if not names or names[-1].lower() in TIMES:
        return None
    return meant(names[-1]) or (meant("_".join(names[-2:])) if len(names) > 1 else None)


def _fits(known: Meant, value: object) -> bool:
    """Whether a value can be that: a sensor without a word for somebody is no sensor of presence."""
    if says_nothing(value) or (known.quantity.kind != "bool" and isinstance(value, bool)):
        return False
    try:
        value_of(known.quantity, value)
    except Malformed:
        return False
    return True
