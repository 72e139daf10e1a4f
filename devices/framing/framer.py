"""How bytes of a line become frames."""

from typing import Protocol


class Framer(Protocol):
    """Cuts a stream of bytes into frames; one for each time a port is opened. Pure: any split of the bytes is the same.

    A damaged frame is delivered too, as the bytes it was, so that its convention refuses it and it is kept. `good` and
    `bad` count frames, `skipped` counts bytes that belong to no frame.
    """

    good: int
    bad: int
    skipped: int

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read; give the frames that are complete now, in order, the damaged ones among them."""
        ...

    def end(self) -> list[bytes]:
        """Take that nothing more comes; give what is left, as a frame if it is one, and begin anew."""
        ...
