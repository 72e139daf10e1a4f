"""What says something of now, and an instant that does not come."""

from devices.reading import Quality, Reading

NEVER = 1 << 62
"""An instant that does not come (nanoseconds; the year 2116)."""

NO_SIGN_OF_LIFE = Quality.RETAINED | Quality.HISTORICAL


def is_sign_of_life(reading: Reading) -> bool:
    """Whether a reading says something of now. Most are good, and to ask a flag costs more than all of this test."""
    return reading.quality is Quality.GOOD or not reading.quality & NO_SIGN_OF_LIFE
