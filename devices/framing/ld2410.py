"""Frames of the HLK-LD2410, LD2410B and LD2410C radars.

Byte layout: Hi-Link, "LD2410B serial communication protocol", sections 2.1 to 2.3. A report is F4 F3 F2 F1, the length
of its data (two bytes, low one first), the data, F8 F7 F6 F5: 23 bytes in the basic mode, 45 in the engineering mode,
ten a second, no checksum. The answer to a command, which another program may have given, has FD FC FB FA and
04 03 02 01 instead and its own length. The LD2410S speaks another protocol.
"""

REPORT, REPORT_END = bytes.fromhex("F4F3F2F1"), bytes.fromhex("F8F7F6F5")
ANSWER, ANSWER_END = bytes.fromhex("FDFCFBFA"), bytes.fromhex("04030201")
ENDS = {REPORT: REPORT_END, ANSWER: ANSWER_END}
BEFORE, AROUND = 6, 10
"""Bytes before the data (header, length), and before and behind it."""

DATA = {13: b"\x02\xaa", 35: b"\x01\xaa"}
"""How long the data of a report is, and how it begins: the mode, AA."""

SHORTEST_ANSWER = 4
"""Bytes of data in an answer: the command, and how it went."""

SHORTEST, LONGEST = 23, 64
"""Bytes of a report, and of any frame."""

PIECE = 1024
"""Bytes that are looked at together: what is left of them is copied at each frame."""


class Ld2410Frames:
    """Cuts the radar's stream by header and length.

    A frame is good if header, length, mode and end fit; answers to commands are good frames too. One that is not ends
    at the next header, or after `LONGEST` bytes, and is delivered as bad. Bytes without a header are a frame whose
    header was damaged as soon as they are half a report or more; fewer are skipped.
    """

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self.skipped = 0
        self._buffer = b""
        self._stray = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; give the frames that are complete now."""
        frames: list[bytes] = []
        for start in range(0, len(data), PIECE):
            self._buffer += data[start : start + PIECE]
            self._take_complete(frames)
        return frames

    def _take_complete(self, frames: list[bytes]) -> None:
        while True:
            self._stray_up_to(_next_header(self._buffer), frames)
            size = _size(self._buffer)
            if size is None or size > len(self._buffer):
                return
            if size and self._buffer[:size].endswith(ENDS[self._buffer[:4]]):
                self._settle_stray(frames)
                self.good += 1
                frames.append(self._buffer[:size])
                self._buffer = self._buffer[size:]
            else:
                self._begin_bad(frames)

    def end(self) -> list[bytes]:
        """Take that nothing more comes: a frame that has only begun is bad."""
        frames: list[bytes] = []
        while self._buffer[:4] in ENDS:
            self._begin_bad(frames)
            self._take_complete(frames)
        self._stray_up_to(len(self._buffer), frames)
        self._settle_stray(frames)
        return frames

    def _begin_bad(self, frames: list[bytes]) -> None:
        """Take the header of a frame that is none, so that the search goes on behind it."""
        self._settle_stray(frames)
        self._stray, self._buffer = self._buffer[:4], self._buffer[4:]

    def _stray_up_to(self, start: int, frames: list[bytes]) -> None:
        self._stray += self._buffer[:start]
        self._buffer = self._buffer[start:]
        while len(self._stray) >= LONGEST:
            self._refuse(self._stray[:LONGEST], frames)
            self._stray = self._stray[LONGEST:]

    def _settle_stray(self, frames: list[bytes]) -> None:
        """Decide what the bytes before a header were."""
        if self._stray[:4] in ENDS or len(self._stray) * 2 >= SHORTEST:
            self._refuse(self._stray, frames)
        else:
            self.skipped += len(self._stray)
        self._stray = b""

    def _refuse(self, frame: bytes, frames: list[bytes]) -> None:
        self.bad += 1
        frames.append(frame)


def _size(data: bytes) -> int | None:
    """How long the frame is that begins here; None while that is not known, 0 if it is none."""
    if len(data) < BEFORE:
        return None
    length = int.from_bytes(data[4:BEFORE], "little")
    if data.startswith(ANSWER):
        return length + AROUND if SHORTEST_ANSWER <= length <= LONGEST - AROUND else 0
    begun = data[BEFORE : BEFORE + 2]
    return length + AROUND if length in DATA and DATA[length].startswith(begun) else 0


def _next_header(data: bytes) -> int:
    """Where the next header, or what may become one, begins; the end of the data if nowhere."""
    found = [at for header in ENDS if (at := data.find(header)) >= 0]
    if found:
        return min(found)
    for begun in (3, 2, 1):
        if data.endswith(tuple(header[:begun] for header in ENDS)):
            return len(data) - begun
    return len(data)
