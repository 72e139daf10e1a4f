"""Pins of the header as gpiozero holds them: inputs with a pull resistor, relays, and PWM. All of it blocks."""

import asyncio
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Protocol, TypeVar

import structlog

from gateway.links.delivery import LinkDown

_ONE_AT_A_TIME = threading.Lock()
"""The library makes what all its pins share with the first of them."""

_DUST = 0.01
"""Per cent above a whole one: the library for lgpio cuts fractions off, and 0.29 * 100 is less than 29."""

log = structlog.get_logger(__name__)


class Held(Protocol):
    """Anything that is held."""

    def close(self) -> None:
        """Let go of it."""
        ...


class Input(Held, Protocol):
    """A pin that is read."""

    def high(self) -> bool:
        """Whether it is high. Raises `LinkDown`."""
        ...


class Output(Held, Protocol):
    """A pin that a lamp hangs on."""

    trouble: str
    """Why it is not held as it should be, though it works."""
    lasts: bool
    """Whether it goes on showing its level when nobody holds it."""

    def shows(self) -> float | None:
        """The level in per cent that it shows already; None if it shows none."""
        ...

    def show(self, level: float) -> None:
        """Show a level in per cent of light. Raises `LinkDown`."""
        ...


H = TypeVar("H", bound=Held)


def hold_input(pin: str, *, pulled_up: bool, changed: Callable[[bool], None]) -> Input:
    """Hold a pin as an input; `changed` is called from other threads with the level that it has got, high or not.

    Raises `LinkDown`.
    """
    with _holding(pin, "read"):
        from gpiozero import DigitalInputDevice

        device = DigitalInputDevice(pin, pull_up=pulled_up)
    # Active is what goes against the pull.
    device.when_activated = lambda: changed(not pulled_up)
    device.when_deactivated = lambda: changed(pulled_up)
    return _Input(pin, device, pulled_up=pulled_up)


def hold_switch(pin: str, *, active_high: bool, lit: bool) -> Output:
    """Hold the pin of a relay; `lit` is how the lamp is at first. Raises `LinkDown`."""
    with _holding(pin, "switch"):
        from gpiozero import DigitalOutputDevice

        return _Switch(pin, DigitalOutputDevice(pin, active_high=active_high, initial_value=lit))


def hold_pwm(pin: str, frequency: float, *, active_high: bool, level: float) -> Output:
    """Hold a pin that dims by pulses, so many a second (Hz); `level` is the lamp's at first. Raises `LinkDown`.

    With lgpio the pulses are made by a thread of the library, in whole per cent.
    """
    with _holding(pin, "dim"):
        from gpiozero import PWMOutputDevice

        device = PWMOutputDevice(
            pin, active_high=active_high, initial_value=_share(level, active_high=active_high), frequency=frequency
        )
        return _Pwm(pin, device, active_high=active_high)


async def uncancelled(holding: Callable[[], H]) -> H:
    """Hold something in a thread: that cannot be cancelled, so that what comes too late is let go again."""
    task = asyncio.create_task(asyncio.to_thread(holding), name="hold")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if task.exception() is None:
            await asyncio.to_thread(task.result().close)
        raise


@contextmanager
def _holding(pin: str, use: str) -> Iterator[None]:
    """Say of what goes wrong what was expected. The library is imported inside: who has no pins never pays for it.

    (74 ms, 11 MB.)
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            yield
        except _errors() as error:
            tried = "; ".join(str(warning.message).removeprefix("Falling back from ") for warning in said)
            raise LinkDown(
                f"expected {pin} of a Raspberry Pi that we may {use}, found: {tried or error}. On a Pi it takes "
                "python3-lgpio and the group gpio (docs/install-raspberry-pi.md, Key switches)"
            ) from error


class _Pin:
    """A pin as gpiozero holds it."""

    def __init__(self, name: str, device: "_Device") -> None:
        self._name = name
        self._device = device

    def close(self) -> None:
        try:
            self._device.close()
        except _errors() as error:
            log.warning("a pin was not let go", pin=self._name, found=str(error))

    @contextmanager
    def _using(self, use: str) -> Iterator[None]:
        try:
            yield
        except _errors() as error:
            raise LinkDown(f"{self._name} cannot be {use} any more: {error}") from error


class _Input(_Pin):
    def __init__(self, name: str, device: "_Device", *, pulled_up: bool) -> None:
        super().__init__(name, device)
        self._pulled_up = pulled_up

    def high(self) -> bool:
        with self._using("read"):
            return bool(self._device.is_active) is not self._pulled_up


class _Switch(_Pin):
    trouble = ""
    lasts = False

    def shows(self) -> float | None:
        return None

    def show(self, level: float) -> None:
        with self._using("switched"):
            self._device.value = bool(level)


class _Pwm(_Pin):
    trouble = ""
    lasts = False

    def __init__(self, name: str, device: "_Device", *, active_high: bool) -> None:
        super().__init__(name, device)
        self._active_high = active_high

    def shows(self) -> float | None:
        return None

    def show(self, level: float) -> None:
        with self._using("dimmed"):
            self._device.value = _share(level, active_high=self._active_high)


def _share(level: float, *, active_high: bool) -> float:
    """The part of the time in which the lamp is lit, for a level in per cent, rounded up to whole per cent."""
    whole = min(100, max(0, ceil(level - 1e-6)))
    dust = _DUST if 0 < whole < 100 else 0.0  # noqa: PLR2004 - all the light
    return (whole + (dust if active_high else -dust)) / 100


class _Device(Protocol):
    """What of a gpiozero device is used."""

    is_active: bool
    value: float

    def close(self) -> None: ...


def _errors() -> tuple[type[Exception], ...]:
    """What goes wrong with pins, as far as the libraries for them are there: lgpio has an error of its own."""
    named = (("gpiozero", "GPIOZeroError"), ("lgpio", "error"))
    known = [getattr(sys.modules.get(module), name, None) for module, name in named]
    return (OSError, ImportError, *(kind for kind in known if isinstance(kind, type)))
