"""What arc power is in light: the two dimming curves of control gear, and which of them to go by. Pure."""

import math
from enum import Enum
from typing import Final

FULL: Final = 254
"""The arc power of 100 % light; 0 is off."""

MASK: Final = 255
"""No arc power: "none" as an answer, "leave it" as an order."""

DUST: Final = 1e-6
"""What arithmetic may add by rounding, in steps."""


class Curve(Enum):
    """How much light an arc power is; the numbers are the answers to QUERY DIMMING CURVE (IEC 62386-207, 11.3.4.2)."""

    LOGARITHMIC = 0
    """0.1 % at 1, 100 % at 254, and 2.77 % more light with each step (IEC 62386-102, 9.3)."""
    LINEAR = 1
    """As much light as steps: 1/254 each."""

    def light(self, arc: int) -> float:
        """The light output in per cent that an arc power is."""
        if arc <= 0:
            return 0.0
        if self is Curve.LINEAR:
            return 100.0 * min(arc, FULL) / FULL
        return 10 ** (3 * (min(arc, FULL) - 1) / 253 - 1)

    def arc(self, level: float) -> int:
        """The first arc power that gives at least so much light (per cent): doubt lights the lamp."""
        if level <= 0:
            return 0
        step = level * FULL / 100 if self is Curve.LINEAR else 1 + 253 / 3 * (math.log10(level) + 1)
        return min(max(math.ceil(step - DUST), 1), FULL)


CURVES: Final = {curve.name.lower(): curve for curve in Curve}
"""The curves by the words in which operators declare them."""


def followed(declared: Curve | None, found: Curve | None, *, asked: bool) -> Curve:
    """The curve to go by: what the gear says, if nothing speaks against it.

    Before it was asked, and where it was declared otherwise, the logarithmic one, which gives at least the light that
    was ordered on either. Gear that was asked and cannot say it (`found` None) is as declared, else logarithmic.
    """
    if not asked or contradicted(declared, found):
        return Curve.LOGARITHMIC
    return found or declared or Curve.LOGARITHMIC


def contradicted(declared: Curve | None, found: Curve | None) -> bool:
    """Whether gear says another curve than was declared."""
    return declared is not None and found is not None and declared is not found
