"""A Raspberry Pi's header as gpiozero sees it, with contacts on its pins that a test closes and opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gpiozero import Device  # type: ignore[import-untyped]
from gpiozero.pins.mock import MockFactory, MockPin  # type: ignore[import-untyped]


class _Wired(MockPin):  # type: ignore[misc]
    """A pin whose pull-up is weaker than the contact that connects it to ground."""

    grounded = False

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self.grounded:
            self._change_state(False)  # noqa: FBT003 - the library's own


class Header:
    """Contacts by pin; what nobody wired is open, as a cut wire is. Callbacks come on the thread of who moves one."""

    def __init__(self) -> None:
        self._factory = MockFactory(pin_class=_Wired)

    def close(self, pin: str) -> None:
        """Let a contact connect its pin to ground."""
        wired = self._pin(pin)
        wired.grounded = True
        wired.drive_low()

    def open(self, pin: str) -> None:
        """Let a contact leave its pin to the pull-up; or cut its wire."""
        wired = self._pin(pin)
        wired.grounded = False
        wired.drive_high()

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
