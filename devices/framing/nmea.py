"""Sentences in the manner of NMEA 0183: $, the payload, *, its checksum in two hexadecimal digits, CR LF.

The checksum is the exclusive or of all bytes between $ and *. Unlike there a sentence may be long, and its payload may
contain a *, since it is the last one that counts; a sentence without a checksum is damaged.
"""

import re
from functools import reduce
from operator import xor

from devices.framing.delimited import Delimited

_CHECKSUM = re.compile(rb"\*([0-9A-Fa-f]{2})\Z")
BEHIND = 3
"""Bytes behind the payload: * and the digits."""


class Nmea(Delimited):
    r"""Delivers the payload between $ and *; a damaged sentence as it came.

    What stands before the $ whose checksum is right is garbage: skipped, or a damaged sentence if it has a $ too. A
    line that has a checksum and no $ is a sentence that lost it; one with neither, such as what a board says while it
    starts, is skipped.
    """

    delimiter = b"\n"

    def _read(self, piece: bytes) -> list[bytes]:
        line = piece.removesuffix(b"\r")
        checksum = _CHECKSUM.search(line)
        if checksum is None:
            return self._cut(line)
        start = _start(line, int(checksum[1], 16))
        if start is None:
            return self._damaged(line) if b"$" in line else self._refuse(line)
        return self._damaged(line[:start]) + self._take(line[start + 1 : -BEHIND])

    def _cut(self, piece: bytes) -> list[bytes]:
        return self._damaged(piece)

    def _damaged(self, line: bytes) -> list[bytes]:
        """Give a sentence that is not whole, without what stands before it; skip what is none."""
        start = line.find(b"$")
        self.skipped += len(line) if start < 0 else start
        return [] if start < 0 else self._refuse(line[start:])


def _start(line: bytes, checksum: int) -> int | None:
    """Where the first $ is from which on the checksum is right."""
    end = len(line) - BEHIND
    start = line.find(b"$", 0, end)
    found = reduce(xor, line[start + 1 : end], 0)
    while start >= 0:
        if found == checksum:
            return start
        following = line.find(b"$", start + 1, end)
        found ^= reduce(xor, line[start + 1 : following + 1], 0)
        start = following
    return None
