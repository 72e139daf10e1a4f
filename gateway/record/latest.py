"""What devices said last, for a process that begins: some of it holds for a time, which goes on over a restart."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from gateway.record import history
from gateway.record.codec import SERIES
from gateway.record.reader import Reader
from gateway.record.search import clock_sets

_ENDLESS: Final = (1 << 63) - 1

_LAST: Final = (
    f"SELECT time, value, period, quality FROM history WHERE series = ? AND NOT quality & {Quality.RETAINED.value} "  # noqa: S608 - a number of ours
    "ORDER BY time DESC LIMIT 1"
)


def latest(reader: Reader, devices: Collection[DeviceId]) -> list[Reading]:
    """The last reading of each series of some devices, but for what a broker repeated. Raises `RecordError`.

    The times are those of the clock with which the record ends. Of what was said before that clock was set, the time
    is that of the setting, so that nothing is taken for older than it is.
    """
    folded = reader.rows("SELECT value FROM meta WHERE key = 'folded'")
    found: dict[history.Series, Reading] = {}
    for number, device, quantity, channel in reader.rows("SELECT id, device, quantity, channel FROM series"):
        if device in devices:
            for time, value, period, quality in reader.rows(_LAST, number):
                found[device, quantity, channel] = Reading(
                    DeviceId(device),
                    Quantity(quantity),
                    value,
                    time * history.MILLISECOND,
                    channel,
                    period,
                    Quality(quality),
                )
    for entry in reader.spoken(int(folded[0][0]) if folded else 0, SERIES):
        for reading in history.readings(entry):
            if reading.device in devices and Quality.RETAINED not in reading.quality:
                found[history.name(reading)] = reading
    return _in_one_time(reader, list(found.values()))


def _in_one_time(reader: Reader, readings: list[Reading]) -> list[Reading]:
    """Readings with times of the clock with which the record ends: none before it was set last, none behind the end."""
    end = reader.last_at()
    first = min((reading.time for reading in readings), default=end)
    steps = [at + step.shift for at, step in clock_sets(reader, first, _ENDLESS) if step.shift]
    since = steps[-1] if steps else 0
    return [replace(reading, time=min(max(reading.time, since), end)) for reading in readings]
