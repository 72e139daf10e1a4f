"""Changes that come faster than people walk: a loose contact, a free-running motion sensor, a failing radio link.

Where people pass at random and a motion sensor holds for t seconds, it can be seen to change at most 2 / (e t) times a
second, on any street: the more pass, the longer they run together. That is 883 changes an hour for a hold of 3 s, as
short as common sensors have it. A broken sensor was seen to change 1,090 times an hour for days, ten times an hour
when it was whole (github.com/kylegordon/home-assistant-config, issue 750).
"""

from collections import deque
from typing import Any

from devices.message import SECOND

WINDOW = 3600 * SECOND
BUCKET = 300 * SECOND
"""Changes are kept by five minutes, so that twelve numbers are enough."""

CALM = 3
"""A sensor is believed again when it changes less often than this part of what was too often."""


class Flapping:
    """One sensor's changes of one kind in the last hour: too many are `most`, few are under a third of that."""

    __slots__ = ("_buckets", "_inside", "_most", "_state")

    def __init__(self, most: float) -> None:
        self._most = most
        self._state: float | None = None
        self._buckets: deque[list[int]] = deque()  # [when it began, changes]
        self._inside = 0

    @property
    def since(self) -> int:
        """When the changes began that are still counted; 0 where there are none."""
        return self._buckets[0][0] if self._buckets else 0

    def observe(self, state: float, at: int) -> bool:
        """Learn a state; say whether it changed, and once too often."""
        changed = self._state is not None and state != self._state
        self._state = state
        if not changed:
            return False
        self._forget(at)
        if not self._buckets or self._buckets[-1][0] <= at - BUCKET:
            self._buckets.append([at, 0])
        self._buckets[-1][1] += 1
        self._inside += 1
        return self._inside >= self._most

    def calm(self, at: int) -> bool:
        """Whether it changes seldom enough to be believed again."""
        self._forget(at)
        return self._inside * CALM < self._most

    def _forget(self, at: int) -> None:
        while self._buckets and self._buckets[0][0] <= at - WINDOW:
            self._inside -= self._buckets.popleft()[1]

    def shift(self, by: int) -> None:
        """Keep the time that passed when street time jumped by `by`."""
        for bucket in self._buckets:
            bucket[0] += by

    def state(self) -> list[object]:
        """All of it as JSON."""
        return [self._state, [list(bucket) for bucket in self._buckets]]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        self._state, buckets = state
        self._buckets = deque([at, changes] for at, changes in buckets)
        self._inside = sum(changes for _, changes in self._buckets)
