"""Consistent overhead byte stuffing with a checksum: behind each payload its CRC-16/CCITT-FALSE, low byte first.

A frame ends with 00. Before it stand blocks: a length n from 1 to 255 and n - 1 bytes; after each block but the last
comes a zero, unless n is 255. Source: Cheshire and Baker, "Consistent Overhead Byte Stuffing", SIGCOMM 1997. A sender
does well to send a 00 before its first frame: garbage before it is then a frame of its own.
"""

from devices.framing.checked import Checked

LONGEST_BLOCK = 255


class Cobs(Checked):
    """Frames between zeros."""

    delimiter = b"\0"

    def _unstuffed(self, piece: bytes) -> bytes | None:
        body = bytearray()
        at = 0
        while at < len(piece):
            end = at + piece[at]
            if end > len(piece):
                return None
            body += piece[at + 1 : end]
            if piece[at] < LONGEST_BLOCK and end < len(piece):
                body.append(0)
            at = end
        return bytes(body)
