"""What the operator wrote, whole and valid."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from devices.device import Device, DeviceId, Kind
from gateway.lighting.plan import Place, Plan, ZoneId


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """The broker. `broker` says which one it is, because nats-server renumbers packets and mosquitto does not."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    broker: Literal["mosquitto", "nats"] = "mosquitto"
    receive_maximum: int = 500
    """Messages that may wait for their acknowledgement (MQTT 5 Receive Maximum)."""

    name: str = "mqtt"


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """A serial line: a device path or a `socket://host:port` URL. `framing` names one of `FRAMINGS`."""

    name: str
    port: str
    baud: int
    framing: str


@dataclass(frozen=True, slots=True)
class ModbusUnit:
    """A device on a Modbus line: asked every `poll` nanoseconds for registers (table, first address, how many)."""

    number: int
    poll: int
    wanted: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class ModbusSettings:
    """A line of Modbus devices: a device path or a `socket://host:port` URL. `parity` is "none", "even" or "odd"."""

    name: str
    port: str
    baud: int
    parity: str
    units: tuple[ModbusUnit, ...]


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """A server that gets a copy of the record. Version 1 takes `database`; 2 and 3 take `org` and `bucket`."""

    name: str
    version: Literal[1, 2, 3]
    url: str
    database: str = ""
    org: str = ""
    bucket: str = ""
    username: str | None = None
    password_file: Path | None = None
    token_file: Path | None = None


@dataclass(frozen=True, slots=True)
class RecordSettings:
    """`commit_interval` in seconds trades card wear for latency; 0 commits as soon as the last commit is done.

    `keep_readings`, `keep_hourly` and `keep_decisions` in nanoseconds are how long they stay; `max_size` in bytes is
    how large the record may become.
    """

    commit_interval: float = 0.0
    keep_readings: int = 90 * 86_400_000_000_000
    keep_hourly: int = 10 * 365 * 86_400_000_000_000
    keep_decisions: int = 5 * 365 * 86_400_000_000_000
    max_size: int = 4_000_000_000


@dataclass(frozen=True, slots=True)
class OverrideSettings:
    """What persons may order.

    `lasts` is how long an order holds that does not say it, `at_most` how long any may (nanoseconds). `below_floor`
    lets those go under the floor that ask for it.
    """

    lasts: int = 4 * 3600 * 1_000_000_000
    at_most: int = 24 * 3600 * 1_000_000_000
    needs_reason: bool = True
    below_floor: bool = False


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """On which port of this machine programs may ask how the gateway fares."""

    port: int


@dataclass(frozen=True, slots=True)
class HomeAssistantSettings:
    """What Home Assistant is told below its discovery `prefix`, and which accounts of the broker may order from there.

    Their orders hold for `lasts` nanoseconds (None: as long as a person's that does not say it), for this `reason`.
    The first account is the one whose topics the descriptions name.
    """

    prefix: str = "homeassistant"
    accounts: tuple[str, ...] = ()
    lasts: int | None = None
    reason: str = "ordered in Home Assistant"


@dataclass(frozen=True, slots=True)
class KeySettings:
    """A key switch on a pin ("GPIO22"): while it is turned, its zones have `level` per cent.

    For `at_most` nanoseconds after it was turned. Its contact is `normally_closed` if turning opens it, so that a cut
    wire reads as a turned key; it must have been the same for `debounce` nanoseconds before it is believed.
    """

    id: str
    pin: str
    zones: tuple[ZoneId, ...]
    level: int
    at_most: int
    normally_closed: bool = True
    debounce: int = 50_000_000
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SensorPinSettings:
    """A sensor on a pin ("GPIO17"), which is pulled up or down and high (or not) while somebody is there.

    It must have been the same for `debounce` nanoseconds before it is believed.
    """

    name: str
    sensor: DeviceId
    pin: str
    active_high: bool = True
    pulled_up: bool = True
    debounce: int = 50_000_000
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LampPinSettings:
    """A lamp on a pin ("GPIO18"), by pulses of `frequency` Hz or a relay; it shines while the pin is high (or not).

    A relay stays on for `min_on` nanoseconds at least. `failure_level` in per cent is what the lamp takes when nobody
    tells it anything any more.
    """

    name: str
    lamp: DeviceId
    pin: str
    output: Literal["pwm", "hardware-pwm", "relay"] = "pwm"
    active_high: bool = True
    frequency: float = 0.0
    min_on: int = 0
    failure_level: float = 100.0
    place: Place | None = field(default=None, compare=False)


PinSettings: TypeAlias = SensorPinSettings | LampPinSettings


@dataclass(frozen=True, slots=True)
class Site:
    """One place with one gateway. Its id goes no deeper than this and what is built from it.

    `state` is the folder of the record. `lateness` in nanoseconds is how much older than its arrival a reading may be
    before it is historical. `refresh` in nanoseconds is how often a lamp is told its level again.
    """

    id: str
    title: str
    plan: Plan
    devices: tuple[Device, ...]
    state: Path
    mqtt: MqttSettings | None
    serials: tuple[SerialSettings, ...] = ()
    targets: tuple[TargetSettings, ...] = ()
    record: RecordSettings = RecordSettings()
    lateness: int = 60_000_000_000
    refresh: int = 60_000_000_000
    overrides: OverrideSettings = OverrideSettings()
    metrics: MetricsSettings | None = None
    keys: tuple[KeySettings, ...] = ()
    pins: tuple[PinSettings, ...] = ()
    modbus: tuple[ModbusSettings, ...] = ()
    homeassistant: HomeAssistantSettings | None = None

    def device(self, name: str) -> Device | None:
        """Find a device by its id or by its label."""
        for device in self.devices:
            if name in (device.id, device.label):
                return device
        return None

    def lamps(self) -> tuple[DeviceId, ...]:
        """The ids of the luminaires."""
        return tuple(device.id for device in self.devices if device.kind is Kind.LUMINAIRE)
