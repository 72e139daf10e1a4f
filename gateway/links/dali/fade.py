"""Ramps as the fade times that control gear has. Pure.

Source: IEC 62386-102:2014, 9.5.2: a fade takes 0.5 s * sqrt(2)^X with X from 1 to 15; X = 0 is the extended fade time,
which the link keeps at none. A new fade time does not touch the fade that runs.
"""

from typing import Final

LONGEST: Final = 15
TIMES: Final = (0.0, *(0.5 * 2 ** (code / 2) for code in range(1, LONGEST + 1)))
"""Seconds by code: 0, then 0.7 to 90.5."""

CLOSE: Final = 2.0
"""A fade time that gear has already is good enough up to this factor: each new one is written into its memory."""

DUST: Final = 0.05
"""Seconds that the printed fade times are off: a ramp of 1.4 s is met by 1.414 s."""


def code(ramp: float, known: int | None, *, rising: bool) -> int:
    """The fade time for a ramp in seconds: up not slower than ordered, down not faster, so that light is never short.

    Ramps beyond the longest fade, 90.5 s, take that. `known` is what the gear has now, kept if it does.
    """
    if ramp <= 0:
        return 0
    if known is not None and _does(TIMES[known], ramp, rising=rising):
        return known
    if rising:
        return max(index for index, time in enumerate(TIMES) if time <= ramp + DUST)
    return next((index for index, time in enumerate(TIMES) if time >= ramp - DUST), LONGEST)


def _does(time: float, ramp: float, *, rising: bool) -> bool:
    if rising:
        return ramp / CLOSE <= time <= ramp + DUST
    return min(ramp, TIMES[LONGEST]) - DUST <= time <= ramp * CLOSE
