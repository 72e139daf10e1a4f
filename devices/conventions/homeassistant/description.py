"""A description becomes entities: of one component, or of a device with all of its components."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from devices.convention import Malformed
from devices.conventions.homeassistant.entity import Entity, Meaning, availability, is_name, mode, names, topic
from devices.conventions.homeassistant.light import light
from devices.conventions.homeassistant.sensors import measure, truth
from devices.conventions.homeassistant.words import Options, based, spelled_out
from devices.message import SECOND
from devices.payload import Tree, an_object, shown
from devices.values import number

DEVICE: Final = "device"
LIGHT: Final = "light"
MOST_COMPONENTS: Final = 256
"""Of one device."""

COMMANDS: Final = ("command_topic", "brightness_command_topic")
LONGEST_TIME: Final = 30 * 24 * 3600
"""Seconds of `expire_after` and `off_delay`."""

NOT_SHARED: Final = ("components", "platform", "unique_id", "name", "object_id")


@dataclass(frozen=True, slots=True)
class Described:
    """What the topic of a description says: `component` is the kind, or "device"; `path` names it."""

    component: str
    path: str


def described(spoken: str, base: str) -> Described | None:
    """Take the topic of a description apart: BASE/COMPONENT/[NODE/]OBJECT/config; None for another topic."""
    if not spoken.startswith(f"{base}/"):
        return None
    match spoken[len(base) + 1 :].split("/"):
        case [component, *path, "config"] if path and len(path) < 3 and all(path):  # noqa: PLR2004 - node and object
            return Described(component, "/".join([component, *path]))
    return None


def entities(described: Described, payload: bytes) -> Iterator[Entity | Malformed]:
    """Read a description: its entities, and what is wrong with those that would mean something to us.

    An empty payload describes nothing any more. Raises `Malformed` for what is no description at all.
    """
    if not is_name(described.path):
        raise Malformed("a path of at most 256 bytes", shown(described.path), "topic")
    if not payload:
        return
    said = an_object(payload)
    if said.get("migrate_discovery") is True:
        return
    if described.component == DEVICE:
        yield from _components(described.path, said)
    else:
        yield from _understood(described.component, described.path, _whole(said, said.get("~")))


def _components(path: str, said: Options) -> Iterator[Entity | Malformed]:
    base = said.get("~")
    shared = _whole(said, base)
    listed = shared.get("components")
    if not isinstance(listed, dict) or len(listed) > MOST_COMPONENTS:
        raise Malformed(f"components, {MOST_COMPONENTS} at most", shown(listed), "components")
    common = {key: value for key, value in shared.items() if key not in NOT_SHARED}
    for name, component in listed.items():
        if not isinstance(component, dict):
            yield Malformed("an object with a platform", shown(component), f"components.{shown(name)}")
            continue
        own = _whole(component, component.get("~", base))
        platform = own.get("platform")
        if len(own) > 1 and isinstance(platform, str) and is_name(f"{path}/{name}"):
            yield from _understood(platform, f"{path}/{name}", {**common, **own})


def _whole(said: Options, base: Tree) -> Options:
    return based(spelled_out(said), base)


def _understood(component: str, path: str, options: Options) -> Iterator[Entity | Malformed]:
    try:
        meaning = _meaning(component, path, options)
        if meaning is not None:
            yield _entity(component, path, options, meaning)
    except Malformed as malformed:
        yield Malformed(malformed.expected, malformed.found, f"{path}: {malformed.where}" if malformed.where else path)


def _meaning(component: str, path: str, options: Options) -> Meaning | None:
    match component:
        case "binary_sensor":
            return truth(path, options)
        case "sensor":
            return measure(path, options)
        case "light":
            return light(path, options)
    return None


def _entity(component: str, path: str, options: Options, meaning: Meaning) -> Entity:
    own = options.get("unique_id")
    return Entity(
        path,
        names(options.get("device")),
        own if is_name(own) else path,
        meaning,
        component == LIGHT,
        _time(options, "expire_after"),
        _time(options, "off_delay") if component == "binary_sensor" else None,
        availability(options),
        mode(options),
        frozenset(topic(options, key) for key in COMMANDS) - {""},
    )


def _time(options: Options, key: str) -> int | None:
    """A number of seconds, in nanoseconds; 0 is none. Raises `Malformed`."""
    said = options.get(key)
    seconds = 0.0 if said is None else number(said)
    if not 0 <= seconds <= LONGEST_TIME:
        raise Malformed(f"at most {LONGEST_TIME} seconds", shown(said), key)
    return round(seconds * SECOND) or None
