"""An object that a network server's decoder made of an uplink, by the names that hundreds of makers chose.

Values stand as they are, as {"value": ..., "unit": ...}, with a unit beside them (`humidity_unit`), or by channels of
Cayenne LPP. A unit is believed before a name; lengths, speeds and energies without one say nothing, since makers agree
on none. Batches and histories are lists whose lines have times of their own: what such a line says is not said again
by a summary beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from devices.convention import Malformed
from devices.described import UNITS
from devices.hearing import Hearing
from devices.naming import Meant, meant, part_of, words_of
from devices.payload import Tree
from devices.reading import Quality, Quantity
from devices.stamp import readable
from devices.values import number, says_nothing, truth

TIMES = ("timestamp", "date", "time")
"""Keys under which a line of a list says when it was."""

TRIGGERED = {"trigger": True, "triggered": True, "normal": False, "motion detected": True, "no motion detected": False}
TRIGGERED |= {"no motion": False, "untriggered": False, "none": False, "someone": True, "nobody": False}
TRIGGERED |= dict.fromkeys(("free", "empty", "not detected", "undetected", "no presence", "not occupied"), False)
"""Words of decoders for presence, beside the usual ones."""

MEASUREMENTS = {"4097": Quantity.TEMPERATURE, "4098": Quantity.HUMIDITY, "4099": Quantity.ILLUMINANCE}
"""Numbers of SenseCAP's measurements (Seeed, "Measurement IDs")."""

MOST_VOLTS = 5
MILLIVOLTS_FROM = 500
"""No mains has 500 V, and no battery under 0.5 V sends an uplink."""

PEOPLE = (Quantity.PEDESTRIANS, Quantity.PEDESTRIANS_TOTAL)
PER_CENT = frozenset({"%", "%rh", "percent"})
OF_PER_CENT = (Quantity.BATTERY, Quantity.HUMIDITY)
ONLY_WITH_UNITS = (Quantity.DISTANCE, Quantity.SPEED, Quantity.ENERGY, Quantity.LEVEL, Quantity.OPERATING_TIME)
"""Quantities whose names are also those of fill levels, of millimetres and of kilowatt-hours; and a brightness is that
of a lamp as well as light."""

DEEPEST = 6


@dataclass(slots=True)
class _Walk:
    hearing: Hearing
    counts: bool = False
    told: set[tuple[Quantity, str]] = field(default_factory=set)


def hear_decoded(hearing: Hearing, said: Mapping[str, Tree]) -> None:
    """Take what a decoded object says."""
    walk = _Walk(hearing, counts=_counts(said))
    lists = {key: value for key, value in said.items() if isinstance(value, list)}
    for value in _lists(said):
        _listed(walk, value, DEEPEST)
    _object(walk, {key: value for key, value in said.items() if key not in lists}, "", DEEPEST, None)


def _counts(said: Mapping[str, Tree]) -> bool:
    """Whether people are counted by direction here: then an occupancy beside is people, and no truth."""
    return any((known := meant(key)) is not None and known.quantity in PEOPLE for key in said)


def _lists(said: Tree, deepest: int = DEEPEST) -> Iterator[list[Tree]]:
    for value in said.values() if isinstance(said, dict) and deepest else ():
        if isinstance(value, list):
            yield value
        else:
            yield from _lists(value, deepest - 1)


def _listed(walk: _Walk, lines: list[Tree], deepest: int) -> None:
    for line in lines:
        if isinstance(line, list) and deepest:
            _listed(walk, line, deepest - 1)
        elif isinstance(line, dict):
            at = next((line[key] for key in TIMES if _is_time(line.get(key))), None)
            if "variable" in line:
                _leaf(walk, str(line["variable"]), line.get("value"), "", at)
            elif str(line.get("measurementId")) in MEASUREMENTS:
                value = line.get("measurementValue")
                _say(walk, MEASUREMENTS[str(line["measurementId"])], value, "", "measurementValue", at)
            elif any(key in line for key in TIMES):
                _object(walk, line, "", deepest, at)


