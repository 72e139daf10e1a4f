"""When it was so, and what speaks against it: the device's own time where it is believed, else ours. Pure."""

from datetime import UTC, tzinfo

from devices.device import Device, DeviceId, Kind
from devices.message import Message
from devices.moment import LATENESS, believable, of_number, of_written, written
from devices.reading import Quality

FARTHEST = 1e15
"""Beyond this a Unix time is none in any unit, and its nanoseconds would be no sensible whole number."""

NOBODY = Device(DeviceId(""), Kind.SENSOR, "", "", "")


def when(said: float | str | None, message: Message, device: Device) -> tuple[int, Quality]:
    """Choose between the device's time (None if it has no clock) and the message's; in nanoseconds.

    Numbers are Unix times in seconds or milliseconds; text without an offset is what a wall clock showed in the
    device's time zone, or the site's. A time that cannot be read, or be, is replaced by ours, and that is marked.
    """
    quality = Quality.RETAINED if message.retained else Quality.GOOD
    if said is None:
        return message.time, quality
    time = _time(said, message.time, device)
    if time is None or not believable(time, message.time):
        return message.time, quality | Quality.CLOCK_UNCERTAIN
    lateness = device.options.get("lateness", LATENESS)
    if isinstance(lateness, int) and time < message.time - lateness:
        quality |= Quality.HISTORICAL
    return time, quality


def readable(said: float | str) -> bool:
    """Whether a time can be read at all."""
    return _time(said, 0, NOBODY) is not None


def _time(said: float | str, arrival: int, device: Device) -> int | None:
    if not isinstance(said, str):
        return of_number(said) if abs(said) <= FARTHEST else None
    zone = device.options.get("time_zone")
    try:
        return of_written(written(said), zone if isinstance(zone, tzinfo) else UTC, arrival)
    except ValueError:
        return None
