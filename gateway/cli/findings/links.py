"""The broker and the serial lines: whether they are there, and how long the broker can do without us."""

from collections.abc import Iterator, Mapping

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import Finding, Grade, span
from gateway.cli.findings.mosquitto import Limits, absence
from gateway.configuration.dali import DALI
from gateway.configuration.site import MqttSettings
from gateway.links.connection import SESSION_EXPIRY
from gateway.wording import plural

SHORT = 3600.0
"""Seconds of absence that a broker should allow: an upgrade that goes wrong takes that long."""

_CONFIGURE = "docs/install-raspberry-pi.md, 1 The broker"

_UNTOLD = "Its lamps hold their level; they take their failure level only when the line loses its power"

_WITHOUT = (
    "lamps hold their level for three minutes, then take their own failure level; what sensors say with QoS 1 waits "
    "with them or at the broker"
)


def broker(facts: Facts) -> Iterator[Finding]:
    """The broker: window, queue, and the absence it allows at the present rate of messages."""
    settings = facts.site.mqtt
    if settings is None:
        return
    status = _status(facts, settings.name)
    words = f"{settings.broker}{', TLS' if settings.tls else ''}"
    if status is not None and status.get("connected") is not True:
        yield Finding(
            Grade.FAIL,
            "broker",
            f"{words} is not reached: {status.get('trouble') or 'still connecting'}",
            (_WITHOUT,),
            ("systemctl status mosquitto",) if settings.broker == "mosquitto" else (),
        )
        return
    if status is not None:
        words += f"; {plural(_count(status, 'unsettled'), 'message waits', 'messages wait')} to be stored"
    words += f"; window {settings.receive_maximum}"
    allowed, details = _allows(facts, settings)
    yield Finding(
        Grade.WARN if details else Grade.OK,
        "broker",
        f"{words}; {allowed}",
        details,
        (_CONFIGURE,) if details else (),
    )


def _allows(facts: Facts, settings: MqttSettings) -> tuple[str, tuple[str, ...]]:
    """How long it can do without us, and what should be changed about that."""
    rate = facts.growth.messages_per_second
    at_rate = f"at {rate:.2g} messages/s" if rate else "no messages with QoS 1 lately"
    if settings.broker == "nats":
        return f"its disk keeps what comes while we are away, as much as its configuration allows ({at_rate})", ()
    if facts.broker is None:
        return f"its limits cannot be read from here; the shipped configuration has none ({at_rate})", ()
    allowed = absence(facts.broker, rate, SESSION_EXPIRY, facts.memory)
    words = f"queue allows {span(allowed.seconds)} of our absence, {allowed.end} ({at_rate})"
    return words, tuple(_unfit(facts.broker, settings, allowed.seconds))


def _unfit(found: Limits, settings: MqttSettings, seconds: float) -> Iterator[str]:
    if seconds < SHORT:
        yield (
            f"max_queued_messages {found.queued}: after {span(seconds)} without us the broker drops what sensors send"
        )
    if not found.persistence:
        yield "persistence false: a restart of the broker forgets what waits for us"
    if 0 < found.inflight < settings.receive_maximum:
        yield (
            f"max_inflight_messages {found.inflight} is less than our window {settings.receive_maximum}: "
            "every commit waits for a round trip"
        )


def serial(facts: Facts) -> Iterator[Finding]:
    """The serial lines: frames, bad ones, and lines that are shut."""
    if not facts.site.serials or facts.live is None:
        return
    shut, frames, bad = [], 0, 0
    for line in facts.site.serials:
        status = facts.live.links.get(line.name, {})
        frames, bad = frames + _count(status, "frames"), bad + _count(status, "bad")
        if status.get("connected") is not True:
            shut.append(f"{line.port}: {status.get('trouble') or 'still opening'}. Its sensor is soon not believed")
    total = f"{len(facts.site.serials) - len(shut)} of {plural(len(facts.site.serials), 'line')} open"
    yield Finding(
        Grade.WARN if shut else Grade.OK,
        "serial",
        f"{total}; {plural(frames, 'frame')}, {bad:,} bad, since the start",
        tuple(shut),
        ("reverbere serial list",) if shut else (),
    )


def dali(facts: Facts) -> Iterator[Finding]:
    """The DALI lines: whether their adapters are reached, which gear is silent, and how much is on a linear curve."""
    names = sorted({device.link for device in facts.site.devices if device.convention == DALI})
    if not names or facts.live is None:
        return
    away: list[str] = []
    silent: list[str] = []
    gear = linear = 0
    for name in names:
        status = facts.live.links.get(name, {})
        line = name.removeprefix(f"{DALI}:")
        gear, linear = gear + _count(status, "gear"), linear + _count(status, "linear")
        if status.get("connected") is not True:
            away.append(f"{line}: {status.get('trouble') or 'still opening'}. {_UNTOLD}")
            continue
        if addresses := status.get("silent_gear"):
            silent.append(f"{line}: no answer of address {_listed(addresses)}")
        if addresses := status.get("disorderly_gear"):
            silent.append(f"{line}: address {_listed(addresses)} answers as two gear do that have one address")
    yield Finding(
        Grade.FAIL if away else Grade.WARN if silent else Grade.OK,
        "dali",
        f"{len(names) - len(away)} of {plural(len(names), 'line')} reached; {gear} gear, {linear} on a linear curve",
        (*away, *silent),
        ("docs/lamps.md, DALI lines",) if away or silent else (),
    )


def _listed(addresses: object) -> str:
    return ", ".join(map(str, addresses)) if isinstance(addresses, list | tuple) else str(addresses)


def _status(facts: Facts, link: str) -> Mapping[str, object] | None:
    return None if facts.live is None else facts.live.links.get(link)


def _count(status: Mapping[str, object], key: str) -> int:
    found = status.get(key)
    return found if isinstance(found, int) else 0
