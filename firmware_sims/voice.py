"""How a device uses its connection: what it says when that comes and goes, and what it listens to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware_sims.said import Said


def _nothing() -> Said | None:
    return None


def _no_words() -> Sequence[Said]:
    return ()


def _deaf(topic: str, payload: bytes) -> None:
    del topic, payload


@dataclass(frozen=True, slots=True)
class Voice:
    """The ways of one client of the broker.

    `client` is its client id. `will` is asked before each connection for what the broker shall say when the device
    vanishes, `births` at each connection for what it says first, and `farewell` when it is switched off. What comes on
    a topic of `ears` goes to `hear`; `connected` is called when a connection stands and the births are said.
    """

    client: str
    will: Callable[[], Said | None] = _nothing
    births: Callable[[], Sequence[Said]] = _no_words
    farewell: Callable[[], Said | None] = _nothing
    ears: tuple[str, ...] = ()
    hear: Callable[[str, bytes], None] = _deaf
    connected: Callable[[], None] = lambda: None


def native_voice(site: str, kind: str, device: str) -> Voice:
    """How a native device does it, `kind` being sensor or lamp: online and offline, kept (docs/native.md)."""
    topic = f"reverbere/{site}/{kind}/{device}/availability"
    gone = Said(topic, b"offline", retain=True)
    return Voice(f"sim-{site}-{device}", lambda: gone, lambda: (Said(topic, b"online", retain=True),), lambda: gone)
