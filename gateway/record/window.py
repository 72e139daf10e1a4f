"""Which messages were seen before. Pure.

Two rules stand together. From the broker on: a redelivery is a duplicate if its packet id is among the last messages
of the link's session and stood for the same content then; the digest of a content also says which of our subscriptions
brought it, and so in which session. From the sensor on: a message is a duplicate if that very (device, boot, seq) is
known. DUP alone never means "seen": it says that the message was written to some socket before.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from devices.convention import Numbered
from devices.device import DeviceId
from gateway.links.delivery import Origin

KEPT = 30_000
"""Messages of a session that are remembered: more than a broker ever had unacknowledged in trials (10,690 with
mosquitto 2.0.11), and so few that, with those, the 65,535 packet ids do not come round."""

_PACKETS = 1 << 16
_DIGEST = 16

RANGES = 1_000
"""Ranges of numbers remembered of one boot: beyond them the lowest are forgotten, and would be taken again."""
BOOTS = 100
"""Boots remembered of one device: beyond them the one that was silent longest is forgotten."""
_LARGEST = (1 << 63) - 1


class Window:
    """The last `KEPT` messages of one link's session, by packet id. It takes 1.5 MB, however much passes."""

    __slots__ = ("_count", "_digests", "_since", "_when")

    def __init__(self) -> None:
        self._when = array("Q", bytes(8 * _PACKETS))
        self._digests = bytearray(_DIGEST * _PACKETS)
        self._count = 0
        self._since = 0

    def duplicate(self, origin: Origin) -> bool:
        """Whether this is a redelivery of a message of this session that was noted before."""
        packet = origin.packet
        return (
            packet is not None
            and origin.redelivered
            and bool(origin.digest)
            and self._holds(packet)
            and self._digests[_DIGEST * packet : _DIGEST * (packet + 1)] == _fitted(origin.digest)
        )

    def note(self, origin: Origin) -> bool:
        """Remember a message; say whether it ended the session before it.

        A fresh message whose packet id is still in the window cannot be: the broker lost its last moments and counts
        from an earlier number. What was remembered says nothing about it any more.
        """
        packet = origin.packet
        if packet is None or not origin.digest:
            return False
        ended = False
        if self._holds(packet):
            if self.duplicate(origin):
                return False
            ended = not origin.redelivered
            if ended:
                self.end()
        self.remember(packet, origin.digest)
        return ended

    def remember(self, packet: int, digest: bytes) -> None:
        """Put one message into the window, in the place of what its packet id stood for."""
        self._count += 1
        self._when[packet] = self._count
        self._digests[_DIGEST * packet : _DIGEST * (packet + 1)] = _fitted(digest)

    def recall(self, found: Iterable[tuple[int, bytes]]) -> None:
        """Put many messages into the window, in the order in which they came: `remember` for a start that waits."""
        count, when, digests = self._count, self._when, self._digests
        for packet, digest in found:
            count += 1
            when[packet] = count
            digests[_DIGEST * packet : _DIGEST * (packet + 1)] = digest if len(digest) == _DIGEST else _fitted(digest)
        self._count = count

    def end(self) -> None:
        """Forget all: packet ids start anew."""
        self._since = self._count

    def _holds(self, packet: int) -> bool:
        return self._when[packet] > max(self._since, self._count - KEPT)


def _fitted(digest: bytes) -> bytes:
    """Cut or fill a digest, so that the table keeps its shape whatever comes."""
    return digest if len(digest) == _DIGEST else digest[:_DIGEST].ljust(_DIGEST, b"\0")


class Windows:
    """The windows of all links."""

    __slots__ = ("_links",)

    def __init__(self) -> None:
        self._links: dict[str, Window] = {}

    def of(self, link: str) -> Window:
        """The window of one link, empty if it never spoke."""
        window = self._links.get(link)
        if window is None:
            window = self._links[link] = Window()
        return window

    def duplicate(self, origin: Origin) -> bool:
        """Whether this delivery is a copy, as far as packet ids tell."""
        return origin.packet is not None and origin.redelivered and self.of(origin.link).duplicate(origin)

    def note(self, origin: Origin) -> bool:
        """Remember a delivery; say whether it ended the session before it."""
        return origin.packet is not None and bool(origin.digest) and self.of(origin.link).note(origin)


class Change(NamedTuple):
    """What one noted number did to the ranges of its boot: one range now is, some are gone, a boot was forgotten."""

    first: int
    last: int
    gone: tuple[int, ...] = ()
    """The first numbers of ranges that are no more."""
    forgotten: str = ""
    """Another boot of the same device of which nothing is known any more."""
    known: bool = False
    """Whether it was in the range before."""


