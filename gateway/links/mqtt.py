"""The link to an MQTT broker: sessions, subscriptions, reconnecting."""

import asyncio
import random
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, topic_matches_sub
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.convention import Description, Standing
from devices.message import Message
from gateway.clock import Clock
from gateway.links.acks import Ticket
from gateway.links.backlog import Backlog
from gateway.links.backoff import Backoff
from gateway.links.connection import Broker, Connection
from gateway.links.delivery import Delivery, Incoming, LinkDown, Origin, Outcome, SessionEnded
from gateway.links.publish import Publish

WINDOWS = 4
"""Deliveries that may be unsettled before we stop reading, in receive maxima."""

UNSUPPORTED_PROTOCOL = 0x84
"""Reason code (MQTT 5.0, section 2.4)."""

STABLE = 10.0
"""Seconds after which a connection was a success."""

IDENTIFIERS = 268_435_455
"""The highest subscription identifier (MQTT 5.0, section 3.8.2.1.2)."""

SUSPICIOUS = 3
"""Connections in a row, each lost before it was stable, after which we ask whether somebody else uses our client id.

A broker need not say so: mosquitto 2.0.11 closes the older connection without a word.
"""

log = structlog.get_logger()


class MqttLink:
    """One owner of one session at a broker.

    Speaks MQTT 5, and 3.1.1 from the moment the broker refuses 5. `will` is what the broker says when we vanish, and
    what we say when we go; `birth` is what we say at each connection, and `connected` is called then, so that what
    was dropped meanwhile can be sent again. Everything happens on the loop.
    """

    def __init__(
        self,
        name: str,
        broker: Broker,
        topics: frozenset[str],
        clock: Clock,
        *,
        will: Message | None = None,
        birth: Message | None = None,
        connected: Callable[[], None] = lambda: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self._broker = broker
        self._topics = topics
        self._clock = clock
        self._will = will
        self._birth = birth
        self._when_connected = connected
        self._backoff = Backoff(chance, stable=STABLE)
        self._backlog = Backlog(WINDOWS * broker.receive_maximum)
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._subscribed: frozenset[str] = frozenset()
        self._asked: dict[int, list[str]] = {}
        self._identifies = True
        self._line: Connection | None = None
        self._up_since: float | None = None
        self._refused = ""
        self._leaving = False
        self._outage = ""
        self._counts = dict.fromkeys(("received", "sent", "dropped", "connections", "thrown_out"), 0)
        self._thrown_out_in_a_row = 0
        self._generation = 0

    async def run(self, receive: Callable[[Incoming], None]) -> None:
        """Connect, hand every message to `receive` on the loop, reconnect; until cancelled.

        An error raised by `receive` ends the link: the message that caused it is not acknowledged.
        """
        loop = asyncio.get_running_loop()
        while True:
            await self._backlog.room()
            protocol = self._protocol
            try:
                await self._live_once(receive)
            except LinkDown as down:
                if protocol != self._protocol:
                    continue
                self._say_down(str(down))
            lasted = 0.0
            if self._up_since is not None:
                lasted = loop.time() - self._up_since
                self._up_since = None
                self._note_end(lasted)
            await asyncio.sleep(self._backoff.wait(lasted))

    def send(self, message: Message) -> None:
        """Publish with QoS 1; dropped and counted while the broker is away or a thousand messages wait."""
        line = self._line
        if line is None or not line.client.is_connected():
            self._counts["dropped"] += 1
            return
        sent = line.client.publish(message.topic, message.payload, qos=1, retain=message.retained)
        self._counts["sent" if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else "dropped"] += 1

    @property
    def topics(self) -> frozenset[str]:
        """What is listened to, or will be once there is a connection."""
        return self._topics

    def listen(self, topics: frozenset[str]) -> None:
        """Change what is listened to: what is no longer wanted is unsubscribed, what was heard before goes on."""
        self._topics = topics
        if self._line is not None and self._line.client.is_connected():
            self._subscribe(self._line.client)

    def hears(self, topic: str) -> bool:
        """Whether the broker has granted what brings the messages of a topic."""
        return any(topic_matches_sub(granted, topic) for granted in self._subscribed)

    def status(self) -> dict[str, object]:
        """Say how it stands; `trouble` is why there is no connection, `unsettled` what the record still owes."""
        return {
            "connected": self._up_since is not None,
            "protocol": "3.1.1" if self._protocol == MQTTProtocolVersion.MQTTv311 else "5",
            "unsettled": self._backlog.count,
            "trouble": self._outage,
            **self._counts,
        }

    async def _live_once(self, receive: Callable[[Incoming], None]) -> None:
        """Live through one connection. Raises `LinkDown` when it is lost or does not come about."""
        self._generation += 1
        self._refused = ""
        self._leaving = False
        received = partial(self._received, receive)
        line = Connection(self._broker, self._protocol, self._generation, self._backlog, received)
        if self._will is not None:
            line.client.will_set(self._will.topic, self._will.payload, qos=1, retain=self._will.retained)
        line.client.on_connect = partial(self._answered, receive)
        line.client.on_subscribe = self._granted
        self._line = line
        try:
            await line.open()
            await line.serve()
        finally:
            self._line = None
            await line.close(self._will)
        if self._leaving:
            raise LinkDown("reconnecting, so that the broker sends again what could not be kept")
        raise LinkDown(self._refused or f"connection lost: {line.reason}")

    def _answered(
        self,
        receive: Callable[[Incoming], None],
        client: Client,
        _data: Any,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refused = f"the broker refused us: {reason}"
            if reason.value == UNSUPPORTED_PROTOCOL and self._protocol == MQTTProtocolVersion.MQTTv5:
                self._protocol = MQTTProtocolVersion.MQTTv311
            return
        self._up_since = asyncio.get_running_loop().time()
        self._counts["connections"] += 1
        self._asked.clear()
        self._identifies = bool(getattr(properties, "SubscriptionIdentifierAvailable", True))
        if not flags.session_present:
            self._subscribed = frozenset()
            receive(SessionEnded(self.name))
        self._say_up(flags)
        self._subscribe(client)
        if self._birth is not None:
            self.send(self._birth)
        self._when_connected()

    def _subscribe(self, client: Client) -> None:
        """Ask for what we do not have yet. Asking again would make a 3.1.1 broker repeat all retained messages.

        We have what was granted: what we asked for on a connection that broke before the answer may never have arrived.
        """
        asked = frozenset(topic for topics in self._asked.values() for topic in topics if topic)
        if gone := (self._subscribed | asked) - self._topics:
            client.unsubscribe(sorted(gone))
            self._subscribed -= gone
            # What was asked for and is given up counts as never asked for, whatever its answer says when it comes.
            self._asked = {
                packet: ["" if topic in gone else topic for topic in asked_then]
                for packet, asked_then in self._asked.items()
            }
            asked -= gone
        if new := sorted(self._topics - self._subscribed - asked):
            if self._protocol == MQTTProtocolVersion.MQTTv5:
                mark = _identifier() if self._identifies else None
                _, packet = client.subscribe([(topic, self._how(topic)) for topic in new], properties=mark)
            else:
                _, packet = client.subscribe([(topic, 1) for topic in new])
            if packet is not None:
                self._asked[packet] = new

    def _how(self, topic: str) -> SubscribeOptions:
        """Retained messages come with a new subscription only; descriptions with every one, for we forget them.

        So does what stands, and there a broker's repetition is told from a live word by the mark.
        """
        standing = isinstance(topic, Standing)
        options = SubscribeOptions
        repeat = standing or isinstance(topic, Description)
        retained = options.RETAIN_SEND_ON_SUBSCRIBE if repeat else options.RETAIN_SEND_IF_NEW_SUB
        return SubscribeOptions(qos=1, retainAsPublished=not standing, retainHandling=retained)

    def _granted(
        self, _client: Client, _data: Any, packet: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        for topic, reason in zip(self._asked.pop(packet, []), reasons, strict=False):
            if reason.is_failure:
                log.error("subscription refused", link=self.name, topic=topic, reason=str(reason))
            elif topic in self._topics:
                self._subscribed |= {topic}

    def _received(self, receive: Callable[[Incoming], None], line: Connection, publish: Publish) -> None:
        ticket, digest = None, b""
        if publish.packet is not None:
            ticket = line.acks.taken(publish.packet)
            if self._broker.packet_ids:
                digest = publish.digest()
        self._counts["received"] += 1
        self._backlog.add()
        receive(
            Delivery(
                Message(publish.topic, publish.payload, self._clock.now().time, publish.retained),
                Origin(self.name, line.generation, publish.packet, publish.redelivered, digest),
                partial(self._settle, asyncio.get_running_loop(), line, ticket),
            )
        )

    def _settle(
        self, loop: asyncio.AbstractEventLoop, line: Connection, ticket: Ticket | None, outcome: Outcome
    ) -> None:
        if outcome is Outcome.ACCEPTED:
            self._settled(line, ticket, outcome)
        elif not loop.is_closed():
            # A delivery that nobody settled is released by whichever thread drops it last.
            loop.call_soon_threadsafe(self._settled, line, ticket, outcome)

    def _settled(self, line: Connection, ticket: Ticket | None, outcome: Outcome) -> None:
        self._backlog.remove()
        if ticket is None:
            return
        for packet in line.acks.settled(ticket, outcome):
            line.client.ack(packet, 1)
        if line.acks.stuck and not self._leaving:
            self._leaving = True
            asyncio.get_running_loop().call_later(self._backoff.wait(0.0), line.leave)

    def _say_up(self, flags: ConnectFlags) -> None:
        self._outage = ""
        log.info("link up", link=self.name, session=flags.session_present, protocol=self.status()["protocol"])

    def _say_down(self, why: str) -> None:
        if not self._outage:
            log.warning("link down", link=self.name, why=why)
        self._outage = why

    def _note_end(self, lasted: float) -> None:
        thrown_out = lasted < STABLE and not self._leaving
        self._thrown_out_in_a_row = self._thrown_out_in_a_row + 1 if thrown_out else 0
        self._counts["thrown_out"] += thrown_out
        if self._thrown_out_in_a_row and self._thrown_out_in_a_row % SUSPICIOUS == 0:
            log.error(
                "thrown out again and again: does another gateway use our client id?",
                link=self.name,
                client_id=self._broker.client_id,
                times=self._thrown_out_in_a_row,
            )


def _identifier() -> Properties:
    """An identifier that no other subscription has: the broker gives it back with every message that this one brings.

    It is drawn, not counted: what a gateway that crashes had counted would be forgotten.
    """
    properties = Properties(PacketTypes.SUBSCRIBE)  # type: ignore[no-untyped-call]  # paho left this one out
    properties.SubscriptionIdentifier = 1 + secrets.randbelow(IDENTIFIERS)
    return properties
