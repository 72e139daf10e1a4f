"""Where in a JSON value something stands: `$`, `data.people`, `$.rooms[0].count`, `['a key']`.

Of JSONPath (RFC 9535) the part that names one place: member names and indices. Nothing is searched or computed.
"""

import re

from devices.payload import Tree

_STEP = re.compile(
    r"""\.?(?P<name>[^\s.\[\]'"$]+)|\[(?P<index>-?\d{1,6})\]|\['(?P<quoted>[^']*)'\]|\["(?P<double>[^"]*)"\]"""
)
LONGEST = 200

Path = tuple[str | int, ...]


def path_of(written: str) -> Path:
    """Read a path. Raises `ValueError` in words for what is none."""
    rest = written.strip().removeprefix("$")
    if len(rest) > LONGEST or not written.strip():
        raise ValueError(f'expected a path such as data.people or $.rooms[0].count, found "{written[:40]}"')
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            raise ValueError(f'expected a path such as data.people or $.rooms[0].count, found "{rest[at:]}" in it')
        if match["index"] is not None:
            steps.append(int(match["index"]))
        else:
            steps.append(next(name for name in match.group("name", "quoted", "double") if name is not None))
        at = match.end()
    return tuple(steps)


def at_path(value: Tree, path: Path) -> Tree:
    """What stands there; None if nothing does."""
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(str(step))
        else:
            return None
    return value
