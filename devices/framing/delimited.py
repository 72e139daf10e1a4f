"""Frames between delimiters: a byte that nothing inside a frame can be."""

from abc import ABC, abstractmethod
from typing import ClassVar

LONGEST = 4096
"""Bytes of a damaged frame that are delivered, and of a whole one as it is sent, its two delimiters among them."""


class Delimited(ABC):
    """Cuts a stream at `delimiter`; what a piece between two of them is, `_read` says.

    After damage of any kind the next delimiter is where reading goes on. A piece that is too long is delivered once,
    cut, and counted as bad; what follows up to the next delimiter is skipped.
    """

    delimiter: ClassVar[bytes]

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self.skipped = 0
        self._partial = b""
        self._overlong = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; give the frames that are complete now."""
        *ended, rest = data.split(self.delimiter)
        frames: list[bytes] = []
        for piece in ended:
            self._extend(piece, frames)
            frames += self.end()
        self._extend(rest, frames)
        return frames

    def end(self) -> list[bytes]:
        """Take that nothing more comes: what stands after the last delimiter is a piece too."""
        frames = self._read(self._partial)
        self._partial = b""
        self._overlong = False
        return frames

    @abstractmethod
    def _read(self, piece: bytes) -> list[bytes]:
        """Give the frames in a piece, mostly one, and count them; an empty piece is nothing."""

    @abstractmethod
    def _cut(self, piece: bytes) -> list[bytes]:
        """Give what is kept of a piece that is too long, and count it."""

    def _take(self, frame: bytes) -> list[bytes]:
        self.good += 1
        return [frame]

    def _refuse(self, frame: bytes) -> list[bytes]:
        self.bad += 1
        return [frame[:LONGEST]]

    def _extend(self, piece: bytes, frames: list[bytes]) -> None:
        if self._overlong:
            self.skipped += len(piece)
            return
        self._partial += piece
        longest = LONGEST - 2 * len(self.delimiter)
        if len(self._partial) > longest:
            self.skipped += len(self._partial) - longest
            frames += self._cut(self._partial[:longest])
            self._overlong = True
            self._partial = b""
