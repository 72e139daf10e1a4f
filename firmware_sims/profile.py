"""How many people walk by in each hour of a week, from real counts."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

HOURS = 168
"""Hours of a week, the first one begins on Monday at 00:00."""

QUIETEST = "1 Courthouse Lane"
"""The sensor of the excerpt that counted the fewest people."""

QUIET_EVENING = 18.0
"""People per hour between 20:00 and 21:00 in the quiet street of the demo, mean over the week."""


@dataclass(frozen=True, slots=True)
class Profile:
    """People expected in each hour of a week: `people[24 * weekday + hour]`, local time, Monday is weekday 0.

    Raises `ValueError` if there are not 168 hours or if one is below 0.
    """

    name: str
    people: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.people) != HOURS:
            raise ValueError(f"expected {HOURS} hours, found {len(self.people)} in the profile {self.name!r}")
        if min(self.people) < 0:
            raise ValueError(f"expected people from 0, found {min(self.people)} in the profile {self.name!r}")

    def at(self, local: datetime) -> float:
        """People expected in the hour of the week in which this local time lies."""
        return self.people[24 * local.weekday() + local.hour]

    def evening(self) -> float:
        """People per hour between 20:00 and 21:00, mean over the week."""
        return sum(self.people[20::24]) / 7

    def scaled(self, factor: float) -> "Profile":
        """The same week with `factor` times as many people."""
        return Profile(self.name, tuple(factor * people for people in self.people))


def steady(people: float) -> Profile:
    """A week in which every hour expects the same number of people."""
    return Profile(f"{people:g} an hour", (people,) * HOURS)


def auckland() -> Mapping[str, Profile]:
    """The week from 17 November 2025 of each street sensor of the excerpt, by its name (see data/README.md).

    Reads a file, so it belongs before an event loop or into a thread.
    """
    text = resources.files("firmware_sims").joinpath("data", "auckland_week.csv").read_text(encoding="utf-8")
    weeks: dict[str, list[float]] = {}
    for row in csv.DictReader(text.splitlines()):
        row.pop("local_time")
        for sensor, people in row.items():
            weeks.setdefault(sensor, []).append(float(people))
    return {sensor: Profile(sensor, tuple(week)) for sensor, week in weeks.items()}


def quiet_street() -> Profile:
    """The quietest sensor's week, scaled down to a quiet residential street. Reads a file, see `auckland`."""
    week = auckland()[QUIETEST]
    return week.scaled(QUIET_EVENING / week.evening())
