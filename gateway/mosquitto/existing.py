"""What mosquitto is told already, and whether our file would change it for others. Pure.

mosquitto reads its files as one text: mosquitto.conf, and where that says include_dir the files of the folder in the
order of their names (mosquitto.conf(5)). Settings of security belong to the listener above them if
`per_listener_settings` is on, else to all; the rest belongs to all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.mosquitto.settings import FIRST, Where

USUAL: Final = Where(1883, "127.0.0.1")
"""Where mosquitto 2 listens, for anybody on this machine, as long as nobody tells it anything."""

SECURITY: Final = frozenset(
    {"allow_anonymous", "password_file", "acl_file", "psk_file", "auth_plugin", "plugin"}
    | {"allow_zero_length_clientid", "auto_id_prefix", "auth_plugin_deny_special_chars"}
)
OF_LISTENERS: Final = frozenset(
    {"accept_protocol_versions", "bind_interface", "cafile", "capath", "certfile", "ciphers", "ciphers_tls1.3"}
    | {"crlfile", "dhparamfile", "http_dir", "keyfile", "max_connections", "max_qos", "max_topic_alias", "mount_point"}
    | {"protocol", "psk_hint", "require_certificate", "socket_domain", "tls_engine", "tls_keyform", "tls_version"}
    | {"use_identity_as_username", "use_subject_as_username", "use_username_as_clientid", "websockets_headers_size"}
)
_OPTIONS: Final = ("auth_opt_", "plugin_opt_")


@dataclass(frozen=True, slots=True)
class Text:
    """A file of mosquitto's: its name, as people are told it, and its lines."""

    name: str
    text: str


@dataclass(slots=True)
class Listener:
    """One listener, which file opens it, and what is said about it."""

    where: Where
    file: str
    says: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Told:
    """All that mosquitto is told: its listeners, settings of security of all, other settings of all."""

    listeners: list[Listener] = field(default_factory=list)
    security: dict[str, list[str]] = field(default_factory=dict)
    general: dict[str, str] = field(default_factory=dict)
    separate: bool = False
    stray: list[tuple[str, str]] = field(default_factory=list)
    """Settings of a listener that no listener stands above in their own file: file and key."""

    def guarded(self, listener: Listener) -> bool:
        """Whether a listener asks for accounts and has rules about who may say what."""
        says = listener.says if self.separate else self.security
        return says.get("allow_anonymous", ["false"])[-1] != "true" and bool(says.keys() & {"acl_file", "plugin"})


def told(texts: Sequence[Text]) -> Told:
    """Understand mosquitto's files, in the order in which it reads them."""
    found = Told()
    for file in texts:
        own: Listener | None = None
        for key, value in _settings(file.text):
            if key == "per_listener_settings":
                found.separate = value == "true"
            elif key in ("listener", "port"):
                own = Listener(_where(value), file.name)
                found.listeners.append(own)
            else:
                _take(found, file.name, own, key, value)
    return found


@dataclass(frozen=True, slots=True)
class Finding:
    """What our file would mean for what is there: reasons against it, and what must be known before."""

    against: tuple[str, ...]
    know: tuple[str, ...]
    front: bool
    """Whether `per_listener_settings` has to stand at the front of mosquitto.conf, for the others' sake."""


def weigh(before: Sequence[Text], ours: Text, after: Sequence[Text]) -> Finding:
    """Hold our file against the others: `before` are read before it, `after` behind it."""
    there, mine = told([*before, *after]), told([ours])
    front = not there.separate and bool(there.security or any(each.says.keys() & SECURITY for each in there.listeners))
    return Finding(
        tuple(_against(there, mine, told(after), front=front)), tuple(_know(there, mine, front=front)), front
    )


def fronted(text: str) -> str:
    """mosquitto.conf with `per_listener_settings` before all else."""
    return f"# Accounts and rights belong to the listener above them (reverbere broker setup).\n{FIRST}\n\n{text}"


def _against(there: Told, mine: Told, after: Told, *, front: bool) -> Iterator[str]:
    for listener in mine.listeners:
        for other in there.listeners:
            if listener.where.meets(other.where):
                yield f"{other.file} listens on {other.where} already: name another port"
    for file, key in after.stray:
        yield f"{file} says {key} without a listener above it, and is read after ours: it would speak of our listener"
    if front and _shared(there):
        names = ", ".join(sorted({key for _, key in _shared(there)}))
        files = ", ".join(sorted({file for file, _ in _shared(there)}))
        yield (
            f"{files} says {names} for all listeners; ours need their own. Write these lines below each listener that "
            "they are meant for, and ask again"
        )


def _shared(there: Told) -> list[tuple[str, str]]:
    """Settings of security that change their meaning when each listener has its own: file and key."""
    stray = [(file, key) for file, key in there.stray if key in SECURITY]
    if stray or len(there.listeners) <= 1:
        return stray
    # Said below one listener, meant for the others too.
    return [
        (listener.file, key)
        for listener in there.listeners
        for key, values in listener.says.items()
        if key in SECURITY and any(other.says.get(key) != values for other in there.listeners)
    ]


def _know(there: Told, mine: Told, *, front: bool) -> Iterator[str]:
    if front:
        yield f'mosquitto.conf gets the line "{FIRST}" at its front: what is said of listeners there stays as it is'
    if not there.listeners and not any(listener.where.meets(USUAL) for listener in mine.listeners):
        yield (
            f"today mosquitto listens on {USUAL} for every program of this machine; from then on only where it is told "
            "to. Programs that use it (Zigbee2MQTT?) need an account, or --keep-local"
        )
    for key, value in mine.general.items():
        if key in there.general and there.general[key] != value:
            yield f"{key} becomes {value} for every listener; it is {there.general[key]} now"
    for listener in there.listeners:
        if not there.guarded(listener):
            yield (
                f"{listener.file} listens on {listener.where} without accounts or without rules: whoever reaches that "
                "can speak as any sensor and give orders to lamps, whatever our files say"
            )


def _take(found: Told, file: str, own: Listener | None, key: str, value: str) -> None:
    secure = key in SECURITY or key.startswith(_OPTIONS)
    if secure or key in OF_LISTENERS:
        if own is not None:
            own.says.setdefault(key, []).append(value)
        else:
            found.stray.append((file, key))
            if found.listeners:
                found.listeners[-1].says.setdefault(key, []).append(value)
        if secure:
            found.security.setdefault(key, []).append(value)
    else:
        found.general[key] = value


def _settings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        if key and not key.startswith("#") and key != "include_dir":
            yield key, value.strip()


def _where(value: str) -> Where:
    port, _, address = value.partition(" ")
    return Where(int(port) if port.isdecimal() else 0, address.strip())
