"""What a demo came to: what the sources know to be true beside what the record holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devices.device import DeviceId
from devices.reading import Quality, Quantity, Reading
from firmware_sims.truth import Truth
from gateway.clock import SECOND
from gateway.configuration.site import Site
from gateway.daemon.service import Gateway
from gateway.lighting.decision import Decision
from gateway.record.reader import Reader


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of a demo. People are passages at every MQTT and serial counter; radar tracks are estimates, apart.

    Energies are of the lamps' meters: what they used, and what they would have used at 100 % while active.
    """

    messages_sent: int
    readings_stored: int
    people_sensed: int
    people_recorded: int
    people_estimated_sensed: int
    people_estimated_recorded: int
    rejected: int
    duplicates: int
    commands_sent: int
    mean_level_percent: float
    energy_wh: float
    always_on_wh: float
    street_seconds: float
    by_counter: Mapping[str, Mapping[str, int]]

    def saving(self) -> float:
        """Share of the always-on energy that was not used, in per cent."""
        return 100 * (1 - self.energy_wh / self.always_on_wh) if self.always_on_wh else 0.0


def score(site: Site, gateway: Gateway, truth: Truth, begin: int, end: int) -> Score:
    """Read the record back and hold it against what the devices say. Blocks."""
    reader = Reader(site.state)
    try:
        people = _sums(reader)
        sensed = truth.people_sensed
        health = gateway.health()
        return Score(
            messages_sent=truth.messages_sent,
            readings_stored=people.readings,
            people_sensed=sum(sensed.values()),
            people_recorded=sum(people.counted.get(DeviceId(counter), 0) for counter in sensed),
            people_estimated_sensed=sum(truth.people_estimated.values()),
            people_estimated_recorded=sum(people.estimated.values()),
            rejected=health.rejected,
            duplicates=health.duplicates,
            commands_sent=health.commands,
            mean_level_percent=round(mean_level(reader.decisions(), begin, end), 2),
            energy_wh=round(truth.energy_wh, 3),
            always_on_wh=round(truth.always_on_wh, 3),
            street_seconds=round((end - begin) / SECOND, 3),
            by_counter={
                counter: {"sensed": number, "recorded": people.counted.get(DeviceId(counter), 0)}
                for counter, number in sensed.items()
            },
        )
    finally:
        reader.close()


def people_recorded(reader: Reader) -> Mapping[DeviceId, int]:
    """How many people the record holds of each counter. Blocks."""
    return _sums(reader).counted


def _sums(reader: Reader) -> "_Sums":
    sums = _Sums()
    for reading in reader.series():
        sums.add(reading)
    return sums


class _Sums:
    """People in the record, counted ones and estimated ones apart; what a broker repeated is in no sum."""

    def __init__(self) -> None:
        self.readings = 0
        self.counted: dict[DeviceId, int] = {}
        self.estimated: dict[DeviceId, int] = {}

    def add(self, reading: Reading) -> None:
        self.readings += 1
        if reading.quantity is Quantity.PEDESTRIANS and not reading.quality & Quality.RETAINED:
            sums = self.estimated if reading.quality & Quality.ESTIMATED else self.counted
            sums[reading.device] = sums.get(reading.device, 0) + int(reading.value)


def mean_level(decisions: Iterable[Decision], begin: int, end: int) -> float:
    """Mean of the decided levels in per cent over all lamps from `begin` to `end` (ns)."""
    standing: dict[DeviceId, tuple[int, int]] = {}
    area = 0
    for decision in decisions:
        since, level = standing.get(decision.lamp, (begin, 0))
        now = min(max(decision.time, begin), end)
        area += level * (now - since)
        standing[decision.lamp] = (now, decision.level)
    area += sum(level * (end - since) for since, level in standing.values())
    lamps = len(standing)
    return area / (lamps * (end - begin)) if lamps and end > begin else 0.0
