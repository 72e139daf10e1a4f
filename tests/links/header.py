"""A Raspberry Pi's header as gpiozero sees it: contacts and sensors on its pins that a test moves, and lamps."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin


class _Wired(MockPWMPin):  # type: ignore[misc]
    """A pin whose pull is weaker than what drives it: the contact that connects it to ground, or a sensor's output."""

    driven: bool | None = None

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.driven is not None:
            self._change_state(self.driven)


class Header:
    """Contacts by pin; what nobody wired is open, as a cut wire is. Callbacks come on the thread of who moves one."""

    def __init__(self) -> None:
        self._factory = MockFactory(pin_class=_Wired)

    def close(self, pin: str) -> None:
        """Let a contact connect its pin to ground."""
        self.drive(pin, high=False)

    def open(self, pin: str) -> None:
        """Let a contact leave its pin to the pull-up; or cut its wire."""
        wired = self._pin(pin)
        wired.driven = None
        wired.drive_high()

    def drive(self, pin: str, *, high: bool) -> None:
        """Let a sensor's output drive its pin."""
        wired = self._pin(pin)
        wired.driven = high
        (wired.drive_high if high else wired.drive_low)()

    def cut(self, pin: str) -> None:
        """Cut a sensor's wire: the pull has the pin."""
        wired = self._pin(pin)
        wired.driven = None
        (wired.drive_high if wired.pull == "up" else wired.drive_low)()

    def shown(self, pin: str) -> float | None:
        """The part of the time in which an output is high; None for a pin that nobody holds as one."""
        wired = self._pin(pin)
        return float(wired.state) if wired.function == "output" else None

    def frequency(self, pin: str) -> float | None:
        """Pulses a second of an output."""
        found: float | None = self._pin(pin).frequency
        return found

    def break_pin(self, pin: str, error: Exception) -> None:
        """From now on a pin cannot be read."""

        def fail() -> bool:
            raise error

        self._pin(pin)._get_state = fail

    def plug_in(self) -> None:
        """Be the header of this machine."""
        Device.pin_factory = self._factory

    def pull_out(self) -> None:
        """Be it no more."""
        self._factory.reset()
        Device.pin_factory = None

    def _pin(self, pin: str) -> Any:
        return self._factory.pin(pin)


@contextmanager
def header() -> Iterator[Header]:
    """A header for the body of a test."""
    found = Header()
    found.plug_in()
    try:
        yield found
    finally:
        found.pull_out()
