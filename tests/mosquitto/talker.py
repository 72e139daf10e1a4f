"""A client of MQTT 5 that does one thing after another, and says what the broker answered."""

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

PATIENCE = 20.0
NOT_AUTHORIZED = 0x87


class Closed(ConnectionError):  # noqa: N818 - it says what happened
    """The broker ended the connection."""


class Talker:
    """`with Talker(port, user, password) as client`: connected, or `refused` says why not."""

    def __init__(
        self,
        port: int,
        user: str = "",
        password: str = "",
        *,
        ca: Path | None = None,
        will: str = "",
        session: str = "",
    ) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2, session, protocol=MQTTProtocolVersion.MQTTv5)
        self._kept: Any = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        if session:
            self._kept.SessionExpiryInterval = 3600
        if user:
            self._client.username_pw_set(user, password)
        if ca is not None:
            context = ssl.create_default_context(cafile=str(ca))
            self._client.tls_set_context(context)
        if will:
            self._client.will_set(will, b"last will", qos=1)
        self._port = port
        self._answers: list[ReasonCode] = []
        self.heard: list[tuple[str, bytes]] = []
        self.open = False
        self._client.on_connect = lambda *said: self._answered(said[3])
        self._client.on_publish = lambda *said: self._answered(said[3])
        self._client.on_subscribe = lambda *said: self._answered(said[3][0])
        self._client.on_message = self._hear
        self._client.on_disconnect = self._closed

    def __enter__(self) -> Self:
        """Connect. Raises `Closed` if the broker does not let us in."""
        self._client.connect(
            "127.0.0.1", self._port, clean_start=not hasattr(self._kept, "SessionExpiryInterval"), properties=self._kept
        )
        self.open = True
        if (answer := self._answer()) != 0:
            self.drop()
            raise Closed(str(answer))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave in order, if we are still there."""
        if self.open:
            self._client.disconnect()
        self._client.loop(0.01)
        self.drop()

    def publish(self, topic: str, payload: bytes = b"said", *, retain: bool = False) -> int:
        """Publish with QoS 1; the reason code of the answer."""
        self._client.publish(topic, payload, qos=1, retain=retain)
        return self._answer()

    def subscribe(self, topic: str) -> int:
        """Subscribe with QoS 1; the reason code of the answer. What was sent before the answer is heard by then."""
        self._client.subscribe(topic, qos=1)
        return self._answer()

    def drop(self) -> None:
        """Close the connection without a word."""
        if (sock := self._client.socket()) is not None:
            sock.close()
            self._client._sock = None

    def until(self, done: Callable[[], bool]) -> None:
        """Go on until something is so."""
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                raise TimeoutError("it did not come to that")
            if self._client.loop(0.2) not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
                self.open = False
                if not done():
                    raise Closed("the broker closed the connection")

    def _answer(self) -> int:
        self._answers.clear()
        self.until(lambda: bool(self._answers))
        return int(self._answers[0].value)

    def _answered(self, answer: ReasonCode) -> None:
        self._answers.append(answer)

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def _closed(self, *_: Any) -> None:
        self.open = False


def greeted(port: int, ca: Path, name: str = "127.0.0.1") -> str:
    """Shake hands as somebody who knows an authority; the version of TLS. Raises `SSLCertVerificationError`."""
    context = ssl.create_default_context(cafile=str(ca))
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return secure.version() or ""
