"""One lamp under supervision: target, feedback and actual, kept apart. Its silence is its own."""

from collections import deque
from dataclasses import dataclass, field

from devices.device import DeviceId
from devices.light import LightCommand, LightState
from devices.message import SECOND
from gateway.lighting.lamps.fade import Fade
from gateway.lighting.lamps.faults import Fault, Turn, Verdicts
from gateway.lighting.lamps.power import watts
from gateway.lighting.lamps.proof import Found, Trial
from gateway.lighting.plan import LampType

ANSWER = 5 * SECOND
"""A lamp that has not confirmed an order this long after its ramp is told again; then after twice as long ..."""

GAP = SECOND // 20
"""Two orders to one lamp are at least this far apart; of those in between the newest wins."""

TRIES = 4
"""Orders are repeated so often for want of an answer; after that the refresh has to do."""

FLASHES = (100, 10, 100, 10, 100, 10)
"""Levels (per cent) by which a lamp shows who it is: seen by night and by day, and never dark."""

FLASH = SECOND
"""How long each of them lasts."""

SILENT_REFRESHES = 3
"""After so many refreshes unheard a lamp takes its own failure level (DESIGN: our own topics)."""

SETTLE = 5 * SECOND
"""So long after a ramp nothing is concluded from a lamp's power."""

NEAR = 1.0
"""Per cent by which a lamp's own word may differ from the level it was told: lamps round."""

