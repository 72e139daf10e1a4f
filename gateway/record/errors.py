"""What can be wrong with a record."""

import errno
import sqlite3
from typing import Final

_BYTE: Final = 0xFF
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE: Final = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}
_DISK: Final = {errno.EDQUOT, errno.EIO, errno.ENOSPC, errno.EROFS}


class RecordError(Exception):
    """The record cannot be used: missing, busy, damaged, another site's or of a newer version. Says what to do."""


class DamagedError(RecordError):
    """What the file holds is not what was written. Its writer sets it aside and begins a fresh one."""


class UnwritableError(RecordError):
    """The disk takes nothing just now: it is full, or can only be read. It may take something later."""


def kind_of(error: Exception) -> type[RecordError]:
    """Which error of a record one of SQLite's or of the system's is."""
    if is_damage(error):
        return DamagedError
    if isinstance(error, UnwritableError) or (isinstance(error, OSError) and error.errno in _DISK):
        return UnwritableError
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return UnwritableError if code is not None and code & _BYTE in _UNWRITABLE else RecordError


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
