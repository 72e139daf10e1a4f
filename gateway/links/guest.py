"""A guest at a broker: hears what the account may read, for a while, and leaves nothing behind."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from devices.message import Message
from gateway.clock import Clock
from gateway.links.backlog import Backlog
from gateway.links.connection import Broker, Connection
from gateway.links.delivery import LinkDown
from gateway.links.mqtt import UNSUPPORTED_PROTOCOL
from gateway.links.publish import Publish


class Guest:
    """One connection that only listens, with QoS 0 and without a session.

    What a broker has retained comes first, marked as retained; with MQTT 5 so is what a device says with that mark
    later. A guest that is too slow loses messages, and the broker nothing. `heard` is called when the broker has
    answered the subscriptions, with those that it refused.
    """

    def __init__(
        self, broker: Broker, filters: Sequence[str], clock: Clock, heard: Callable[[list[str]], None] = lambda _: None
    ) -> None:
        self._broker = broker
        self._filters = filters
        self._clock = clock
        self._heard = heard
        self._refused = ""
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._too_new = False

    async def listen(self, receive: Callable[[Message], None]) -> None:
        """Hand every message to `receive` on the loop, until cancelled.

        Raises `LinkDown` when the broker cannot be reached, refuses us, or is lost.
        """
        try:
            await self._live(receive)
        except LinkDown:
            if not self._too_new:
                raise
            self._protocol = MQTTProtocolVersion.MQTTv311
            await self._live(receive)

    async def _live(self, receive: Callable[[Message], None]) -> None:
        self._refused, self._too_new = "", False
        line = Connection(self._broker, self._protocol, 1, Backlog(1), partial(self._received, receive))
        line.client.on_connect = self._answered
        line.client.on_subscribe = self._granted
        try:
            await line.open()
            await line.serve()
        finally:
            await line.close(None)
        raise LinkDown(self._refused or f"connection lost: {line.reason}")

    def _answered(
        self,
        client: Client,
        _data: Any,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refused = f"the broker at {self._broker.host}:{self._broker.port} refused us: {reason}"
            self._too_new = reason.value == UNSUPPORTED_PROTOCOL and self._protocol == MQTTProtocolVersion.MQTTv5
        elif self._protocol == MQTTProtocolVersion.MQTTv5:
            how = SubscribeOptions(qos=0, retainAsPublished=True)
            client.subscribe([(each, how) for each in self._filters])
        else:
            client.subscribe([(each, 0) for each in self._filters])

    def _granted(
        self, _client: Client, _data: Any, _packet: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        answered = zip(self._filters, reasons, strict=False)
        self._heard([each for each, reason in answered if reason.is_failure])

    def _received(self, receive: Callable[[Message], None], _line: Connection, publish: Publish) -> None:
        receive(Message(publish.topic, publish.payload, self._clock.now().time, publish.retained))
