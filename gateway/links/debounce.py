"""When a level on a pin is to be believed: edges with their times in, changes with theirs out. Pure.

A level is believed when it has lasted for the debounce, and is then told with the time of the edge that began it: every
pulse that lasts so long is told, none that is shorter, however late the edges are looked at.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A pin has been `high` (or low) since a moment; None: it does not come to rest, and nobody knows what it is."""

    high: bool | None
    since: int


class Debounce:
    """The level of one pin. Times are any clock's nanoseconds, never falling.

    A pin that has not come to rest `chatter` nanoseconds after it left its last level is told to be restless, once.
    """

    def __init__(self, debounce: int, chatter: int) -> None:
        self._debounce = debounce
        self._chatter = max(chatter, 2 * debounce)
        self._high: bool | None = None
        self._since = 0
        self._unrest: int | None = None
        self._told: bool | None = None
        self._restless = False

    @property
    def told(self) -> bool | None:
        """The level that was told last; None before the first, and while the pin is restless."""
        return self._told

    @property
    def restless(self) -> bool:
        """Whether the pin was told to be restless, and has not come to rest since."""
        return self._restless

    @property
    def due(self) -> int | None:
        """When `settle` may have something to tell; None while the pin is at rest."""
        if self._unrest is None:
            return None
        rest = self._since + self._debounce
        return rest if self._restless else min(rest, self._unrest + self._chatter)

    def feed(self, at: int, *, high: bool) -> list[Change]:
        """Learn the level from a moment on; say what had been believed by then."""
        told = self.settle(at)
        if high is not self._high:
            self._unrest = at if self._unrest is None else self._unrest
            self._high, self._since = high, at
        return told

    def settle(self, now: int) -> list[Change]:
        """Say what is to be believed by now."""
        if self._unrest is None:
            return []
        if now - self._since >= self._debounce:
            self._unrest, self._restless = None, False
            return self._tell()
        if now - self._unrest >= self._chatter and not self._restless:
            self._restless, self._told = True, None
            return [Change(None, self._unrest)]
        return []

    def _tell(self) -> list[Change]:
        """The level at which the pin rests, unless it was told already: a pulse that was too short."""
        if self._high is self._told:
            return []
        self._told = self._high
        return [Change(self._high, self._since)]
