"""The key switches: whether their pins are read, which are turned, and until when their light holds."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import Finding, Grade, names
from gateway.cli.show import date_time
from gateway.clock import SECOND
from gateway.daemon.health import KeyHealth
from gateway.links.gpio import GPIO
from gateway.wording import plural

_INSTALL = "docs/install-raspberry-pi.md, Key switches"


def keys(facts: Facts) -> Iterator[Finding]:
    """Who has turned one, and what is not read: a key that nobody hears is light that does not come."""
    if facts.live is None or not facts.live.keys:
        return
    found = facts.live.keys
    unread = [key for key in found if key.turned is None]
    turned = [key for key in found if key.turned]
    words = f"{plural(len(found), 'key switch', 'key switches')}, "
    words += f"{len(turned)} turned" if turned else "none turned"
    details = [_turned(key, facts) for key in turned]
    trouble = str(facts.live.links.get(GPIO, {}).get("trouble", ""))
    if unread:
        why = trouble or "not read yet"
        details.append(f"turning {names(tuple(key.key for key in unread))} does nothing: {why}")
    elif trouble:
        details.append(f"what is turned now may go unnoticed: {trouble}")
    deaf = bool(unread or trouble)
    commands = [*(["reverbere override list"] if turned else []), *([_INSTALL] if deaf else [])]
    grade = Grade.FAIL if deaf else Grade.WARN if turned else Grade.OK
    yield Finding(grade, "keys", words, tuple(details), tuple(commands))


def _turned(key: KeyHealth, facts: Facts) -> str:
    since = "" if key.turned_time_seconds is None else f" at {_say(key.turned_time_seconds, facts)}"
    told = f"{key.key}  turned (or its wire cut), read{since}"
    if key.until_time_seconds is None:
        return f"{told}; its time is over or its order was cancelled: light by the rules until it is turned again"
    return f"{told}: {key.level} % in {names(key.zones)} until {_say(key.until_time_seconds, facts)}"


def _say(seconds: float, facts: Facts) -> str:
    return date_time(round(seconds * SECOND), facts.zone)
