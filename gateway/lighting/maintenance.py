"""People work on lamps: which, until when, why. It moves no light; whoever tells lamps leaves those alone."""

from dataclasses import astuple, replace
from typing import Any

from devices.device import DeviceId
from gateway.lighting.facts import Cancel, Maintenance, Override


class Works:
    """The maintenance that stands: one a lamp, the newest."""

    def __init__(self) -> None:
        self._works: dict[DeviceId, Maintenance] = {}

    def observe(self, fact: Override | Cancel | Maintenance) -> None:
        """Learn which begins and which is taken back; other orders are nothing to it."""
        if isinstance(fact, Maintenance):
            self._works[fact.lamp] = fact
        elif isinstance(fact, Cancel):
            self._works = {lamp: work for lamp, work in self._works.items() if work.id != fact.override}

    def standing(self, at: int) -> list[Maintenance]:
        """What has not expired at `at` (ns), by lamp."""
        self._works = {lamp: work for lamp, work in self._works.items() if work.expires > at}
        return [self._works[lamp] for lamp in sorted(self._works)]

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        self._works = {
            lamp: replace(work, start=work.start + by, expires=work.expires + by) for lamp, work in self._works.items()
        }

    def state(self, at: int) -> list[list[object]]:
        """All of it as JSON."""
        return [list(astuple(work)) for work in self.standing(at)]

    def restore(self, state: Any) -> None:
        """Be as when `state` was taken."""
        works = (Maintenance(*fields) for fields in state)
        self._works = {work.lamp: work for work in works}
