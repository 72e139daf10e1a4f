"""Frames of the HLK-LD2450 radar.

Byte layout: Hi-Link, "HLK-LD2450 serial communication protocol", section 2.3: AA FF 03 00, three targets of eight
bytes, 55 CC; thirty bytes, ten frames a second, no checksum.
"""

HEADER = bytes.fromhex("AAFF0300")
TAIL = bytes.fromhex("55CC")
LENGTH = 30


class Ld2450Frames:
    """Cuts the radar's stream at its headers.

    A frame is good if it is `LENGTH` bytes from header to tail. One that is not ends at the next header, or after
    `LENGTH` bytes, and is delivered as bad. Bytes without a header are a frame whose header was damaged as soon as
    they are half a frame or more; fewer are skipped. So a stream in which bytes are wrong or missing, and nothing is
    between the frames, gives as many frames as were sent.
    """

    def __init__(self) -> None:
        self.good = 0
        self.bad = 0
        self.skipped = 0
        self._buffer = b""
        self._stray = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; give the frames that are complete now."""
        self._buffer += data
        frames: list[bytes] = []
        while True:
            self._stray_up_to_header(frames)
            if len(self._buffer) < LENGTH or not self._buffer.startswith(HEADER):
                return frames
            self._take_frame(frames)

    def end(self) -> list[bytes]:
        """Take that nothing more comes: half a frame or more is a bad one, less is skipped."""
        frames: list[bytes] = []
        self._stray += self._buffer
        self._buffer = b""
        self._settle_stray(frames)
        return frames

    def _take_frame(self, frames: list[bytes]) -> None:
        frame = self._buffer[:LENGTH]
        if frame.endswith(TAIL):
            self.good += 1
            frames.append(frame)
        else:
            frame = frame[: _next_header(frame, 1)]
            self._refuse(frame, frames)
        self._buffer = self._buffer[len(frame) :]

    def _stray_up_to_header(self, frames: list[bytes]) -> None:
        start = _next_header(self._buffer, 0)
        self._stray += self._buffer[:start]
        self._buffer = self._buffer[start:]
        while len(self._stray) >= LENGTH:
            self._refuse(self._stray[:LENGTH], frames)
            self._stray = self._stray[LENGTH:]
        if self._buffer.startswith(HEADER):
            self._settle_stray(frames)

    def _settle_stray(self, frames: list[bytes]) -> None:
        """Decide what the bytes before a header were."""
        if len(self._stray) * 2 >= LENGTH:
            self._refuse(self._stray, frames)
        else:
            self.skipped += len(self._stray)
        self._stray = b""

    def _refuse(self, frame: bytes, frames: list[bytes]) -> None:
        self.bad += 1
        frames.append(frame)


def _next_header(data: bytes, start: int) -> int:
    """Where the next header, or what may become one, begins at or after `start`; the end of the data if nowhere."""
    found = data.find(HEADER, start)
    if found >= 0:
        return found
    for begun in range(len(HEADER) - 1, 0, -1):
        if len(data) - begun >= start and data.endswith(HEADER[:begun]):
            return len(data) - begun
    return len(data)
