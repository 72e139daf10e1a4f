"""The shape of the three files: which keys there are and how their values are written. What they mean is `build`'s.

Devices and programs are blocks whose keys are all optional here, because a later block refines an earlier one and a
program may be `like` another: what is missing shows when they are put together.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from devices.conventions.dali.curve import CURVES
from devices.conventions.modbus.register import Register
from devices.framing import SPOKEN
from devices.message import SECOND
from gateway.configuration import units
from gateway.configuration.fields import (
    Accounts,
    Changes,
    Convention,
    Duration,
    DurationOrNothing,
    Flow,
    Hertz,
    HttpUrl,
    Lamps,
    LightingClass,
    Lux,
    Measures,
    Metres,
    Most,
    MqttUrl,
    Percent,
    PickedClass,
    Pin,
    Port,
    Rate,
    SignedMetres,
    Size,
    Slug,
    Span,
    Speed,
    Stretches,
    Text,
    TimeZone,
    TopicPrefix,
    Users,
    Watts,
    WattsAtLevel,
    Weekdays,
    When,
    Whole,
    YesNo,
    Zones,
    one_of,
    within,
)
from gateway.configuration.reads import Reads, places
from gateway.configuration.registers import registers as in_registers
from gateway.lighting.selection import AMBIENT, PARKED, SPEED

Output: TypeAlias = Literal["pwm", "hardware-pwm", "relay"]
"""How a lamp hangs on a pin."""

VERSION = 1
"""Of the files' format; a file of a newer one is refused."""


class Block(BaseModel):
    """A block of keys, none of them unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---------------------------------------------------------------------------------------------------- site.yaml
class SiteBlock(Block):
    """The place. `id` is in every topic, row and export and must not change."""

    id: Slug
    name: Text | None = None
    latitude: Annotated[float, BeforeValidator(within(-90, 90))]
    longitude: Annotated[float, BeforeValidator(within(-180, 180))]
    time_zone: TimeZone


class MqttBlock(Block):
    """The broker."""

    url: MqttUrl
    username: Text | None = None
    password_file: Text | None = None
    ca_file: Text | None = None
    broker: Annotated[Literal["mosquitto", "nats"], BeforeValidator(one_of("mosquitto", "nats"))] = "mosquitto"
    receive_maximum: Whole = 500


class InfluxBlock(Block):
    """A server that gets a copy of the record."""

    name: Slug
    version: Annotated[str, BeforeValidator(one_of("1", "2", "3"))]
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


class HomeAssistantBlock(Block):
    """What Home Assistant is told, and who may order from there."""

    prefix: TopicPrefix = "homeassistant"
    accounts: Accounts | None = None
    lasts: Duration | None = None
    reason: Text = "ordered in Home Assistant"


class SiteFile(Block):
    """The keys of site.yaml."""

    version: Any = None
    site: SiteBlock
    mqtt: MqttBlock | None = None
    influxdb: list[InfluxBlock] = Field(default_factory=list)
    record: RecordBlock = RecordBlock()
    metrics: MetricsBlock | None = None
    homeassistant: HomeAssistantBlock | None = None
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
    pin: Pin | None = None
    active: Annotated[Literal["high", "low"], BeforeValidator(one_of("high", "low"))] | None = None


class SensorBlock(DeviceBlock):
    """A sensor, a range of them, or what refines some."""

    sees: Metres | None = None
    measures: Measures | None = None
    heartbeat: Duration | None = None
    silence: Annotated[str, BeforeValidator(one_of("trusted"))] | None = None
    serial: Text | None = None
    baud: Whole | None = None
    framing: Annotated[str, BeforeValidator(one_of(*SPOKEN["native"]))] | None = None
    time_zone: TimeZone | None = None
    count_line: SignedMetres | None = None
    wraps_at: Whole | None = None
    faces: Annotated[Literal["start", "end"], BeforeValidator(one_of("start", "end"))] | None = None
    at_most: Most | None = None
    stuck_after: Duration | None = None
    flaps: Changes | None = None
    zeros: Annotated[str, BeforeValidator(one_of("trusted"))] | None = None
    reads: Annotated[Reads, BeforeValidator(places)] | None = None
    topic: Text | None = None
    pull: Annotated[Literal["up", "down"], BeforeValidator(one_of("up", "down"))] | None = None
    debounce: Duration | None = None
    unit: Whole | None = None
    poll: Duration | None = None
    parity: Annotated[str, BeforeValidator(one_of("none", "even", "odd"))] | None = None
    registers: Annotated[tuple[Register, ...], BeforeValidator(in_registers)] | None = None


class LuminaireBlock(DeviceBlock):
    """A lamp, a range of them, or what refines some."""

    type: Text | None = None
    line: Text | None = None
    dimming_curve: Annotated[str, BeforeValidator(one_of(*CURVES))] | None = None
    failure_level: Percent | None = None
    never_dim: Text | None = None
    feed: Text | None = None
    output: Annotated[Output, BeforeValidator(one_of("pwm", "hardware-pwm", "relay"))] | None = None
    frequency: Hertz | None = None
    min_on: DurationOrNothing | None = None


class TypeBlock(Block):
    """The power of a make of lamp."""

    full: Watts
    dimmed: WattsAtLevel
    standby: Watts
    curve: dict[Percent, Watts] | None = None
    tolerance: Percent = 20.0
    fades: YesNo = True
    proof: Annotated[Literal["watched", "required", "none"], BeforeValidator(one_of("watched", "required", "none"))] = (
        "watched"
    )


class KeyBlock(Block):
    """A key switch on the header of the Raspberry Pi."""

    pin: Pin
    zones: Zones = Field(default_factory=tuple)
    level: Percent = 100.0
    at_most: Duration = 12 * 3600 * SECOND
    contact: Annotated[
        Literal["normally-closed", "normally-open"], BeforeValidator(one_of("normally-closed", "normally-open"))
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

    speed: Annotated[str, BeforeValidator(one_of(*SPEED))]
    traffic: Users
    parked: Annotated[str, BeforeValidator(one_of(*PARKED))]
    ambient: Annotated[str, BeforeValidator(one_of(*AMBIENT))]


class CountBlock(Block):
    """Light by flow: by a curve, or by the class that the flow picks."""

    window: Duration
    curve: dict[Flow, Percent] | None = None
    classes: dict[Flow, PickedClass] | None = None
    weights: WeightsBlock | None = None
    hold: Duration
    confirm: Whole = 2
    combine: Annotated[Literal["highest", "sum"], BeforeValidator(one_of("highest", "sum"))] = "highest"


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
    zones: Zones | None = None
    program: Text


class OverridesBlock(Block):
    """What persons may order, and for how long."""

    lasts: Duration = 4 * 3600 * SECOND
    at_most: Duration = 24 * 3600 * SECOND
    reason: Annotated[Literal["required", "optional"], BeforeValidator(one_of("required", "optional"))] = "required"
    below_floor: Annotated[Literal["refused", "allowed"], BeforeValidator(one_of("refused", "allowed"))] = "refused"


class LightingFile(Block):
    """The keys of lighting.yaml; each block inside is read by itself, as in devices.yaml."""

    version: Any = None
    zones: dict[str, Any] = Field(default_factory=dict)
    programs: dict[str, Any] = Field(default_factory=dict)
    calendar: list[Any] = Field(default_factory=list)
    overrides: Any = None
