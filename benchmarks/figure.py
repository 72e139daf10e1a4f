"""One figure of the report: what was measured, the baseline of the same run, and the aim."""

from dataclasses import dataclass
from enum import Enum


class Better(Enum):
    """Which side of its aim a figure should be on."""

    LESS = "<="
    MORE = ">="


@dataclass(frozen=True, slots=True)
class Figure:
    """A measurement in `unit` beside its baseline. `aim` is for `value`, or for the ratio where `of_ratio` says so."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    beside: str = ""
    aim: float | None = None
    better: Better = Better.LESS
    of_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        """The value in baselines."""
        return self.value / self.baseline if self.baseline else None

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None where there is none."""
        judged = self.ratio if self.of_ratio else self.value
        if self.aim is None or judged is None:
            return None
        return judged <= self.aim if self.better is Better.LESS else judged >= self.aim


def percentile(values: list[float], per_cent: float) -> float:
    """The value that so many per cent of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * per_cent / 100))]
