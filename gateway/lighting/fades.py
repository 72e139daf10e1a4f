"""How lamps get from level to level: no flicker, and no jump in view of somebody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

from devices.device import DeviceId
from devices.message import SECOND
from gateway.lighting.health import NEVER
from gateway.lighting.plan import Ramp


@dataclass(slots=True)
class Fade:
    """A lamp on its way from `start` to `target` per cent: begun at `since`, done after `ramp` (ns).

    `risen` is when it was last told to become brighter; 0 if never.
    """

    start: float
    target: int
    since: int
    ramp: int
    risen: int

    def level(self, at: int) -> float:
        """The level in between, in per cent: a straight line."""
        if at >= self.since + self.ramp:
            return self.target
        return self.start + (self.target - self.start) * (at - self.since) / self.ramp


class Change(NamedTuple):
    """A lamp's new target (per cent) after another."""

    lamp: DeviceId
    before: int
    target: int

    def ramp(self, rule: Ramp) -> int:
        """How long (ns) it takes by a rule, whoever sees it."""
        return rule.up if self.target >= self.before else rule.down


class Fades:
    """The lamps of one zone by the ramp rules of its programs. Nothing is kept where these are but `up` and `down`."""

    def __init__(self, rules: Iterable[Ramp]) -> None:
        self.needed = any(rule.steady or rule.in_view is not None for rule in rules)
        """Whether any rule asks for more than `Change.ramp` says."""
        self._fades: dict[DeviceId, Fade] = {}
        self._waiting: set[DeviceId] = set()
        self.due = NEVER

    def steady_until(self, lamp: DeviceId, rule: Ramp) -> int:
        """Until when a lamp may not become darker; 0 if it may."""
        fade = self._fades.get(lamp)
        return fade.risen + rule.steady if fade is not None and fade.risen else 0

    def settle(self) -> set[DeviceId]:
        """Forget who waits, and say who did: they are asked again."""
        waited, self._waiting = self._waiting, set()
        self.due = NEVER
        return waited

    def wait(self, lamp: DeviceId, rule: Ramp) -> None:
        """A lamp would become darker as soon as it may."""
        self._waiting.add(lamp)
        self.due = min(self.due, self.steady_until(lamp, rule))

    def begin(self, change: Change, at: int, rule: Ramp, *, in_view: bool, arriving: bool) -> int:
        """The ramp (ns) of a change at `at` by a program's rule: whether somebody sees it, and is it for who arrives.

        The limit is of what is seen: a lamp that is still fading starts from where it is by then.
        """
        ramp = change.ramp(rule)
        if not self.needed:
            return ramp
        fade = self._fades.get(change.lamp)
        if change.target == change.before:
            return ramp if fade is None else fade.ramp
        start = float(change.before) if fade is None else fade.level(at)
        if rule.in_view is not None and in_view and not (arriving and change.target >= start):
            ramp = max(ramp, ceil(abs(change.target - start) * SECOND / rule.in_view))
        risen = at if change.target > change.before else fade.risen if fade is not None else 0
        self._fades[change.lamp] = Fade(start, change.target, since=at, ramp=ramp, risen=risen)
        return ramp

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by`."""
        for fade in self._fades.values():
            fade.since += by
            fade.risen += by if fade.risen else 0
        self.due += by if self.due < NEVER else 0

    def state(self) -> dict[str, object]:
        """All of it as JSON."""
        return {
            lamp: [fade.start, fade.target, fade.since, fade.ramp, fade.risen]
            for lamp, fade in sorted(self._fades.items())
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Be as when `state` was taken, as far as a rule still needs it. Who waits has to be told again."""
        if self.needed:
            self._fades = {DeviceId(lamp): Fade(*fields) for lamp, fields in state.items()}
