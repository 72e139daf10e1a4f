"""A broker tried: whether it lets us in, and whether what we publish comes back.

It blocks: for a command, not for the loop.
"""

import secrets
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.links.connection import Broker

PATIENCE = 5.0
"""Seconds that the whole of a trial by one version of MQTT may take."""

VERSION = "$SYS/broker/version"
"""Where mosquitto says what it is."""

_NO_SUCH_VERSION = ("Unsupported protocol version", "Unspecified error", "Protocol error")
_WHO = ("Bad user name or password", "Not authorized")


class Outcome(Enum):
    """How a trial went."""

    ABSENT = "nobody answers there"
    REFUSED = "it wants another user or password"
    DEAF = "what is published does not come back"
    GOOD = "what is published comes back"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `version` is what the broker says of itself, if we may read that; `said` are its own words."""

    outcome: Outcome
    version: str = ""
    said: str = ""


def try_broker(broker: Broker, root: str) -> Trial:
    """Connect as the gateway would, publish one message below the topic `root` and wait for it to come back.

    Nothing is retained and no session stays. Never raises for what the broker or the network does.
    """
    trial = _try(broker, root, MQTTProtocolVersion.MQTTv5)
    older = trial.outcome is Outcome.ABSENT and trial.said.startswith(_NO_SUCH_VERSION)
    return _try(broker, root, MQTTProtocolVersion.MQTTv311) if older else trial


def _try(broker: Broker, root: str, protocol: MQTTProtocolVersion) -> Trial:
    attempt = _Attempt(f"{root}/trial/{secrets.token_hex(8)}")
    client = attempt.client(broker, protocol)
    try:
        if broker.tls:
            client.tls_set(ca_certs=str(broker.ca_file) if broker.ca_file else None)
        client.connect(broker.host, broker.port, keepalive=30)
    except (OSError, ValueError) as error:
        return Trial(Outcome.ABSENT, said=str(error) or type(error).__name__)
    until = time.monotonic() + PATIENCE
    while attempt.outcome is None and time.monotonic() < until:
        if client.loop(timeout=0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            break
    client.disconnect()
    return attempt.trial()


class _Attempt:
    """One connection, as far as it gets."""

    def __init__(self, topic: str) -> None:
        self.outcome: Outcome | None = None
        self._topic = topic
        self._version = ""
        self._said = ""
        self._let_in = False

    def client(self, broker: Broker, protocol: MQTTProtocolVersion) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=broker.client_id,
            clean_session=None if protocol == MQTTProtocolVersion.MQTTv5 else True,
            protocol=protocol,
            reconnect_on_failure=False,
        )
        client.connect_timeout = PATIENCE
        client.username_pw_set(broker.username, broker.password)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._heard
        client.on_disconnect = self._lost
        return client

    def trial(self) -> Trial:
        """What became of it once nothing more comes."""
        outcome = self.outcome or (Outcome.DEAF if self._let_in else Outcome.ABSENT)
        return Trial(outcome, self._version, self._said or ("" if self.outcome else "no answer in time"))

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._said = str(reason)
            self.outcome = Outcome.REFUSED if self._said in _WHO else Outcome.ABSENT
            return
        self._let_in = True
        client.subscribe([(VERSION, 0), (self._topic, 1)])

    def _subscribed(
        self, client: Client, _data: Any, _id: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if reasons[-1].is_failure:
            self._said = f"it may not be subscribed to: {reasons[-1]}"
            self.outcome = Outcome.DEAF
            return
        client.publish(self._topic, b"trial", qos=1)

    def _heard(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        if message.topic == self._topic:
            self.outcome = Outcome.GOOD
        else:
            self._version = message.payload.decode("utf-8", "replace")[:80]

    def _lost(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if self.outcome is None:
            self._said = str(reason)
