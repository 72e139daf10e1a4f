"""Frames as senders make them, by the documents and not by our decoders, which would agree with themselves."""

import struct
from functools import reduce
from operator import xor


def crc16(data: bytes) -> bytes:
    """CRC-16/CCITT-FALSE bit by bit, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return struct.pack("<H", crc)


def nmea(payload: bytes) -> bytes:
    """A sentence."""
    return b"$%s*%02X\r\n" % (payload, reduce(xor, payload, 0))


def slip(payload: bytes) -> bytes:
    """A frame that begins and ends with END."""
    stuffed = (payload + crc16(payload)).replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    return b"\xc0" + stuffed + b"\xc0"


def cobs(payload: bytes) -> bytes:
    """A frame between zeros."""
    blocks = b""
    for run in (payload + crc16(payload)).split(b"\0"):
        rest = run
        while len(rest) >= 254:
            blocks += b"\xff" + rest[:254]
            rest = rest[254:]
        blocks += bytes([len(rest) + 1]) + rest
    return b"\0" + blocks + b"\0"


def ld2410(state: int, moving: int = 0, still: int = 0, detected: int = 0, *, energy: int = 50) -> bytes:
    """A report of the basic mode."""
    data = struct.pack("<BHBHBH", state, moving, energy, still, energy, detected)
    return bytes.fromhex("f4f3f2f10d0002aa") + data + bytes.fromhex("5500f8f7f6f5")


FRAMED = {
    "lines": b'{"v":1}\r\n',
    "nmea": nmea(b'{"v":1}'),
    "slip": slip(b'{"v":1}\xc0\xdb'),
    "cobs": cobs(b'{"v":1}\0\0' + bytes(range(256))),
    "ld2410": ld2410(3, 100, 50, 60),
    "ld2450": bytes.fromhex("aaff03000e03b186100040010000000000000000000000000000000055cc"),
}
"""A good frame of each framing, as it is sent."""
