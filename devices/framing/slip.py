"""SLIP with a checksum: RFC 1055, and behind each payload its CRC-16/CCITT-FALSE, low byte first.

END is C0; inside a frame it is DB DC, and DB itself is DB DD, in the CRC too. A sender does well to begin each frame
with an END as well (RFC 1055, "Protocol"): garbage before it is then a frame of its own and harms nobody.
"""

import re

from devices.framing.checked import Checked

END, ESCAPE = b"\xc0", b"\xdb"
STUFFED = {b"\xdb\xdc": END, b"\xdb\xdd": ESCAPE}
_STUFFED = re.compile(rb"\xdb[\xdc\xdd]")
_WRONG = re.compile(rb"\xdb(?![\xdc\xdd])")


class Slip(Checked):
    """Frames between ENDs. An escape of anything but END and ESCAPE is damage."""

    delimiter = END

    def _unstuffed(self, piece: bytes) -> bytes | None:
        if _WRONG.search(piece):
            return None
        return _STUFFED.sub(lambda found: STUFFED[found[0]], piece)
