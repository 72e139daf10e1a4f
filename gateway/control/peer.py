"""Who is at the other end of a Unix socket, and what they may ask."""

import grp
import os
import pwd
import socket
import struct
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from gateway.control.words import Refused, Request, StatusRequest

_PEER = struct.Struct("3i")
_PEER_GROUPS = 59
"""SO_PEERGROUPS of Linux 4.13 (asm-generic/socket.h), which Python does not name."""
_MOST_GROUPS = 1024  # bytes: the most that Python reads of a socket option


class Role(Enum):
    """What a login may ask for."""

    STEWARD = "steward"
    """All, also in another's name: root, and the daemon's own user."""
    OPERATOR = "operator"
    """All, in their own name: members of the socket's group."""
    VISITOR = "visitor"
    """How the gateway fares."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The process at the other end: its login and its role. `group` names those who may ask for more."""

    login: str
    role: Role
    group: str = ""


def role(uid: int, groups: Collection[int], *, owner: int, group: int) -> Role:
    """The role of a user in these groups at the socket of the daemon of user `owner`, which belongs to `group`."""
    if uid in {0, owner}:
        return Role.STEWARD
    return Role.OPERATOR if group in groups else Role.VISITOR


def admit(caller: Caller, request: Request) -> None:
    """Raise `Refused` if a caller may not ask for this."""
    if caller.role is Role.VISITOR and not isinstance(request, StatusRequest):
        raise Refused(
            f"{caller.login} may not ask for this",
            f"root, the gateway's own user, or a member of group {caller.group}",
            f"sudo usermod -aG {caller.group} {caller.login}   and log in again",
        )


def caller(connection: socket.socket, *, owner: int, group: int) -> Caller:
    """Who is at the other end, by the kernel's word. Reads the user database: call it in a thread.

    Raises `OSError` if the connection is gone.
    """
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, uid, gid = _PEER.unpack(raw)
    login = _login(uid)
    groups = {gid, *_groups(connection, login, gid)}
    return Caller(login, role(uid, groups, owner=owner, group=group), _group(group))


def _login(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _groups(connection: socket.socket, login: str, gid: int) -> tuple[int, ...]:
    """The other groups of the process; where the kernel does not say, those of its login."""
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, _PEER_GROUPS, _MOST_GROUPS)
    except OSError:
        return tuple(os.getgrouplist(login, gid))
    return struct.unpack(f"{len(raw) // 4}I", raw)
