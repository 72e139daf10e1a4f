"""Control gear on a DALI line, frame by frame: it dims, fades, answers queries and has a meter.

Written after IEC 62386-102:2014 (frames, levels, fades, memory banks), -207:2009 (LED gear, its dimming curve) and the
DiiA specifications part 252 and 253 (energy and operating time). Frames have 16 bits: an address and a command.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

DAPC_MASK: Final = 255
BROADCAST: Final = 0x7F
GARBLED: Final = -1
TWICE_WITHIN: Final = 0.1
"""Seconds within which a command that changes the gear must come again to count."""

LED: Final = 6
LAST_SHORT: Final = 0x80
"""Address bytes from here on are groups, broadcasts and special commands."""

DTR0, DEVICE_TYPE, DTR1, WRITE, WRITE_SILENTLY = 0xA3, 0xC1, 0xC3, 0xC7, 0xC9
"""Special commands by their first byte."""


class Opcode(IntEnum):
    """Commands to addressed gear, by their second byte."""

    OFF = 0x00
    MAXIMUM = 0x05
    MINIMUM = 0x06
    SET_FAILURE_LEVEL = 0x2C
    SET_POWER_ON_LEVEL = 0x2D
    SET_FADE_TIME = 0x2E
    SET_EXTENDED_FADE_TIME = 0x30
    ENABLE_WRITE = 0x81
    READ_MEMORY = 0xC5
    DIMMING_CURVE = 0xEE


CONFIGURING: Final = range(0x20, 0x82)
"""Commands that must come twice."""

LONGEST_FADE: Final = 15
LATCH: Final = 0xAA
LOCK_BYTE: Final = 2
ENERGY_BANK, DIAGNOSTICS_BANK = 202, 205
LAST_OF_202, LAST_OF_205 = 0x0F, 0x1C


@dataclass(frozen=True, slots=True)
class GearPart:
    """Gear at a short address, as it was made.

    `linear` is its dimming curve, `led` whether it is LED gear, which says that. Between `minimum` and full light it
    draws 3 to 28 W, and 0.5 W when off. `metered` gear has the banks of D4i.
    """

    address: int
    linear: bool = False
    led: bool = True
    minimum: int = 1
    maximum: int = 254
    metered: bool = False


@dataclass(slots=True)
class Gear:
    """One gear. Times are seconds of one clock.

    `failed` is its lamp; `silent` gear neither hears nor speaks, `mute` gear follows and answers nothing, and of a
    `noisy` one every second answer is garbled. With `stuck_at` it shines so (%), whatever it says; `mistaken` linear
    gear shines on the logarithmic curve.
    """

    part: GearPart
    level: float = 254.0
    """Arc power now; between two steps while it fades."""
    target: int = 254
    failure_level: int = 254
    power_on_level: int = 254
    fade: int = 0
    extended_fade: int = 0
    failed: bool = False
    silent: bool = False
    mute: bool = False
    noisy: bool = False
    stuck_at: float | None = None
    mistaken: bool = False
    power_cycled: bool = True
    energy: int = 0
    """Tenths of watt-hours."""
    operating_time: int = 0
    wrong: dict[int, int | None] = field(default_factory=dict)
    """What it answers wrongly, or not at all, by command."""
    heard: deque[int] = field(default_factory=lambda: deque(maxlen=1000))
    """The arc powers that it was told lately."""
    orders: int = 0
    """How many arc powers it was told."""
    stored: int = 0
    """How often something was written into its memory for good."""
    _course: tuple[float, float, float] = (0.0, 254.0, 0.0)
    """When the last change of level began, from where, and how many seconds it takes."""
    _answered: int = 0
    _registers: dict[int, int] = field(default_factory=dict)
    _enabled: int = 0
    _twice: tuple[int, float] = (-1, 0.0)
    _writable: bool = False
    _latched: dict[int, bytes] = field(default_factory=dict)
    """Memory banks as they were when they were latched, by number."""

    @property
    def light(self) -> float:
        """What is seen of it, in per cent."""
        if self.stuck_at is not None:
            return self.stuck_at
        if self.failed or self.level < 1:
            return 0.0
        if self.part.linear and not self.mistaken:
            return self.level * 100 / 254
        return float(10 ** ((self.level - 1) / (253 / 3) - 1))

    @property
    def power(self) -> float:
        """What it draws, in watts."""
        return 0.5 if not self.light else 3 + 0.25 * self.light

    def restart(self, now: float) -> None:
        """Lose its power and get it back."""
        self.power_cycled, self._registers, self._enabled, self._latched = True, {}, 0, {}
        self._set(self.power_on_level, now)

    def advance(self, now: float) -> None:
        """Bring the light to the present."""
        begun, start, length = self._course
        done = 1.0 if now >= begun + length else (now - begun) / length
        self.level = start + (self.target - start) * done

    @property
    def fading(self) -> bool:
        """Whether it is on its way."""
        return self.level != self.target

    def hear(self, address: int, data: int, now: float) -> int | None:
        """Take a frame; the byte that is answered, `GARBLED` for one that nobody can read, None for silence."""
        if self.silent:
            return None
        answer = self._obey(address, data, now)
        if answer is None or self.mute:
            return None
        self._answered += 1
        return GARBLED if self.noisy and self._answered % 2 == 0 else answer

    def _obey(self, address: int, data: int, now: float) -> int | None:
        self.advance(now)
        enabled, self._enabled = self._enabled, 0
        if address >= LAST_SHORT and address >> 1 != BROADCAST:
            return self._special(address, data)
        if address >> 1 not in (self.part.address, BROADCAST):
            return None
        if data != Opcode.ENABLE_WRITE or not address & 1:
            self._writable = False
        if not address & 1:
            self._dim(data, now)
            return None
        if data in CONFIGURING:
            self._configure(data, now)
            return None
        return self._command(data, enabled, now)

    def _dim(self, level: int, now: float) -> None:
        self.power_cycled = False
        self.heard.append(level)
        self.orders += 1
        if level == DAPC_MASK:
            self._set(round(self.level), now)
        elif level == 0:
            self._go(0, now)
        else:
            self._go(min(max(level, self.part.minimum), self.part.maximum), now)

    def _go(self, target: int, now: float) -> None:
        length = 0.5 * 2 ** (self.fade / 2) if self.fade else 0.0
        self._course, self.target = (now, self.level, length), target
        self.advance(now)

    def _set(self, level: int, now: float) -> None:
        self.level, self.target, self._course = level, level, (now, level, 0.0)

    def _special(self, address: int, data: int) -> int | None:
        if address == DEVICE_TYPE:
            self._enabled = data
        elif address in (DTR0, DTR1):
            self._registers[address] = data
        elif address in (WRITE, WRITE_SILENTLY) and self._writable:
            written = self._write(data)
            return written if address == WRITE else None
        return None

    def _configure(self, command: int, now: float) -> None:
        """Do what was said twice."""
        before, self._twice = self._twice, (command, now)
        if before[0] != command or now - before[1] > TWICE_WITHIN:
            return
        self._twice = (-1, 0.0)
        value = self._registers.get(DTR0, 0)
        bounded = min(max(value, self.part.minimum), self.part.maximum) if 0 < value < DAPC_MASK else value
        match command:
            case Opcode.SET_FAILURE_LEVEL:
                self.failure_level = bounded
            case Opcode.SET_POWER_ON_LEVEL:
                self.power_on_level = bounded
            case Opcode.SET_FADE_TIME:
                self.fade = min(value, LONGEST_FADE)
            case Opcode.SET_EXTENDED_FADE_TIME:
                self.extended_fade = value
            case Opcode.ENABLE_WRITE:
                self._writable = True
                return
        self.stored += 1

    def _command(self, command: int, enabled: int, now: float) -> int | None:
        if command in self.wrong:
            return self.wrong[command]
        match command:
            case Opcode.OFF:
                self._set(0, now)
            case Opcode.MAXIMUM:
                self._set(self.part.maximum, now)
            case Opcode.MINIMUM:
                self._set(self.part.minimum, now)
            case Opcode.READ_MEMORY:
                return self._read()
            case Opcode.DIMMING_CURVE:
                return int(self.part.linear) if enabled == LED and self.part.led else None
            case _:
                return self._answers().get(command)
        return None

    def _answers(self) -> dict[int, int]:
        """The answers to queries."""
        return {
            0x90: self._status(),
            0x97: 8,
            0x98: self._registers.get(DTR0, 0),
            0x99: LED if self.part.led else 254,
            0x9A: self.part.minimum,
            0xA0: DAPC_MASK if self.failed and self.level else round(self.level),
            0xA1: self.part.maximum,
            0xA2: self.part.minimum,
            0xA3: self.power_on_level,
            0xA4: self.failure_level,
            0xA5: self.fade << 4 | 7,
            0xA8: self.extended_fade,
        }

    def _status(self) -> int:
        flags = (
            (0x02, self.failed),
            (0x04, self.light > 0),
            (0x10, self.fading),
            (0x80, self.power_cycled),
        )
        return sum(bit for bit, is_so in flags if is_so)

    def _bank(self) -> bytes:
        """The memory bank that is chosen, as it is now; empty if it has none of that number."""
        number = self._registers.get(DTR1)
        if self.part.metered and number == ENERGY_BANK:
            energy = b"\xff" + self.energy.to_bytes(6)
            power = b"\xfe" + round(self.power * 100).to_bytes(4)
            return bytes((LAST_OF_202, 0, 0xFF, 1)) + energy + power
        if self.part.metered and number == DIAGNOSTICS_BANK:
            head = bytes((LAST_OF_205, 0, 0xFF, 1)) + self.operating_time.to_bytes(4)
            return head.ljust(LAST_OF_205 + 1, b"\0")
        return b""

    def _read(self) -> int | None:
        bank = self._latched.get(self._registers.get(DTR1, 0), self._bank())
        at = self._registers.get(DTR0, 0)
        if at >= len(bank):
            return None
        self._registers[DTR0] = at + 1
        return bank[at]

    def _write(self, value: int) -> int | None:
        number, at = self._registers.get(DTR1, 0), self._registers.get(DTR0, 0)
        if at != LOCK_BYTE or not self._bank():
            return None
        self._latched.pop(number, None)
        if value == LATCH:
            self._latched[number] = self._bank()
        self._registers[DTR0] = at + 1
        return value
