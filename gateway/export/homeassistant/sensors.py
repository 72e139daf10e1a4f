"""What sensors and lamps say, remembered for Home Assistant: the last value of each series, and sums of people."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from devices.convention import Heard
from devices.device import DeviceId
from devices.light import LightState
from devices.reading import Quality, Quantity, Reading
from gateway.export.homeassistant.quantities import SHOWN, SINCE, key, quantity_of
from gateway.export.homeassistant.state import TRUTHS, State, iso, measured, truth

MOST_SERIES: Final = 64
"""Of one device that are shown."""


class Sensors:
    """The values of now. People are summed up from `start` (nanoseconds) on, and Home Assistant is told so.

    What is historical says nothing of now: as a value it is left out, and in a sum it counts.
    """

    def __init__(self, start: int) -> None:
        self._since = iso(start)
        self._values: defaultdict[DeviceId, dict[str, object]] = defaultdict(dict)
        self._series: defaultdict[DeviceId, dict[str, None]] = defaultdict(dict)

    def hear(self, heard: Iterable[Heard]) -> set[DeviceId]:
        """Learn what one message said; say who of it says something for the first time."""
        news: set[DeviceId] = set()
        for item in heard:
            if isinstance(item, Reading) and item.quantity in SHOWN:
                news |= {item.device} if self._take(item) else set()
            elif isinstance(item, LightState):
                news |= {item.lamp for name in measured(item) if self.know(item.lamp, name)}
        return news

    def know(self, device: DeviceId, name: str) -> bool:
        """A device says what has this key; say whether that is new. What is no key of ours is left out."""
        series = self._series[device]
        if name in series or quantity_of(name) is None or len(series) >= MOST_SERIES:
            return False
        series[name] = None
        return True

    def remember(self, device: DeviceId, state: Mapping[str, object]) -> None:
        """Take back what was shown before a restart, where nothing newer was heard. Sums begin anew."""
        values = self._values[device]
        for name, value in state.items():
            quantity = quantity_of(name)
            if quantity in (None, Quantity.PEDESTRIANS) or name in values:
                continue
            if isinstance(value, (int, float)) or value in TRUTHS:
                self.know(device, name)
                values[name] = value

    def series(self, device: DeviceId) -> Sequence[str]:
        """The keys of all that a device says."""
        return sorted(self._series[device])

    def state(self, device: DeviceId, *, believed: bool) -> State:
        """A sensor's values; null where nothing was heard since the start."""
        said = {**dict.fromkeys(self.series(device)), **self._values[device]}
        return {**said, SINCE: self._since, "distrusted": truth(not believed)}

    def _take(self, reading: Reading) -> bool:
        name = key(reading.quantity, reading.channel)
        news = self.know(reading.device, name)
        if name not in self._series[reading.device]:
            return False
        values = self._values[reading.device]
        if reading.quantity is Quantity.PEDESTRIANS:
            before = values.get(name)
            if not reading.quality & Quality.RETAINED:
                values[name] = _plain((before if isinstance(before, (int, float)) else 0) + reading.value)
        elif not reading.quality & (Quality.RETAINED | Quality.HISTORICAL):
            values[name] = truth(bool(reading.value)) if reading.quantity.kind == "bool" else _plain(reading.value)
        return news


def _plain(value: float) -> int | float:
    """A number without an end that means nothing."""
    return int(value) if value == int(value) else round(value, 3)
