"""What a device of Homie says of its properties: datatype, format, unit, settable.

Sources: The Homie Convention 4.0.0, "Property attributes"; 5.0, "Property object", "Formats" and "Units".
"""

import math
from collections.abc import Mapping
from typing import Final

from devices.convention import Malformed
from devices.described import Described, Sort
from devices.payload import Tree, shown
from devices.values import number

SORTS: Final[Mapping[str, Sort]] = {"boolean": "truth", "integer": "whole", "float": "number", "enum": "word"}

LONGEST_WORDS: Final = 4096
"""Characters of a format that are read."""

ATTRIBUTES: Final = ("$datatype", "$format", "$unit", "$settable")
"""Those of a property in version 4 that say what it is."""


def described(said: Mapping[str, str]) -> Described:
    """Read the attributes of a property, without their "$". Raises `Malformed` for a format that is none."""
    datatype = said.get("datatype", "")
    sort: Sort = SORTS.get(datatype, "other") if datatype else "unknown"
    written, unit, settable = (
        said.get("format", "")[:LONGEST_WORDS],
        said.get("unit", ""),
        said.get("settable") == "true",
    )
    if sort in ("whole", "number") and written:
        lowest, highest, step = _range(written)
        return Described(sort, unit, (), lowest, highest, step, settable)
    words = tuple(word.strip() for word in written.split(",")) if sort == "word" else ()
    return Described(sort, unit, words, settable=settable)


def of_object(said: Tree, where: str) -> Described:
    """Read a property object of version 5. Raises `Malformed`."""
    if not isinstance(said, dict):
        raise Malformed("an object that describes a property", shown(said), where)
    texts = {key: said[key] for key in ("datatype", "format", "unit") if isinstance(said.get(key), str)}
    return described({**texts, "settable": "true" if said.get("settable") is True else "false"})


def _range(written: str) -> tuple[float | None, float | None, float | None]:
    """Read "0:100" or, in version 5, "0:100:5", in which each may be left out."""
    parts = [number(part) if part.strip() else None for part in written.split(":")]
    if not 1 < len(parts) <= 3:  # noqa: PLR2004 - from, to, step
        raise Malformed('a range such as "0:100"', shown(written), "format")
    lowest, highest, step = (*parts, None)[:3]
    if lowest is not None and highest is not None and not lowest < highest < math.inf:
        raise Malformed('a range such as "0:100"', shown(written), "format")
    return lowest, highest, step
