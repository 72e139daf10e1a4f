"""What a link to a DALI line is made of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DaliGear:
    """Control gear: its short address, the curve that was declared ("" if none) and its failure level in per cent."""

    address: int
    dimming_curve: str = ""
    failure_level: float | None = None


@dataclass(frozen=True, slots=True)
class DaliLine:
    """A line, by where its adapter is (`tridonic:/dev/...`, `daliserver://host:port`), and the gear on it."""

    line: str
    gear: tuple[DaliGear, ...]
