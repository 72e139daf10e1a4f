"""Text that stays within 80 columns: words beside a head, and where they stand in the files at the right."""

from collections.abc import Iterator
from textwrap import wrap

from gateway.cli.show import at_place
from gateway.lighting.plan import Place

WIDTH = 80


def beside(head: str, words: str, place: Place | None = None) -> Iterator[str]:
    """Words wrapped to the right of a head; the place goes behind the last of them, or on a line of its own."""
    room, blank = WIDTH - len(head), " " * len(head)
    wrapped = wrap(words, room, break_on_hyphens=False)
    lines = [(blank if index else head) + line for index, line in enumerate(wrapped)] or [head.rstrip()]
    where = at_place(place)
    if where and len(lines[-1]) + 2 + len(where) <= WIDTH:
        lines[-1] += where.rjust(WIDTH - len(lines[-1]))
    elif where:
        lines.append(where.rjust(WIDTH))
    yield from lines


def row(number: str, name: str, level: str, words: str, place: Place | None = None) -> Iterator[str]:
    """A row of the stack."""
    return beside(f"  {number:<3}{name:<15}{level:>6}   ", words, place)