def _is_time(value: Tree) -> bool:
    return readable(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else False


def _object(walk: _Walk, said: Mapping[str, Tree], part: str, deepest: int, at: float | str | None) -> None:
    if "pax" in said:
        said = {key: value for key, value in said.items() if key not in ("wifi", "ble")}
    for key, value in said.items():
        if not isinstance(value, dict):
            _leaf(walk, key, value, part, at, _unit(said.get(f"{key}_unit")))
        elif "value" in value and not isinstance(value["value"], dict | list):
            _leaf(walk, key, value["value"], part, at, _unit(value.get("unit")))
        elif value and all(inner.isdigit() for inner in value):
            for channel, inner in value.items():
                _leaf(walk, f"{key} {channel}", inner, part, at)
        elif deepest:
            whole = {_whole(key, inner): under for inner, under in value.items()}
            _object(walk, whole, part_of(key) or part, deepest - 1, at)


def _whole(key: str, inner: str) -> str:
    """A name with that of what it is in, where only both say that people are counted: "people": {"in": 3}."""
    both = f"{'line' if part_of(key) else key} {inner}"
    known = meant(both) if meant(inner) is None else None
    return both if known is not None and known.quantity in PEOPLE else inner


def _unit(said: Tree) -> str:
    return said.strip().lower() if isinstance(said, str) else ""


def _leaf(walk: _Walk, name: str, value: Tree, part: str, at: float | str | None, unit: str = "") -> None:
    if isinstance(value, dict | list) or (says_nothing(value) and not isinstance(value, str)):
        return
    if name in ("wifi", "ble", "pax") and isinstance(value, int) and not isinstance(value, bool):
        channel = "" if name == "pax" else name
        walk.hearing.say(Quantity.OCCUPANCY, value, name, channel=channel, quality=Quality.ESTIMATED, at=at)
        return
    known = _known(name)
    if known is None:
        return
    channel = "-".join(word for word in (part, known.channel) if word)
    if known.quantity is Quantity.PRESENCE:
        _presence(walk, name, value, channel, at)
    elif isinstance(value, bool) or not _is_number(value):
        return
    elif unit in UNITS or unit in PER_CENT:
        _measured(walk, known, unit, number(value), channel, name, at)
    elif known.quantity in (Quantity.BATTERY, Quantity.VOLTAGE):
        _supply(walk, known.quantity, value, channel, name, at, per_cent=known.per_cent)
    elif known.quantity not in ONLY_WITH_UNITS and "brightness" not in words_of(name):
        _say(walk, known.quantity, value, channel, name, at)


def _known(name: str) -> Meant | None:
    """What a name means here: a region is one of presence, and a signal strength is not this uplink's.

    It is that of the last downlink or of somebody scanned; how well the uplink was heard its gateways say.
    """
    known = meant(name)
    if known is None and part_of(name).startswith("region"):
        return meant(f"{name} occupancy")
    return None if known is not None and known.quantity is Quantity.RSSI else known


def _measured(
    walk: _Walk, known: Meant, unit: str, read: float, channel: str, name: str, at: float | str | None
) -> None:
    """A value with a unit: a battery may be said in volts, and what does not fit its name says nothing."""
    if unit in PER_CENT:
        if known.quantity in OF_PER_CENT:
            _say(walk, known.quantity, read, channel, name, at)
        return
    quantity, factor, offset = UNITS[unit]
    if quantity is known.quantity or (quantity is Quantity.VOLTAGE and known.quantity is Quantity.BATTERY):
        _say(walk, quantity, round(read * factor + offset, 9), channel, name, at)


def _presence(walk: _Walk, name: str, value: Tree, channel: str, at: float | str | None) -> None:
    """Words, truths, and how often it moved; beside counts of people an occupancy is people."""
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, str) and word in TRIGGERED:
        _say(walk, Quantity.PRESENCE, TRIGGERED[word], channel, name, at)
    elif isinstance(word, int | float) and not isinstance(word, bool):
        if walk.counts and "occupancy" in words_of(name):
            _say(walk, Quantity.OCCUPANCY, value, channel, name, at)
        else:
            _say(walk, Quantity.PRESENCE, word > 0, channel, name, at)
    else:
        try:
            _say(walk, Quantity.PRESENCE, truth(value), channel, name, at)
        except Malformed:
            return  # a word such as "in_bed" or "moving": whatever it says, it does not say who is there


def _supply(
    walk: _Walk, quantity: Quantity, value: Tree, channel: str, name: str, at: float | str | None, *, per_cent: bool
) -> None:
    """Battery in per cent or in volts, volts in volts or in millivolts: decoders' names do not always say."""
    read = number(value)
    fraction = 0 < read < MOST_VOLTS and read != int(read)
    if quantity is Quantity.VOLTAGE or (not per_cent and (fraction or read >= MILLIVOLTS_FROM)):
        _say(walk, Quantity.VOLTAGE, read / 1000 if read >= MILLIVOLTS_FROM else read, channel, name, at)
    else:
        _say(walk, quantity, read, channel, name, at)


def _is_number(value: Tree) -> bool:
    try:
        number(value)
    except Malformed:
        return False
    return True


def _say(walk: _Walk, quantity: Quantity, value: Tree, channel: str, where: str, at: float | str | None) -> None:
    if at is None and (quantity, channel) in walk.told:
        return  # a summary of a line of a list, or the same by another name
    walk.told.add((quantity, channel))
    old = Quality.GOOD if at is None else walk.hearing.old(at)
    walk.hearing.say(quantity, value, where, channel=channel, quality=old, at=at)
