"""How what a board says goes over a serial line: framed and checked (docs/native.md), or mutilated. Pure.

Sources: RFC 1055 for SLIP; Cheshire and Baker, "Consistent Overhead Byte Stuffing" (SIGCOMM 1997); NMEA 0183 for the
sentence; the catalogue of CRC algorithms for CRC-16/CCITT-FALSE.
"""

from collections.abc import Callable, Mapping

NOISE = b"\xfe\x17\x99"
"""What a bad contact makes of silence."""

BOOTING = b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
"""What an ESP32 says on its line while it starts."""

TOP_BIT = 0x80


def lines(payload: bytes) -> bytes:
    """The payload on a line of its own."""
    return payload + b"\n"


def nmea(payload: bytes) -> bytes:
    """A sentence with a checksum."""
    checksum = 0
    for byte in payload:
        checksum ^= byte
    return b"$%s*%02X\r\n" % (payload, checksum)


def slip(payload: bytes) -> bytes:
    """A frame between two ENDs."""
    stuffed = bytearray()
    for byte in payload + crc(payload):
        stuffed += {0xC0: b"\xdb\xdc", 0xDB: b"\xdb\xdd"}.get(byte, bytes([byte]))
    return b"\xc0" + stuffed + b"\xc0"


def cobs(payload: bytes) -> bytes:
    """Blocks, each with its length before it, between two zeros."""
    written = bytearray(b"\0")
    block = bytearray()
    for byte in payload + crc(payload):
        if byte:
            block.append(byte)
        if not byte or len(block) == 254:  # noqa: PLR2004 - the longest block there is
            written += bytes([len(block) + 1]) + block
            block.clear()
    return bytes(written + bytes([len(block) + 1]) + block + b"\0")


def crc(data: bytes) -> bytes:
    """CRC-16/CCITT-FALSE, bit by bit, low byte first."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ 0x1021 if register & 0x8000 else register << 1
        register &= 0xFFFF
    return register.to_bytes(2, "little")


FRAMINGS: Mapping[str, Callable[[bytes], bytes]] = {"lines": lines, "nmea": nmea, "slip": slip, "cobs": cobs}
"""By the names that operators write."""


def disturbed(frame: bytes) -> bytes:
    """A frame as a bad contact passes it on: noise before it, and a bit of one of its bytes turned over."""
    at = len(frame) // 2
    return NOISE + frame[:at] + bytes([frame[at] ^ TOP_BIT]) + frame[at + 1 :]
