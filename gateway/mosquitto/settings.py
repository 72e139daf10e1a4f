"""mosquitto's settings: listeners with accounts, and a queue that loses nothing of what it has acknowledged. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TLS_PORT: Final = 8883
"""The registered port of MQTT over TLS."""

FIRST: Final = "per_listener_settings true"
"""Accounts and access files belong to a listener. mosquitto wants this before anything else about security."""


_ALL: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what people may have written
"""All addresses of a machine, and the one of them by which it reaches itself: `::` is opened for IPv6 alone."""


@dataclass(frozen=True, slots=True)
class Where:
    """A port, on one address of the machine or on all ("")."""

    port: int
    address: str = ""

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.address}:{self.port}" if self.address else f"port {self.port}"

    @property
    def everywhere(self) -> bool:
        """Whether this is no address of its own, but all of them."""
        return self.address in _ALL

    @property
    def host(self) -> str:
        """The address by which programs of this machine reach it."""
        return _ALL.get(self.address, self.address)

    def meets(self, other: "Where") -> bool:
        """Whether two listeners cannot stand beside each other."""
        return self.port == other.port and (self.everywhere or other.everywhere or self.address == other.address)


@dataclass(frozen=True, slots=True)
class Files:
    """Where mosquitto finds what belongs to the site; all of it in a folder of our own below its configuration."""

    folder: Path

    @property
    def settings(self) -> Path:
        """What Debian's mosquitto.conf includes."""
        return self.folder / "conf.d" / "reverbere.conf"

    @property
    def own(self) -> Path:
        """The folder of the rest."""
        return self.folder / "reverbere"

    @property
    def passwords(self) -> Path:
        """Accounts and what is kept of their passwords."""
        return self.own / "passwd"

    @property
    def access(self) -> Path:
        """Who may say what."""
        return self.own / "acl"

    @property
    def local(self) -> Path:
        """What the operator adds to it."""
        return self.own / "local.acl"

    @property
    def certificate(self) -> Path:
        """The server's, with that of its authority behind it."""
        return self.own / "server.crt"

    @property
    def key(self) -> Path:
        """The server's secret key."""
        return self.own / "server.key"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be: where to listen with TLS, where without it, and for programs of this machine without accounts.

    `authority` is the folder of the certificates' authority, noted for the renewal. `first` says that nobody else
    speaks of security in mosquitto's files, so that ours have to.
    """

    site: str
    files: Files
    authority: Path
    tls: Where = Where(TLS_PORT)
    plain: Where | None = None
    local: Where | None = None
    first: bool = True


def written(wanted: Wanted) -> str:
    """Write the file that mosquitto.conf includes."""
    return "".join(f"{line}\n" for line in _lines(wanted))


def noted(text: str) -> Path | None:
    """The authority's folder that a file of ours notes."""
    return next(
        (Path(line.removeprefix(_AUTHORITY)) for line in text.splitlines() if line.startswith(_AUTHORITY)), None
    )


_AUTHORITY = "# authority: "


def _lines(wanted: Wanted) -> Iterator[str]:
    yield f"# Written by `reverbere broker setup` for the site {wanted.site}, which writes it anew: yours go elsewhere."
    yield f"{_AUTHORITY}{wanted.authority}"
    if wanted.first:
        yield from ("", "# Accounts and rights are those of a listener: others keep theirs.", FIRST)
    yield from _LIMITS.splitlines()
    yield from ("", "# For sensors, lamps and the gateway: encrypted, each with an account of its own.")
    yield from _listener(wanted.tls, wanted.files)
    yield f"certfile {wanted.files.certificate}"
    yield f"keyfile {wanted.files.key}"
    if wanted.plain is not None:
        yield from ("", "# For boards that cannot encrypt: passwords cross this network in the clear. Keep it apart.")
        yield from _listener(wanted.plain, wanted.files)
    if wanted.local is not None:
        yield from ("", "# For programs of this machine, without accounts: they may say everything, orders too.")
        yield from (_listen(wanted.local), "allow_anonymous true")


def _listener(where: Where, files: Files) -> Iterator[str]:
    yield _listen(where)
    yield "allow_anonymous false"
    yield f"password_file {files.passwords}"
    yield f"acl_file {files.access}"


def _listen(where: Where) -> str:
    return f"listener {where.port} {where.address}".rstrip()


_LIMITS = """
# Sessions, and what waits for them, are on disk; where, Debian's mosquitto.conf says.
persistence true

# Saved by time: a power cut takes at most the last 11 seconds of what the gateway had not stored yet. By number, one
# queue of 5,000 messages cost 3.5 GB of writes.
autosave_interval 10
autosave_on_changes false

# What waits for an absent gateway: without limit but the memory. The default drops all but the first 1,000.
max_queued_messages 0

# On their way without acknowledgement; not lower than  mqtt: receive_maximum:  in site.yaml (500).
max_inflight_messages 2000

# Small packets go at once: else an order to a lamp may wait 40 ms for the acknowledgement of the one before.
set_tcp_nodelay true\
"""
