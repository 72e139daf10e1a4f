"""site.yaml: where the gateway stands, whom it talks to and where it keeps what it knows."""

from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from devices.message import SECOND
from gateway.configuration.models import InfluxBlock, MqttBlock, SiteFile
from gateway.configuration.shape import fit
from gateway.configuration.site import (
    HomeAssistantSettings,
    MetricsSettings,
    MqttSettings,
    RecordSettings,
    TargetSettings,
)
from gateway.configuration.source import Source
from gateway.lighting.plan import Problem

_MQTT_PORT, _MQTTS_PORT = 1883, 8883
_MOST_INFLIGHT = 65_535
_VERSIONS: dict[str, Literal[1, 2, 3]] = {"1": 1, "2": 2, "3": 3}


@dataclass(frozen=True, slots=True)
class Settings:
    """What site.yaml says, with the folder that its paths start from."""

    folder: Path
    file: SiteFile

    @property
    def mqtt(self) -> MqttSettings | None:
        """The broker, if there is one."""
        return None if self.file.mqtt is None else _mqtt(self.file.mqtt, self.folder)

    @property
    def targets(self) -> tuple[TargetSettings, ...]:
        """The servers that get a copy."""
        return tuple(_target(block, self.folder) for block in self.file.influxdb)

    @property
    def record(self) -> RecordSettings:
        """How the record commits, and what it keeps."""
        record = self.file.record
        keep = record.keep
        return RecordSettings(
            record.commit_interval / SECOND, keep.readings, keep.hourly, keep.decisions, record.max_size
        )

    @property
    def metrics(self) -> MetricsSettings | None:
        """Where metrics are served, if they are."""
        return None if self.file.metrics is None else MetricsSettings(self.file.metrics.port)

    @property
    def homeassistant(self) -> HomeAssistantSettings | None:
        """What Home Assistant is told, if it is told anything."""
        block = self.file.homeassistant
        if block is None:
            return None
        return HomeAssistantSettings(block.prefix, block.accounts or (), block.lasts, block.reason)

    @property
    def state(self) -> Path:
        """The folder of the record."""
        return self.folder / self.file.state


def read_settings(source: Source, folder: Path) -> tuple[Settings | None, list[Problem]]:
    """Understand site.yaml; None if it cannot be."""
    file, problems = fit(SiteFile, source, (), source.value)
    if file is None:
        return None, problems
    if file.mqtt is not None and file.mqtt.receive_maximum > _MOST_INFLIGHT:
        place = source.at(("mqtt", "receive_maximum"))
        problems.append(Problem(place, "MQTT numbers fewer messages than that", f"At most {_MOST_INFLIGHT}"))
    problems += _homeassistant_problems(source, file)
    for index, block in enumerate(file.influxdb):
        problems += _target_problems(source, index, block)
    for name, count in Tally(block.name for block in file.influxdb).items():
        if count > 1:
            place = source.at(("influxdb",))
            problems.append(Problem(place, f'{count} servers are called "{name}"', "A name of its own for each"))
    return Settings(folder, file), problems


def _homeassistant_problems(source: Source, file: SiteFile) -> Iterator[Problem]:
    """It is told by the broker, and the broker alone knows whose account an order comes from."""
    block = file.homeassistant
    if block is None:
        return
    if file.mqtt is None:
        expected = "Write  mqtt:  and below it  url: mqtt://127.0.0.1:1883"
        yield Problem(source.key(("homeassistant",)), "Home Assistant is told by a broker, and there is none", expected)
    elif block.accounts and file.mqtt.username is None:
        found = "orders need a broker that knows its accounts, and this gateway has none there"
        expected = "Write  username:  and  password_file:  below  mqtt:,  or leave  accounts:  out"
        yield Problem(source.key(("homeassistant", "accounts")), found, expected)


def _target_problems(source: Source, index: int, block: InfluxBlock) -> Iterator[Problem]:
    """Each version of the interface has its own way to say where points go."""
    needed, foreign = {
        "1": (("database",), ("org", "bucket", "token_file")),
        "2": (("org", "bucket"), ("database", "username", "password_file")),
        "3": (("bucket",), ("database", "username", "password_file")),
    }[block.version]
    place = source.at(("influxdb", index))
    for key in needed:
        if getattr(block, key) is None:
            yield Problem(place, f'"{key}" is missing in {block.name}', f"Version {block.version} needs  {key}:")
    for key in foreign:
        if getattr(block, key) is not None:
            found = f'"{key}" says nothing to a server of version {block.version}'
            yield Problem(source.key(("influxdb", index, key)), found, f"Needed here: {', '.join(needed)}")


def _mqtt(block: MqttBlock, folder: Path) -> MqttSettings:
    tls = block.url.scheme == "mqtts"
    return MqttSettings(
        host=block.url.host,
        port=block.url.port or (_MQTTS_PORT if tls else _MQTT_PORT),
        tls=tls,
        username=block.username,
        password_file=_file(folder, block.password_file),
        ca_file=_file(folder, block.ca_file),
        broker=block.broker,
        receive_maximum=block.receive_maximum,
    )


def _target(block: InfluxBlock, folder: Path) -> TargetSettings:
    return TargetSettings(
        name=block.name,
        version=_VERSIONS[block.version],
        url=block.url.url,
        database=block.database or "",
        org=block.org or "",
        bucket=block.bucket or "",
        username=block.username,
        password_file=_file(folder, block.password_file),
        token_file=_file(folder, block.token_file),
    )


def _file(folder: Path, written: str | None) -> Path | None:
    """A secret's file; paths start from the folder of the YAML."""
    return None if written is None else folder / written