REMEMBERED = 8
"""Orders of one level whose answers still count: an answer may be slower than the next try."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """What supervision must know of a lamp: its make, the switched feed it hangs on ("" if none), and its link.

    A lamp without a `type` is told its level, and nothing is concluded about it. One that was told to go off may shine
    for `min_on` nanoseconds more.
    """

    type: LampType | None = None
    feed: str = ""
    link: str = ""
    min_on: int = 0


@dataclass(slots=True)
class Lamp:
    """Target (decision), feedback (order confirmed) and actual (state) of one lamp.

    `ordered` is the level of the last order, `asked` when that level was ordered first, `unanswered` since when orders
    have had no answer, `lit` since when it should shine, `maintained` until when people work on it (ns), `drawn` the
    watts that it says of its target since it settled there.
    """

    id: DeviceId
    fitting: Fitting
    refresh: int
    target: int = 0
    ramp: int = 0
    fade: Fade | None = None
    ordered: int | None = None
    orders: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    asked: int = 0
    sent: int = -GAP
    tries: int = 0
    confirmed: int | None = None
    unanswered: int | None = None
    lit: int | None = None
    maintained: int | None = None
    actual: LightState | None = None
    verdicts: Verdicts = field(default_factory=Verdicts)
    trial: Trial = field(default_factory=Trial)
    drawn: float | None = None
    flashes: tuple[int, ...] = ()
    flashed: bool = False
    early: int = 0
    """By how much (ns) the next repetition comes before its time, so that not all lamps hear theirs at once."""

    # --------------------------------------------------------------------------------------------------- target
    def decide(self, level: int, ramp: int, now: int) -> bool:
        """Take a new target; say whether the lamp is to be told."""
        new = level != self.target or self.ordered is None
        if new:
            self.drawn = None
            self.verdicts.unsettle() if level and self.target else self.verdicts.rest()
            self.trial.unsettle()
            start, self.fade = self.ordered, None
            if start is not None and start != level and ramp and self._helped:
                self.fade = Fade(start, level, now, ramp)
        self.target, self.ramp = level, ramp
        self.lit = None if not level else now if self.lit is None else self.lit
        return self.ordered != level and not self.flashes and (new or self.fade is None)

    @property
    def _helped(self) -> bool:
        return self.fitting.type is not None and not self.fitting.type.fades

    # --------------------------------------------------------------------------------------------------- orders
    def order(self, now: int) -> LightCommand:
        """The order to give now."""
        if self.flashes:
            level, *rest = self.flashes
            self.flashes, self.flashed = tuple(rest), True
            return self._give(level, 0, now)
        level, ramp = self.target, self.ramp
        if self.fade is not None:
            level, ramp = self.fade.level(now), 0
            if now >= self.fade.end:
                self.fade = None
        elif self._helped:
            ramp = 0
        if self.flashed:
            ramp, self.flashed = min(ramp, FLASH), False
        return self._give(level, ramp, now)

    def _give(self, level: int, ramp: int, now: int) -> LightCommand:
        if level != self.ordered or not self.orders:
            self.orders.clear()
            self.asked, self.confirmed, self.tries = now, None, 0
        elif self.confirmed is not None or self.tries > TRIES:
            self.early = 0
        self.tries += 1
        self.ordered, self.sent = level, now
        self.orders.append(f"c-{now // 1_000_000:x}")
        if self.unanswered is None:
            self.unanswered = now
        return LightCommand(self.id, level, ramp, self.orders[-1], SILENT_REFRESHES * self.refresh)

    def due(self) -> int:
        """When the lamp is to be told something after what it was told last, if it says nothing."""
        if self.flashed:
            return self.sent + FLASH
        if self.fade is not None:
            return self.fade.following(self.sent) or self.fade.end
        if not self.tries or self.ordered != self.target:
            return self.sent + GAP
        if self.confirmed is None and self.tries <= TRIES:
            # Doubling, without a die: the way is shared by lamps that were told at different moments anyway.
            return self.sent + min(self.ramp + (ANSWER << self.tries - 1), self.refresh)
        return self.refreshed()

    def refreshed(self) -> int:
        """When a lamp that is where it should be is told so again."""
        return self.sent + self.refresh - self.early

    def first(self, now: int) -> int:
        """When a lamp with something new to hear may hear it: at once, if its last order is not too young."""
        begins = now if self.fade is None else self.fade.following(now) or now
        return max(begins, self.sent + GAP)

    @property
    def arrived(self) -> bool:
        """Whether it has been told its target, and nothing on the way there is left to tell."""
        return not self.flashes and self.fade is None and self.ordered == self.target

    # -------------------------------------------------------------------------------------------------- answers
    def hear(self, said: LightState, now: int) -> bool:
        """Learn what the lamp says of itself; say whether that confirms the order that stands."""
        self.actual = said
        follows = said.target if said.target is not None else said.level
        if not self.orders or not (said.confirms in self.orders or (not said.confirms and follows == self.ordered)):
            return False
        self.unanswered = None
        if self.confirmed is None:
            self.confirmed = now
        return True

    def born(self) -> None:
        """It came anew: it knows no order, whatever it confirmed in its last life."""
        self.confirmed = self.unanswered = self.fade = None
        self.tries, self.flashes, self.flashed = 0, (), False
        self.verdicts.unsettle()
        self.trial.unsettle()

    def silent(self, now: int) -> bool:
        """Whether it has not answered for as long as it takes to take its own failure level."""
        return self.unanswered is not None and now - self.unanswered >= SILENT_REFRESHES * self.refresh

    # ------------------------------------------------------------------------------------------------- verdicts
    def judge(self, said: LightState, now: int) -> list[Turn]:
        """What a state says of faults: nothing on the way to a level, nor while another order may be followed."""
        kind = self.fitting.type
        if kind is None or self.maintained is not None:
            return []
        turns = self.verdicts.name(said.faults, now)
        if self._settled(said, now):
            power = watts(kind, said.level) if said.power is None else said.power
            turns += self.verdicts.judge(kind, self.target, power, now)
        return turns

    def prove(self, said: LightState, now: int) -> Found | None:
        """What a state proves or disproves of how the lamp dims; after `judge`, whose faults say what is believed.

        A lamp that does not say that it is where it was told to be is not one whose levels mean something else.
        """
        kind = self.fitting.type
        if kind is None or self.maintained is not None or said.power is None or not self._settled(said, now):
            return None
        self.drawn = said.power
        if kind.proof == "none" or not self.target or abs(said.level - self.target) > NEAR:
            return None
        failing = not self.verdicts.judged.isdisjoint((Fault.DIMMING_FAILURE, Fault.LAMP_FAILURE))
        return self.trial.learn(kind, self.target, said.power, now, failing=failing)

    def settled(self, now: int) -> bool:
        """Whether it has confirmed its target, and has had the time to get there and to measure what it draws."""
        since = self.confirmed
        return since is not None and self.arrived and now >= since + self.ramp + SETTLE

    def _settled(self, said: LightState, now: int) -> bool:
        """A lamp that names neither order nor target is judged by what it was told."""
        nameless = said.target is None and not said.confirms
        since = self.asked if nameless else self.confirmed
        settle = self.ramp + SETTLE + (0 if self.target else self.fitting.min_on)
        return since is not None and self.ordered == self.target and now >= since + settle

    def shift(self, by: int) -> None:
        """Keep what was left when street time jumped by `by` nanoseconds."""
        self.asked += by
        self.sent += by
        if self.fade is not None:
            self.fade = Fade(self.fade.start, self.fade.target, self.fade.since + by, self.fade.ramp)
        self.confirmed = None if self.confirmed is None else self.confirmed + by
        self.unanswered = None if self.unanswered is None else self.unanswered + by
        self.lit = None if self.lit is None else self.lit + by
        self.maintained = None if self.maintained is None else self.maintained + by
        self.verdicts.shift(by)
        self.trial.shift(by)