class Ranges:
    """A set of whole numbers, kept as its runs."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def extend(self, first: int, last: int) -> None:
        """Put a run behind all others: ranges are loaded in their order."""
        self._firsts.append(first)
        self._lasts.append(last)

    def add(self, number: int) -> Change:
        """Put one number in; say which run holds it now and which runs are gone."""
        firsts, lasts = self._firsts, self._lasts
        if lasts and number == lasts[-1] + 1:  # what a sender says that counts and is heard
            lasts[-1] = number
            return Change(firsts[-1], number)
        at = bisect_right(firsts, number) - 1
        if at >= 0 and number <= lasts[at]:
            return Change(firsts[at], lasts[at], known=True)
        below = at >= 0 and lasts[at] == number - 1
        above = at + 1 < len(firsts) and firsts[at + 1] == number + 1
        if below and above:
            gone = firsts.pop(at + 1)
            lasts[at] = lasts.pop(at + 1)
            return Change(firsts[at], lasts[at], (gone,))
        if below:
            lasts[at] = number
            return Change(firsts[at], number)
        if above:
            gone = firsts[at + 1]
            firsts[at + 1] = number
            return Change(number, lasts[at + 1], (gone,))
        firsts.insert(at + 1, number)
        lasts.insert(at + 1, number)
        return Change(number, number, self._forget_lowest())

    def _forget_lowest(self) -> tuple[int, ...]:
        if len(self._firsts) <= RANGES:
            return ()
        del self._lasts[0]
        return (self._firsts.pop(0),)


class Numbers:
    """Which numbers of each boot of each device are known. Boots and numbers may come in any order."""

    __slots__ = ("_devices",)

    def __init__(self) -> None:
        self._devices: dict[DeviceId, dict[str, Ranges]] = {}

    def holds(self, numbered: Numbered) -> bool:
        """Whether this very (device, boot, seq) was noted."""
        boots = self._devices.get(numbered.device)
        ranges = None if boots is None else boots.get(numbered.boot)
        return ranges is not None and numbered.seq in ranges

    def load(self, device: DeviceId, boot: str, first: int, last: int) -> None:
        """Take over one stored range; ranges of a boot come in their order, boots with the last heard at the end."""
        self._devices.setdefault(device, {}).setdefault(boot, Ranges()).extend(first, last)

    def note(self, numbered: Numbered) -> Change | None:
        """Remember a number; None for a numbering that no table can hold, which then protects nothing."""
        if not (0 <= numbered.seq <= _LARGEST and numbered.boot.isprintable()):
            return None
        boots = self._devices.get(numbered.device)
        if boots is None:
            boots = self._devices[numbered.device] = {}
        ranges = boots.get(numbered.boot)
        if ranges is None:
            ranges = boots[numbered.boot] = Ranges()
        elif next(reversed(boots)) != numbered.boot:
            boots[numbered.boot] = boots.pop(numbered.boot)
        change = ranges.add(numbered.seq)
        if len(boots) <= BOOTS:
            return change
        forgotten = next(iter(boots))
        del boots[forgotten]
        return change._replace(forgotten=forgotten)


class Seen:
    """Both rules: what was seen of packets and of the senders' own numbers.

    The gateway holds two of them that begin equal: what it has taken in, and what is durable. A message that came
    again because the disk was slow is known to the first and not yet to the second.
    """

    __slots__ = ("numbers", "windows")

    def __init__(self) -> None:
        self.windows = Windows()
        self.numbers = Numbers()

    def duplicate(self, origin: Origin | None, heard: Iterable[object]) -> bool:
        """Whether a message was noted before: `heard` is all it brought. Changes nothing."""
        if origin is not None and self.windows.duplicate(origin):
            return True
        numbered = False
        for item in heard:
            if type(item) is Numbered:
                if not self.numbers.holds(item):
                    return False
                numbered = True
        return numbered

    def take(self, origin: Origin | None, heard: Iterable[object]) -> bool:
        """Say whether a message was noted before, as `duplicate` does, and note it and its numbers.

        A duplicate is noted too: it may end a session.
        """
        duplicate = numbered = False
        if origin is not None:
            duplicate = self.windows.duplicate(origin)
            self.windows.note(origin)
        known = True
        for item in heard:
            if type(item) is Numbered:
                numbered = True
                change = self.numbers.note(item)
                known = known and change is not None and change.known
        return duplicate or (numbered and known)

    def end(self, link: str) -> None:
        """Forget the packets of a link: its broker has no session any more. Numbers stand."""
        self.windows.of(link).end()
