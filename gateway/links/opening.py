"""What may be raised where a link is opened, and is the fault of the other end or of how it is addressed."""

import termios
from typing import Final

UNOPENED: Final = (OSError, ValueError, OverflowError, termios.error)
"""Beside `OSError`: a port or a host that nobody can have (`OverflowError`, `ValueError`, of which `UnicodeError` is
one), a speed that the adapter does not know, and an adapter that is unplugged while it is set up (`termios.error`)."""
