"""Lines of text, each ended by a line feed."""

LONGEST = 4096
"""Bytes of a line, without its end."""


class Lines:
    r"""Frames that end with LF; a CR before it and empty lines are dropped.

    A line of more than `LONGEST` bytes is delivered once, cut to that length, and counted as bad; what follows up to
    the next LF is skipped. The first line after opening may lack its beginning, and nothing in the bytes tells: it is
    delivered like the others, because a JSON object without its beginning is refused by its convention anyway (and
    kept as evidence), while dropping it would lose a whole line whenever the sender started after us.
    """

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self.skipped = 0
        self._partial = b""
        self._overlong = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; give the lines that are complete now."""
        *ended, rest = data.split(b"\n")
        frames: list[bytes] = []
        for piece in ended:
            self._extend(piece, frames)
            self._end(frames)
        self._extend(rest, frames)
        return frames

    def end(self) -> list[bytes]:
        """Take that nothing more comes: a last line may lack its end."""
        frames: list[bytes] = []
        self._end(frames)
        return frames

    def _extend(self, piece: bytes, frames: list[bytes]) -> None:
        if self._overlong:
            self.skipped += len(piece)
            return
        line = self._partial + piece
        # One byte more is allowed while the line is open: it may be the CR before the LF.
        if len(line) <= LONGEST or (len(line) == LONGEST + 1 and line.endswith(b"\r")):
            self._partial = line
            return
        self.bad += 1
        self.skipped += len(line) - LONGEST
        self._overlong = True
        self._partial = b""
        frames.append(line[:LONGEST])

    def _end(self, frames: list[bytes]) -> None:
        line = self._partial.removesuffix(b"\r")
        if line:
            self.good += 1
            frames.append(line)
        self._partial = b""
        self._overlong = False
