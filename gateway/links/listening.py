"""Listens on a serial port that nobody holds, at one speed after the other, and says what speaks there."""

import time
from dataclasses import dataclass

import serial

from devices.framing.guess import BAUDS, Guess, guess
from gateway.links.delivery import LinkDown
from gateway.links.opening import UNOPENED

ENOUGH = 4096
"""Bytes after which a speed is judged before its time is over."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was heard on a port: at which speed, and what it may be. `bytes` is 0 where it was silent at all of them."""

    baud: int
    bytes: int
    guess: Guess


def listen(port: str, seconds: float, bauds: tuple[int, ...] = BAUDS) -> Spoken:
    """Listen so many seconds at each speed until something is understood. Blocks; raises `LinkDown`.

    Opening a port pulls its DTR, at which many boards start anew: what they say then is what is heard.
    """
    best = Spoken(bauds[0], 0, guess(b""))
    try:
        with serial.serial_for_url(port, bauds[0], timeout=0.1, exclusive=True) as line:
            for baud in bauds:
                line.baudrate = baud
                line.reset_input_buffer()
                data = _read(line, seconds)
                heard = Spoken(baud, len(data), guess(data))
                if heard.guess.framing:
                    return heard
                best = max(best, heard, key=lambda one: (bool(one.guess.text), one.bytes))
    except UNOPENED as error:
        raise LinkDown(f"{port}: {error}") from None
    return best


def _read(line: serial.SerialBase, seconds: float) -> bytes:
    until, data = time.monotonic() + seconds, b""
    while time.monotonic() < until and len(data) < ENOUGH:
        data += line.read(1024)
    return data
