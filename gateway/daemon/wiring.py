"""From a site's settings to the links and targets they describe."""

from collections.abc import Callable, Iterator
from pathlib import Path

from devices.framing import FRAMINGS
from devices.message import Message
from gateway.clock import Clock
from gateway.configuration.site import MqttSettings, Site, TargetSettings
from gateway.daemon.routes import Routes
from gateway.export.forward import Target
from gateway.export.influx import InfluxV1, InfluxV2
from gateway.links.connection import Broker
from gateway.links.delivery import Link
from gateway.links.mqtt import MqttLink
from gateway.links.serial import SerialLink


def links(site: Site, clock: Clock, routes: Routes, identity: str, connected: Callable[[], None]) -> Iterator[Link]:
    """The links of a site. Reads the broker password's file.

    `identity` is the record's own: one session at the broker belongs to one record, since the record alone knows what
    of the session it has. `connected` is called when orders can reach lamps again.
    """
    for serial in site.serials:
        yield SerialLink(serial.name, serial.port, serial.baud, FRAMINGS[serial.framing], clock)
    if site.mqtt is not None:
        topic = health_topic(site.id)
        yield MqttLink(
            site.mqtt.name,
            _broker(site.mqtt, f"reverbere-{site.id}-{identity}"),
            routes.topics(site.mqtt.name),
            clock,
            will=Message(topic, b'{"v": 1, "state": "offline"}', retained=True),
            birth=Message(topic, b'{"v": 1, "state": "online"}', retained=True),
            connected=connected,
        )


def health_topic(site: str) -> str:
    """Where the gateway says how it is: retained, with a last will."""
    return f"reverbere/{site}/gateway/health"


def target(settings: TargetSettings) -> Target:
    """The server that gets a copy of the record. Reads the secrets' files; a slow import for versions 2 and 3."""
    if settings.version == 1:
        password = secret(settings.password_file)
        return InfluxV1(settings.name, settings.url, settings.database, settings.username, password)
    return InfluxV2(settings.name, settings.url, settings.org, settings.bucket, secret(settings.token_file) or "")


def _broker(settings: MqttSettings, client_id: str) -> Broker:
    return Broker(
        settings.host,
        settings.port,
        client_id,
        tls=settings.tls,
        ca_file=settings.ca_file,
        username=settings.username,
        password=secret(settings.password_file),
        packet_ids=settings.broker == "mosquitto",
        receive_maximum=settings.receive_maximum,
    )


def secret(file: Path | None) -> str | None:
    """What a secret's file holds, without the line's end."""
    return None if file is None else file.read_text(encoding="utf-8").strip()
