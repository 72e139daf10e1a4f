"""The shape of the three files: which keys there are and how their values are written. What they mean is `build`'s.

Devices and programs are blocks whose keys are all optional here, because a later block refines an earlier one and a
program may be `like` another: what is missing shows when they are put together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from devices.convention import NAMES as CONVENTIONS
from devices.framing import SPOKEN
from devices.message import SECOND
from gateway.configuration import ranges, stretches, units
from gateway.configuration.problems import did_you_mean, suggest
from gateway.configuration.reads import Reads, places
from gateway.configuration.units import Unreadable
from gateway.lighting.nights import Stretch, Weekday
from gateway.lighting.plan import CLASSES, Moment
from gateway.lighting.selection import AMBIENT, PARKED, SPEED, TRAFFIC, USE, USERS

VERSION = 1
"""Of the files' format; a file of a newer one is refused."""

MEASURES = ("pedestrians", "presence")
"""What a native sensor can be said to measure so that it moves a lamp."""

PINS = tuple(f"GPIO{number}" for number in range(2, 28))
"""Of the 40-pin header, by the Broadcom chip's numbers."""

_LAST_PORT = 65_535

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


def _one_of(*known: str) -> Reader[str]:
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
    return _one_of(*CLASSES)(value)


def picked(value: object) -> str:
    """A lighting class, or how busy the street is. Raises `Unreadable`."""
    written = units.text(value, f"A lighting class such as P5, or one of: {', '.join(USE)}")
    return written if written in USE else lighting_class(written)


