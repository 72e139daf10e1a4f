"""Payloads that end with a CRC, as they stand between delimiters."""

from abc import abstractmethod
from binascii import crc_hqx

from devices.framing.delimited import Delimited

CRC = 2
"""Bytes of the CRC behind the payload, the low one first."""


def crc16(data: bytes) -> int:
    """Compute CRC-16/CCITT-FALSE: polynomial 0x1021, begun with 0xFFFF, nothing reflected or inverted.

    Source: the catalogue of parametrised CRC algorithms (CRC-16/IBM-3740): 0x29B1 for the digits 1 to 9.
    """
    return crc_hqx(data, 0xFFFF)


class Checked(Delimited):
    """Delivers a payload without its CRC, and a damaged frame as it came, between its delimiters.

    So what is damaged is never a payload by chance. Pieces that are shorter than the shortest frame are skipped.
    """

    def _read(self, piece: bytes) -> list[bytes]:
        if len(piece) <= CRC:
            self.skipped += len(piece)
            return []
        body = self._unstuffed(piece)
        if body is None or len(body) <= CRC or crc16(body[:-CRC]) != int.from_bytes(body[-CRC:], "little"):
            return self._cut(piece)
        return self._take(body[:-CRC])

    def _cut(self, piece: bytes) -> list[bytes]:
        return self._refuse(self.delimiter + piece + self.delimiter)

    @abstractmethod
    def _unstuffed(self, piece: bytes) -> bytes | None:
        """Give what was meant between two delimiters; None if nobody can have meant it."""
