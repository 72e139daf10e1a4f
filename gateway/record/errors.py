"""What can be wrong with a record."""

import sqlite3
from typing import Final

_BYTE: Final = 0xFF
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class RecordError(Exception):
    """The record cannot be used: missing, busy, damaged, another site's or of a newer version. Says what to do."""


class DamagedError(RecordError):
    """What the file holds is not what was written. Its writer sets it aside and begins a fresh one."""


def is_damage(error: Exception) -> bool:
    """Whether an error says that the file is damaged, and not only that the disk is full, slow or read-only.

    Bits that turned inside a text have no code of SQLite's: it is Python that cannot read them.
    """
    if isinstance(error, DamagedError):
        return True
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return "decode" in str(error) if code is None else code & _BYTE in _DAMAGE