def _users(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    users = tuple(sorted(_one_of(*USERS)(item) for item in listed))
    if not any(users == known for known in TRAFFIC):
        expected = "pedestrians, cyclists, or pedestrians with cyclists, motor or both: [pedestrians, cyclists]"
        raise Unreadable(f"no weight is known for {', '.join(users) or 'nobody'}", expected)
    return users


def slug(value: object) -> str:
    """An id. Raises `Unreadable`."""
    return ranges.slug(units.text(value, "An id in lower-case letters, digits and hyphens"))


def _measures(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise Unreadable("nothing is listed here", f"One or more of: {', '.join(MEASURES)}")
    return tuple(dict.fromkeys(_one_of(*MEASURES)(item) for item in listed))


def _zones(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(units.text(item, "The id of a zone, or a list of them") for item in listed))


def _within(lowest: float, highest: float) -> Reader[float]:
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
        return Address(written, url.scheme, host, port)

    return read


def pin(value: object) -> str:
    """A pin that is free on the header of every Raspberry Pi with 40 pins: 0 and 1 belong to add-on boards.

    Raises `Unreadable`.
    """
    expected = f"A pin of the header by its GPIO number, {PINS[0]} to {PINS[-1]}, such as GPIO22 (which is pin 15)"
    written = units.text(value, expected).strip()
    if written not in PINS:
        number = re.sub(r"^(GPIO|BCM)?[ _-]?0*", "", written, flags=re.IGNORECASE)
        hint = did_you_mean(f"GPIO{number}") if f"GPIO{number}" in PINS else ""
        raise Unreadable(f'"{written}" is no pin for an input', expected, hint)
    return written


def _port(value: object) -> int:
    expected = "A port that nobody else listens on, 1 to 65535, such as 9464"
    try:
        port = units.whole(value)
    except Unreadable as error:
        raise Unreadable(f'"{value}" is no port', expected) from error
    if not 1 <= port <= _LAST_PORT:
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
Lamps = Annotated[int, BeforeValidator(units.lamps)]
Zones = Annotated[tuple[str, ...], BeforeValidator(_zones)]
Watts = Annotated[float, BeforeValidator(units.watts)]
WattsAtLevel = Annotated[tuple[float, float], BeforeValidator(units.watts_at_level)]
YesNo = Annotated[bool, BeforeValidator(units.yes_no)]
When = Annotated[Moment, BeforeValidator(units.moment)]
LightingClass = Annotated[str, BeforeValidator(lighting_class)]
PickedClass = Annotated[str, BeforeValidator(picked)]
Stretches = Annotated[tuple[Stretch, ...], BeforeValidator(stretches.stretches)]
Weekdays = Annotated[tuple[Weekday, ...], BeforeValidator(stretches.weekdays)]
Pin = Annotated[str, BeforeValidator(pin)]
Convention = Annotated[str, BeforeValidator(_one_of(*CONVENTIONS))]
HttpUrl = Annotated[Address, BeforeValidator(_url("http", "https"))]
MqttUrl = Annotated[Address, BeforeValidator(_url("mqtt", "mqtts"))]


class Block(BaseModel):
    """A block of keys, none of them unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---------------------------------------------------------------------------------------------------- site.yaml
class SiteBlock(Block):
    """The place. `id` is in every topic, row and export and must not change."""

    id: Slug
    name: Text | None = None
    latitude: Annotated[float, BeforeValidator(_within(-90, 90))]
    longitude: Annotated[float, BeforeValidator(_within(-180, 180))]
    time_zone: TimeZone


class MqttBlock(Block):
    """The broker."""

    url: MqttUrl
    username: Text | None = None
    password_file: Text | None = None
    ca_file: Text | None = None
    broker: Annotated[Literal["mosquitto", "nats"], BeforeValidator(_one_of("mosquitto", "nats"))] = "mosquitto"
    receive_maximum: Whole = 500


class InfluxBlock(Block):
    """A server that gets a copy of the record."""

    name: Slug
    version: Annotated[str, BeforeValidator(_one_of("1", "2", "3"))]
    url: HttpUrl
    database: Text | None = None
    org: Text | None = None
    bucket: Text | None = None
    username: Text | None = None
    password_file: Text | None = None
    token_file: Text | None = None


class KeepBlock(Block):
    """How long what is kept."""

    readings: Span = 90 * units.DAY
    hourly: Span = 10 * 365 * units.DAY
    decisions: Span = 5 * 365 * units.DAY


class RecordBlock(Block):
    """How often what was read is made durable, how long it is kept, and how large the record may become."""

    commit_interval: DurationOrNothing = 0
    max_size: Size = 4_000_000_000
    keep: KeepBlock = KeepBlock()


class MetricsBlock(Block):
    """How the gateway fares, for programs on the same machine."""

    port: Port


class SiteFile(Block):
    """The keys of site.yaml."""

    version: Any = None
    site: SiteBlock
    mqtt: MqttBlock | None = None
    influxdb: list[InfluxBlock] = Field(default_factory=list)
    record: RecordBlock = RecordBlock()
    metrics: MetricsBlock | None = None
    state: Text = "state"
    lateness: Duration = 60 * SECOND
    refresh: Duration = 60 * SECOND


# ------------------------------------------------------------------------------------------------- devices.yaml
class DeviceBlock(Block):
    """What sensors and luminaires share."""

    zone: Text | None = None
    at: Metres | None = None
    every: Metres | None = None
    convention: Convention | None = None
    label: Text | None = None
    address: Text | None = None
    base: Text | None = None


class SensorBlock(DeviceBlock):
    """A sensor, a range of them, or what refines some."""

    sees: Metres | None = None
    measures: Annotated[tuple[str, ...], BeforeValidator(_measures)] | None = None
    heartbeat: Duration | None = None
    silence: Annotated[str, BeforeValidator(_one_of("trusted"))] | None = None
    serial: Text | None = None
    baud: Whole | None = None
    framing: Annotated[str, BeforeValidator(_one_of(*SPOKEN["native"]))] | None = None
    time_zone: TimeZone | None = None
    count_line: SignedMetres | None = None
    wraps_at: Whole | None = None
    faces: Annotated[Literal["start", "end"], BeforeValidator(_one_of("start", "end"))] | None = None
    at_most: Most | None = None
    stuck_after: Duration | None = None
    flaps: Changes | None = None
    zeros: Annotated[str, BeforeValidator(_one_of("trusted"))] | None = None
    reads: Annotated[Reads, BeforeValidator(places)] | None = None
    topic: Text | None = None


class LuminaireBlock(DeviceBlock):
    """A lamp, a range of them, or what refines some."""

    type: Text | None = None
    failure_level: Percent | None = None
    never_dim: Text | None = None
    feed: Text | None = None


class TypeBlock(Block):
    """The power of a make of lamp."""

    full: Watts
    dimmed: WattsAtLevel
    standby: Watts
    curve: dict[Percent, Watts] | None = None
    tolerance: Percent = 20.0
    fades: YesNo = True


class KeyBlock(Block):
    """A key switch on the header of the Raspberry Pi."""

    pin: Pin
    zones: Zones = Field(default_factory=tuple)
    level: Percent = 100.0
    at_most: Duration = 12 * 3600 * SECOND
    contact: Annotated[
        Literal["normally-closed", "normally-open"], BeforeValidator(_one_of("normally-closed", "normally-open"))
    ] = "normally-closed"
    debounce: Duration = 50_000_000


class DevicesFile(Block):
    """The keys of devices.yaml; each block inside is read by itself, so that one mistake does not hide the rest."""

    version: Any = None
    sensors: dict[str, Any] = Field(default_factory=dict)
    luminaires: dict[str, Any] = Field(default_factory=dict)
    types: dict[str, Any] = Field(default_factory=dict)
    keys: dict[str, Any] = Field(default_factory=dict)


# ------------------------------------------------------------------------------------------------ lighting.yaml
class NeighboursBlock(Block):
    """The zones that touch the ends of a zone."""

    start: Zones = Field(default_factory=tuple)
    end: Zones = Field(default_factory=tuple)


class DarkBlock(Block):
    """When a street may be dark where nobody is, and who decided so."""

    start: When = Field(alias="from")
    end: When = Field(alias="to")
    because: Text


class ZoneBlock(Block):
    """A street or a part of one."""

    length: Metres
    lighting_class: LightingClass = Field(alias="class")
    design: Lux | None = None
    program: Text
    label: Text | None = None
    neighbours: NeighboursBlock = NeighboursBlock()
    dark: DarkBlock | None = None


class ActiveBlock(Block):
    """When lamps may be lit."""

    start: When = Field(alias="from")
    end: When = Field(alias="to")


class WeightsBlock(Block):
    """What a lighting class follows from, besides how busy the street is (CEN/TR 13201-1:2014, A.2)."""

    speed: Annotated[str, BeforeValidator(_one_of(*SPEED))]
    traffic: Annotated[tuple[str, ...], BeforeValidator(_users)]
    parked: Annotated[str, BeforeValidator(_one_of(*PARKED))]
    ambient: Annotated[str, BeforeValidator(_one_of(*AMBIENT))]


class CountBlock(Block):
    """Light by flow: by a curve, or by the class that the flow picks."""

    window: Duration
    curve: dict[Flow, Percent] | None = None
    classes: dict[Flow, PickedClass] | None = None
    weights: WeightsBlock | None = None
    hold: Duration
    confirm: Whole = 2
    combine: Annotated[Literal["highest", "sum"], BeforeValidator(_one_of("highest", "sum"))] = "highest"


class PresenceBlock(Block):
    """Light for somebody who is there."""

    level: Percent
    hold: DurationOrNothing
    max_on: Duration = 600 * SECOND
    ahead: dict[Speed, Lamps] | None = None
    behind: Lamps = 0


class RampBlock(Block):
    """How long a change takes."""

    up: DurationOrNothing
    down: DurationOrNothing
    steady: DurationOrNothing = 0
    in_view: Rate | None = None


class StepBlock(Block):
    """A part of the night."""

    start: When = Field(alias="from")
    owed: LightingClass = Field(alias="class")
    empty: LightingClass | None = None
    default: Percent = 0.0
    max: Percent = 100.0


class ProgramBlock(Block):
    """Dimming rules, or what differs from those it is `like`."""

    like: Text | None = None
    active: ActiveBlock | None = None
    failsafe: Percent | None = None
    count: CountBlock | None = None
    presence: PresenceBlock | None = None
    ramp: RampBlock | None = None
    steps: list[StepBlock] | None = None
    dark: DarkBlock | None = None


class CalendarBlock(Block):
    """A line of the calendar: the program that zones have on some nights."""

    nights: Stretches | None = None
    weekdays: Weekdays | None = None
    zones: Annotated[tuple[str, ...], BeforeValidator(_zones)] | None = None
    program: Text


class OverridesBlock(Block):
    """What persons may order, and for how long."""

    lasts: Duration = 4 * 3600 * SECOND
    at_most: Duration = 24 * 3600 * SECOND
    reason: Annotated[Literal["required", "optional"], BeforeValidator(_one_of("required", "optional"))] = "required"
    below_floor: Annotated[Literal["refused", "allowed"], BeforeValidator(_one_of("refused", "allowed"))] = "refused"


class LightingFile(Block):
    """The keys of lighting.yaml; each block inside is read by itself, as in devices.yaml."""

    version: Any = None
    zones: dict[str, Any] = Field(default_factory=dict)
    programs: dict[str, Any] = Field(default_factory=dict)
    calendar: list[Any] = Field(default_factory=list)
    overrides: Any = None
