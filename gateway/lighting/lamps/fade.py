"""The in-between levels of lamps that cannot fade by themselves."""

from dataclasses import dataclass

from devices.message import SECOND

STEP = SECOND // 5
"""Two in-between levels of one lamp are at least this far apart."""


@dataclass(frozen=True, slots=True)
class Fade:
    """From `start` to `target` (whole per cent) along a straight line, begun at `since`, done after `ramp` (ns)."""

    start: int
    target: int
    since: int
    ramp: int

    @property
    def end(self) -> int:
        """When the target is due."""
        return self.since + self.ramp

    def level(self, at: int) -> int:
        """The whole per cent to show at an instant, rounded up as every level is; from the end on the target."""
        if at >= self.end:
            return self.target
        return self.start - (self.start - self.target) * max(0, at - self.since) // self.ramp

    def following(self, at: int) -> int | None:
        """When the next in-between level is due after one at `at`; None once the target has been shown."""
        if at >= self.end:
            return None
        each = max(STEP, -(-self.ramp // max(1, abs(self.target - self.start))))
        return min(at + each, self.end)
