"""Which P class a street needs for the use that is made of it: the weights of CEN/TR 13201-1:2014, annex A.2.

The class is P(6 - sum of the weights). The annex calls its weights an example, which national rules may change.
"""

SPEED = {"walking": 0, "low": 1}
"""Typical speed of travel: walking, or low (up to 40 km/h)."""

USE = {"quiet": -1, "normal": 0, "busy": 1}
"""Intensity of use: the one weight that a count knows."""

USERS = ("cyclists", "motor", "pedestrians")
"""Who uses a street, in the order of their names."""

TRAFFIC: dict[tuple[str, ...], int] = {
    ("cyclists", "motor", "pedestrians"): 2,
    ("motor", "pedestrians"): 1,
    ("cyclists", "pedestrians"): 1,
    ("pedestrians",): 0,
    ("cyclists",): 0,
}
"""Composition of the traffic: users in the order of their names."""

PARKED = {"absent": 0, "present": 1}
"""Vehicles parked along the street."""

AMBIENT = {"low": -1, "moderate": 0, "high": 1}
"""Brightness of what is around: shop windows, advertisements, sports fields."""

_BRIGHTEST, _LEAST = 1, 6


def p_class(speed: str, use: str, traffic: tuple[str, ...], parked: str, ambient: str) -> str:
    """The class of a street by its weights, never beyond P1 and P6. Raises `KeyError` for a word without a weight."""
    weights = SPEED[speed] + USE[use] + TRAFFIC[traffic] + PARKED[parked] + AMBIENT[ambient]
    return f"P{max(_BRIGHTEST, min(_LEAST, 6 - weights))}"
