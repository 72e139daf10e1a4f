"""How single values of the three files are written: the words, figures, names and addresses that a key may have."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BeforeValidator

from devices.convention import NAMES as CONVENTIONS
from gateway.configuration import ranges, stretches, units
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.reach import LAST_PORT, host_mistake
from gateway.configuration.units import Unreadable
from gateway.lighting.nights import Stretch, Weekday
from gateway.lighting.plan import CLASSES, Moment
from gateway.lighting.selection import TRAFFIC, USE, USERS

MEASURES = ("pedestrians", "presence")
"""What a native sensor can be said to measure so that it moves a lamp."""

PINS = tuple(f"GPIO{number}" for number in range(2, 28))
"""Of the 40-pin header, by the Broadcom chip's numbers."""

_ACCOUNT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,64}(/[A-Za-z0-9._-]{1,64}){0,3}")

T = TypeVar("T")
Reader: TypeAlias = Callable[[object], T]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: the URL as it was written, and its parts. `port` is None where none is written."""

    url: str
    scheme: str
    host: str
    port: int | None


def _text(value: object) -> str:
    written = units.text(value, "A text")
    if not written.strip():
        raise Unreadable("nothing is written here", "A text")
    return written.strip()


@dataclass(frozen=True, slots=True)
class OneOf:
    """Reads one of a few words."""

    known: tuple[str, ...]

    def __call__(self, value: object) -> str:
        """The word. Raises `Unreadable`."""
        expected = f"One of: {', '.join(self.known)}"
        written = units.text(value, expected)
        if written not in self.known:
            hint = did_you_mean(suggest(written, self.known))
            raise Unreadable(f'"{written}" is not known here', expected, hint)
        return written


def one_of(*known: str) -> Reader[str]:
    """What reads one of these words."""
    return OneOf(known)


def _time_zone(value: object) -> str:
    expected = "A time zone by its IANA name, such as Europe/Paris"
    name = units.text(value, expected).strip()
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = {zone.lower(): zone for zone in available_timezones()}
        meant = known.get(suggest(name, known), "")
        raise Unreadable(f'"{name}" is no time zone', expected, did_you_mean(meant)) from error
    return name


def lighting_class(value: object) -> str:
    """A class of EN 13201-2 in lux. Raises `Unreadable`."""
    written = units.text(value, f"A lighting class: {', '.join(CLASSES)}")
    if written[:1] == "M" and written[1:].isdigit():
        expected = "A class in lux: P1 to P7 or C0 to C5. M classes are in cd/m2, which no lamp of a footpath is given"
        raise Unreadable(f'"{written}" is a class of luminance', expected)
    return one_of(*CLASSES)(value)


def picked(value: object) -> str:
    """A lighting class, or how busy the street is. Raises `Unreadable`."""
    written = units.text(value, f"A lighting class such as P5, or one of: {', '.join(USE)}")
    return written if written in USE else lighting_class(written)


def users(value: object) -> tuple[str, ...]:
    """Who uses a street, sorted. Raises `Unreadable` where the standard has no weight for them together."""
    listed = value if isinstance(value, list) else [value]
    named = tuple(sorted(one_of(*USERS)(item) for item in listed))
    if not any(named == known for known in TRAFFIC):
        expected = "pedestrians, cyclists, or pedestrians with cyclists, motor or both: [pedestrians, cyclists]"
        raise Unreadable(f"no weight is known for {', '.join(named) or 'nobody'}", expected)
    return named


def slug(value: object) -> str:
    """An id. Raises `Unreadable`."""
    return ranges.slug(units.text(value, "An id in lower-case letters, digits and hyphens"))


def measures(value: object) -> tuple[str, ...]:
    """What a sensor measures, each once. Raises `Unreadable`."""
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise Unreadable("nothing is listed here", f"One or more of: {', '.join(MEASURES)}")
    return tuple(dict.fromkeys(one_of(*MEASURES)(item) for item in listed))


def zones_of(value: object) -> tuple[str, ...]:
    """Ids of zones, each once; one may stand alone. Raises `Unreadable`."""
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(units.text(item, "The id of a zone, or a list of them") for item in listed))


def accounts(value: object) -> tuple[str, ...]:
    """Names by which a broker knows who publishes, each once: a name is one level of a topic. Raises `Unreadable`."""
    listed = value if isinstance(value, list) else [value]
    names = [units.text(item, "An account of the broker, or a list of them").strip() for item in listed]
    for name in names:
        if not _ACCOUNT.fullmatch(name):
            expected = "At most 64 letters, digits, dots, hyphens and underscores: the name is a level of a topic"
            raise Unreadable(f'"{name}" can be no account here', expected)
    return tuple(dict.fromkeys(names))


def topic_prefix(value: object) -> str:
    """The first levels of topics. Raises `Unreadable`."""
    expected = "The first level of topics, or several: homeassistant"
    written = units.text(value, expected).strip()
    if not _PREFIX.fullmatch(written):
        raise Unreadable(f'"{written}" cannot begin a topic', expected)
    return written


def within(lowest: float, highest: float) -> Reader[float]:
    """What reads an angle in degrees between these two."""

    def read(value: object) -> float:
        angle = units.degrees(value)
        if not lowest <= angle <= highest:
            raise Unreadable(f'"{value}" is not on the earth', f"Degrees from {lowest:g} to {highest:g}")
        return angle

    return read


def _url(*schemes: str) -> Reader[Address]:
    def read(value: object) -> Address:
        expected = f"{' or '.join(f'{scheme}://' for scheme in schemes)}host:port"
        written = units.text(value, expected).strip()
        try:
            url = urlsplit(written)
            host, port = url.hostname, url.port
        except ValueError as error:
            raise Unreadable(f'"{written}" is not an address: {error}', expected) from error
        if url.password is not None or url.username is not None:
            raise Unreadable("there is a user or a password in this address", "Write  username:  and  password_file:")
        if url.scheme not in schemes or not host:
            raise Unreadable(f'"{written}" is not an address of this kind', expected)
        if wrong := "there is no port 0" if port == 0 else host_mistake(host):
            raise Unreadable(f'"{written}" is not an address: {wrong}', expected)
        return Address(written, url.scheme, host, port)

    return read


http_url = _url("http", "https")
mqtt_url = _url("mqtt", "mqtts")


def pin(value: object) -> str:
    """A pin that is free on the header of every Raspberry Pi with 40 pins: 0 and 1 belong to add-on boards.

    Raises `Unreadable`.
    """
    expected = f"A pin of the header by its GPIO number, {PINS[0]} to {PINS[-1]}, such as GPIO22 (which is pin 15)"
    written = units.text(value, expected).strip()
    if written not in PINS:
        number = re.sub(r"^(GPIO|BCM)?[ _-]?0*", "", written, flags=re.IGNORECASE)
        hint = did_you_mean(f"GPIO{number}") if f"GPIO{number}" in PINS else ""
        raise Unreadable(f'"{written}" is no pin that is free', expected, hint)
    return written


def _port(value: object) -> int:
    expected = "A port that nobody else listens on, 1 to 65535, such as 9464"
    try:
        port = units.whole(value)
    except Unreadable as error:
        raise Unreadable(f'"{value}" is no port', expected) from error
    if not 1 <= port <= LAST_PORT:
        raise Unreadable(f"there is no port {port}", expected)
    return port


Text = Annotated[str, BeforeValidator(_text)]
TimeZone = Annotated[str, BeforeValidator(_time_zone)]
Slug = Annotated[str, BeforeValidator(slug)]
Whole = Annotated[int, BeforeValidator(units.whole)]
Port = Annotated[int, BeforeValidator(_port)]
Duration = Annotated[int, BeforeValidator(units.duration)]
DurationOrNothing = Annotated[int, BeforeValidator(units.duration_or_nothing)]
Span = Annotated[int, BeforeValidator(units.span)]
Size = Annotated[int, BeforeValidator(units.size)]
Metres = Annotated[float, BeforeValidator(units.metres)]
SignedMetres = Annotated[float, BeforeValidator(units.signed_metres)]
Percent = Annotated[float, BeforeValidator(units.percent)]
Lux = Annotated[float, BeforeValidator(units.lux)]
Flow = Annotated[float, BeforeValidator(units.flow)]
Most = Annotated[float, BeforeValidator(units.most)]
Changes = Annotated[float, BeforeValidator(units.changes)]
Speed = Annotated[float, BeforeValidator(units.speed)]
Rate = Annotated[float, BeforeValidator(units.rate)]
Hertz = Annotated[float, BeforeValidator(units.hertz)]
Lamps = Annotated[int, BeforeValidator(units.lamps)]
Zones = Annotated[tuple[str, ...], BeforeValidator(zones_of)]
Watts = Annotated[float, BeforeValidator(units.watts)]
WattsAtLevel = Annotated[tuple[float, float], BeforeValidator(units.watts_at_level)]
YesNo = Annotated[bool, BeforeValidator(units.yes_no)]
When = Annotated[Moment, BeforeValidator(units.moment)]
LightingClass = Annotated[str, BeforeValidator(lighting_class)]
PickedClass = Annotated[str, BeforeValidator(picked)]
Stretches = Annotated[tuple[Stretch, ...], BeforeValidator(stretches.stretches)]
Weekdays = Annotated[tuple[Weekday, ...], BeforeValidator(stretches.weekdays)]
Measures = Annotated[tuple[str, ...], BeforeValidator(measures)]
Users = Annotated[tuple[str, ...], BeforeValidator(users)]
Pin = Annotated[str, BeforeValidator(pin)]
Accounts = Annotated[tuple[str, ...], BeforeValidator(accounts)]
TopicPrefix = Annotated[str, BeforeValidator(topic_prefix)]
Convention = Annotated[str, BeforeValidator(one_of(*CONVENTIONS))]
HttpUrl = Annotated[Address, BeforeValidator(http_url)]
MqttUrl = Annotated[Address, BeforeValidator(mqtt_url)]
