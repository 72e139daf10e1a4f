"""Whether what devices say by MQTT comes in as fast as they say it, with the commits that site.yaml asks for.

A broker lets so many messages wait for their acknowledgement and no more (`receive_maximum`), and a message is
acknowledged when its commit is done: window / interval is the ceiling of what comes in with QoS 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from devices.device import Kind
from devices.message import SECOND
from gateway.configuration.site import MqttSettings, Site
from gateway.lighting.check import Note
from gateway.lighting.plan import Place, Problem
from gateway.wording import plural

TIGHT = 3.0
"""A ceiling that is less than so many times the expected rate leaves little for a busy evening."""
ACK_WAIT = 30.0
"""Seconds that nats-server must wait for an acknowledgement at least before it sends a message again."""
LAMP_SAYS = 60.0
"""Seconds between two states that a lamp sends without being asked (docs/native.md)."""
_NOWHERE = Place("", 0, 0)


@dataclass(frozen=True, slots=True)
class Pace:
    """Messages a second: how many can come in, and how many sensors and lamps say at least.

    A sensor is taken to speak twice a heartbeat, which is the least that it should; a busy one says more. `unknown`
    sensors speak of events only: nobody can say how often. A lamp answers each refresh and speaks once a minute.
    """

    ceiling: float
    sensors: int
    unknown: int
    by_sensors: float
    lamps: int
    by_lamps: float

    @property
    def expected(self) -> float:
        """What all say, a second."""
        return self.by_sensors + self.by_lamps

    def reckoning(self) -> str:
        """How the expected rate comes about, in words."""
        parts = [
            f"{plural(self.sensors, 'sensor')} twice a heartbeat: {self.by_sensors:.2g}/s",
            f"{plural(self.lamps, 'lamp')} once a refresh and once a minute: {self.by_lamps:.2g}/s",
        ]
        if self.unknown:
            parts.append(f"{plural(self.unknown, 'sensor')} of events only: unknown")
        return "; ".join(parts)


def pace(site: Site) -> Pace | None:
    """The pace of a site; None where nothing limits it: no broker, or commits that do not wait."""
    if site.mqtt is None or not site.record.commit_interval:
        return None
    heartbeats = {sensor: expect for zone in site.plan.zones for sensor, expect in zone.sensors()}
    heard = [device for device in site.devices if device.link == site.mqtt.name]
    sensors = [heartbeats.get(device.id) for device in heard if device.kind is Kind.SENSOR]
    known = [heartbeat for heartbeat in sensors if heartbeat]
    lamps = sum(device.kind is Kind.LUMINAIRE for device in heard)
    return Pace(
        ceiling=site.mqtt.receive_maximum / site.record.commit_interval,
        sensors=len(known),
        unknown=len(sensors) - len(known),
        by_sensors=sum(2 * SECOND / heartbeat for heartbeat in known),
        lamps=lamps,
        by_lamps=lamps * (SECOND / site.refresh + 1 / LAMP_SAYS),
    )


def problems(site: Site, place: Place) -> Iterator[Problem]:
    """What forbids the commits that a site asks for; `place` is where it does."""
    found = pace(site)
    if found is None or site.mqtt is None or found.ceiling >= found.expected:
        return
    interval, window = site.record.commit_interval, site.mqtt.receive_maximum
    yield Problem(
        place,
        f"{window} open messages / {interval:g} s let in {found.ceiling:.2g}/s, and {found.expected:.2g}/s come",
        f"At least ({found.reckoning()}). Write  commit_interval:  of at most "
        f"{floor(window / found.expected * 1000)}ms, or  "
        f"receive_maximum:  of {ceil(found.expected * interval)} or more below  mqtt:",
    )


def notes(site: Site) -> Iterator[Note]:
    """What is good to know about the commits that a site asks for."""
    found = pace(site)
    if found is None or site.mqtt is None:
        return
    interval = site.record.commit_interval
    let_in = f"with one commit every {interval:g} s at most {int(found.ceiling)} messages/s come in"
    reckoned = f"{found.expected:.2g}/s are expected at least ({found.reckoning()})"
    tight = ": little is left for a busy evening" if found.ceiling < TIGHT * found.expected else ""
    yield Note(_NOWHERE, f"{let_in} ({site.mqtt.receive_maximum} open / {interval:g} s); {reckoned}{tight}")
    yield from _of_nats(site.mqtt, interval)


def _of_nats(mqtt: MqttSettings, interval: float) -> Iterator[Note]:
    if mqtt.broker == "nats":
        wait = max(ACK_WAIT, 2 * interval)
        yield Note(
            _NOWHERE,
            f'nats-server needs  mqtt {{ ack_wait: "{wait:g}s" }}  or more: it sends again what is not acknowledged by '
            f"then, and a commit may take {interval:g} s to begin",
        )
