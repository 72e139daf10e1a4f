"""PWM that the hardware of a Raspberry Pi makes, by the kernel's interface in /sys/class/pwm. All of it blocks.

Source: Documentation/ABI/testing/sysfs-class-pwm of Linux; which channel is on which pin: the README of the Raspberry
Pi's overlays (pwm, pwm-2chan) for models before the Pi 5, and the pin functions of the RP1 for the Pi 5.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path

import structlog

from gateway.links.delivery import LinkDown

SYSFS = Path("/sys/class/pwm")
TREE = Path("/proc/device-tree")

CHANNELS: Mapping[str, Mapping[str, int]] = {
    "20c000.pwm": {"GPIO12": 0, "GPIO18": 0, "GPIO13": 1, "GPIO19": 1},
    "1f00098000.pwm": {"GPIO12": 0, "GPIO13": 1, "GPIO18": 2, "GPIO19": 3},
}
"""The pins' channels, by how the name of the chip's device ends: models before the Pi 5, and the Pi 5."""

OVERLAY: Mapping[str, str] = {
    "GPIO12": "dtoverlay=pwm,pin=12,func=4",
    "GPIO13": "dtoverlay=pwm,pin=13,func=4",
    "GPIO18": "dtoverlay=pwm,pin=18,func=2",
    "GPIO19": "dtoverlay=pwm,pin=19,func=2",
}
"""The line of /boot/firmware/config.txt that gives a pin its channel; for two pins `pwm-2chan`."""

PINS = tuple(OVERLAY)
"""The pins that can have one."""

PATIENCE = 1.0
"""Seconds in which the files of a channel that was just asked for are given to the group gpio (udev does it)."""


class NotYet(LinkDown):
    """Raised for a channel that this machine is set up to have, and that may be ours in a moment.

    While it starts, or while a process before us still holds it.
    """


log = structlog.get_logger(__name__)


class KernelPwm:
    """A lamp's pin on a channel of the hardware, so many pulses a second (Hz).

    The channel belongs to one lamp: its file is locked. It goes on with what it shows when nobody holds it, also when
    the process is killed. Raises `LinkDown` where there is no such channel, `NotYet` where it may be ours soon.
    """

    trouble = ""
    lasts = True

    def __init__(
        self, pin: str, frequency: float, *, active_high: bool, sysfs: Path = SYSFS, tree: Path = TREE
    ) -> None:
        self._pin = pin
        self._active_high = active_high
        self._period = round(1e9 / frequency)
        with self._saying("opened"):
            self._channel = _channel(pin, sysfs, tree)
            self._lock = os.open(self._channel / "duty_cycle", os.O_RDWR)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._shows = self._shown()
                self._begin()
            except BaseException:  # whatever it was, nobody else would let go of the channel
                os.close(self._lock)
                raise

    def shows(self) -> float | None:
        """The level in per cent that it showed when it was taken; None if it showed none."""
        return self._shows

    def show(self, level: float) -> None:
        """Show a level in per cent of light. Raises `LinkDown`."""
        lit = min(self._period, max(0, ceil(self._period * level / 100)))
        with self._saying("dimmed any more"):
            self._write("duty_cycle", lit if self._active_high else self._period - lit)
            if self._read("enable") != 1:
                self._write("enable", 1)

    def close(self) -> None:
        """Let go of the channel, which goes on."""
        try:
            os.close(self._lock)
        except OSError as error:
            log.warning("a pin was not let go", pin=self._pin, found=str(error))

    def _shown(self) -> float | None:
        period, duty = self._read("period"), self._read("duty_cycle")
        if self._read("enable") != 1 or not period:
            return None
        return 100.0 * (duty if self._active_high else period - duty) / period

    def _begin(self) -> None:
        """Have the period, with the light that is there: a pulse longer than its period is refused."""
        period = self._read("period")
        if period == self._period:
            return
        level = self._shows or 0.0
        if self._period > period:
            self._write("period", self._period)
        lit = min(self._period, ceil(self._period * level / 100))
        self._write("duty_cycle", lit if self._active_high else self._period - lit)
        if self._period < period:
            self._write("period", self._period)

    def _write(self, name: str, value: int) -> None:
        (self._channel / name).write_text(str(value), "ascii")

    def _read(self, name: str) -> int:
        return int((self._channel / name).read_text("ascii") or "0")

    @contextmanager
    def _saying(self, use: str) -> Iterator[None]:
        try:
            yield
        except LinkDown:
            raise
        except BlockingIOError as error:
            raise NotYet(
                f"{self._pin} has a PWM channel that another lamp or program holds: before the Pi 5, GPIO12 and GPIO18 "
                "have one channel, and GPIO13 and GPIO19"
            ) from error
        except (OSError, ValueError) as error:
            raise NotYet(f"the PWM channel of {self._pin} cannot be {use}: {error}") from error


def _channel(pin: str, sysfs: Path, tree: Path) -> Path:
    """The folder of a pin's channel, asked for if nobody has yet. Raises `LinkDown`, `OSError`."""
    wired = _wired(tree)
    if wired and pin not in wired:
        raise LinkDown(f"the hardware's PWM is on {', '.join(sorted(wired))}: {_mend(pin)}")
    for chip in sorted(sysfs.glob("pwmchip*")):
        device = (chip / "device").resolve().name
        for ending, pins in CHANNELS.items():
            if device.endswith(ending) and pin in pins:
                return _asked(chip, pins[pin])
    missing = NotYet if pin in wired else LinkDown
    raise missing(f"the kernel has no PWM for {pin}: {_mend(pin)}")


def _mend(pin: str) -> str:
    return f"write  {OVERLAY[pin]}  into /boot/firmware/config.txt and start the Pi anew"


def _asked(chip: Path, number: int) -> Path:
    channel = chip / f"pwm{number}"
    if not channel.exists():
        (chip / "export").write_text(str(number), "ascii")
    until = time.monotonic() + PATIENCE
    while not os.access(channel / "duty_cycle", os.W_OK) and time.monotonic() < until:
        time.sleep(PATIENCE / 20)
    return channel


def _wired(tree: Path) -> frozenset[str]:
    """The pins that the overlays of the device tree give to PWM; none where it does not say so."""
    found: set[str] = set()
    for pins in tree.glob("**/pwm_pins/brcm,pins"):
        cells = pins.read_bytes()
        found |= {f"GPIO{cell}" for (cell,) in struct.iter_unpack(">I", cells[: len(cells) // 4 * 4])}
    return frozenset(found)
