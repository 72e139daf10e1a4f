"""One connection to an MQTT broker: paho's client, driven by the asyncio loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.message import Message
from gateway.links.acks import Acks
from gateway.links.backlog import Backlog
from gateway.links.delivery import LinkDown
from gateway.links.opening import UNOPENED
from gateway.links.publish import Publish, Subscriber

CONNECT_TIMEOUT = 5.0
"""Seconds until the other end must have accepted the connection, and again until the broker must have answered."""

CLOSE_TIMEOUT = 1.0
"""Seconds that a farewell may take."""

TICK = 1.0
"""Seconds between looks at keepalive and timeouts."""

BURST = 100
"""Packets read before the loop gets its turn again."""

QUEUE = 1000
"""Messages that may wait to be sent."""

SESSION_EXPIRY = 7 * 86400
"""Seconds for which a broker is asked to keep what comes while we are away."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is and how we introduce ourselves.

    `client_id` must stay the same for as long as the record does: it names the session in which the broker keeps
    what came while we were away, `session_expiry` seconds long; with 0 there is none, and each connection begins
    anew. `packet_ids` says whether the broker keeps a message's packet id when it sends it again (mosquitto does,
    nats-server does not). `keepalive` is in seconds.
    """

    host: str
    port: int
    client_id: str
    tls: bool = False
    ca_file: Path | None = None
    username: str | None = None
    password: str | None = None
    packet_ids: bool = True
    receive_maximum: int = 500
    session_expiry: int = SESSION_EXPIRY
    keepalive: int = 30


class Connection:
    """One connection, from CONNECT until it is lost; `generation` tells it from those before.

    paho blocks while it connects, so that happens in a thread; everything after happens on the loop. What reads is
    the task that awaits `serve`, so that an error raised while a message is handled ends that task, where a reader
    callback would only have it logged.
    """

    def __init__(
        self,
        broker: Broker,
        protocol: MQTTProtocolVersion,
        generation: int,
        backlog: Backlog,
        receive: Callable[["Connection", Publish], None],
    ) -> None:
        self.generation = generation
        self.acks = Acks()
        self.client = _client(broker, protocol, partial(receive, self))
        self.client.on_disconnect = self._disconnected
        self._broker = broker
        self._backlog = backlog
        self._loop = asyncio.get_running_loop()
        self._readable = asyncio.Event()
        self._closed = asyncio.Event()
        self._opened = 0.0
        self.reason: ReasonCode | None = None

    async def open(self) -> None:
        """Connect and say CONNECT. Raises `LinkDown` if nobody is there."""
        connecting = asyncio.create_task(asyncio.to_thread(self._connect), name="connect")
        try:
            await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # A thread cannot be cancelled; this one gives up by itself.
            await asyncio.wait([connecting])
            raise
        except UNOPENED as error:
            raise LinkDown(f"no broker at {self._broker.host}:{self._broker.port}: {error}") from error
        self._opened = self._loop.time()
        self.client.on_socket_close = self._socket_closed
        self.client.on_socket_register_write = self._write_soon
        self.client.on_socket_unregister_write = self._written
        self._loop.call_later(TICK, self._tick)

    async def serve(self) -> None:
        """Read until the connection is lost. Errors of whoever handles the messages pass through."""
        watched = False
        while (sock := self.client.socket()) is not None:
            if self._backlog.full:
                self._loop.remove_reader(sock)
                watched = False
                await self._backlog.room()
            elif not watched:
                self._loop.add_reader(sock, self._readable.set)
                self._readable.set()
                watched = True
            else:
                await self._readable.wait()
                self._readable.clear()
                self._read()

    def leave(self) -> None:
        """Say DISCONNECT, so that the broker keeps the session and publishes no will."""
        self.client.disconnect()

    async def close(self, farewell: Message | None) -> None:
        """Say `farewell` and leave, within `CLOSE_TIMEOUT`. Nothing is acknowledged any more."""
        self.acks.end()
        if self.client.socket() is None:
            return
        if farewell is not None and self.client.is_connected():
            self.client.publish(farewell.topic, farewell.payload, qos=1, retain=farewell.retained)
        self.leave()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                while self.client.socket() is not None:
                    await self._closed.wait()
        except TimeoutError:
            self._drop()
            self.client.loop_read()

    def _connect(self) -> None:
        if self._broker.tls:
            self.client.tls_set(ca_certs=str(self._broker.ca_file) if self._broker.ca_file else None)
        where = self._broker.host, self._broker.port, self._broker.keepalive
        if self.client.protocol == MQTTProtocolVersion.MQTTv5:
            anew = not self._broker.session_expiry
            self.client.connect(*where, clean_start=anew, properties=_introduction(self._broker))
        else:
            self.client.connect(*where)

    def _read(self) -> None:
        for _ in range(BURST):
            self.client.loop_read()
            if not self.client.has_read_ahead or self._backlog.full:
                # There may be more at the socket; the selector will say so. To ask for it would let another thread
                # have the interpreter while an order waits to be sent.
                break
        self._write()
        sock = self.client.socket()
        if self.client.has_read_ahead or (isinstance(sock, ssl.SSLSocket) and sock.pending()):
            # Already read or decrypted, so no longer to be seen by the selector.
            self._readable.set()

    def _write_soon(self, _client: Client, _data: Any, _sock: Any) -> None:
        self._loop.call_soon(self._write)

    def _write(self) -> None:
        if not self.client.want_write():
            return
        self.client.loop_write()
        sock = self.client.socket()
        if sock is not None and self.client.want_write():
            self._loop.add_writer(sock, self._write)

    def _written(self, _client: Client, _data: Any, sock: Any) -> None:
        self._loop.remove_writer(sock)

    def _socket_closed(self, _client: Client, _data: Any, sock: Any) -> None:
        self._loop.remove_reader(sock)
        self._readable.set()
        self._closed.set()

    def _disconnected(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self.reason = reason

    def _tick(self) -> None:
        if self.client.socket() is None:
            return
        if not self.client.is_connected() and self._loop.time() - self._opened > CONNECT_TIMEOUT:
            self._drop()
        elif not self._backlog.full:
            # While we do not read we cannot see the broker's answers to our pings, and must not miss them.
            self.client.loop_misc()
        self._loop.call_later(TICK, self._tick)

    def _drop(self) -> None:
        sock = self.client.socket()
        if isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):  # the other end was faster, and whoever reads will see it
                sock.shutdown(socket.SHUT_RDWR)


def _client(broker: Broker, protocol: MQTTProtocolVersion, received: Callable[[Publish], None]) -> Subscriber:
    client = Subscriber(
        received,
        callback_api_version=CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        clean_session=None if protocol == MQTTProtocolVersion.MQTTv5 else not broker.session_expiry,
        protocol=protocol,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = CONNECT_TIMEOUT
    client.max_queued_messages_set(QUEUE)
    client.username_pw_set(broker.username, broker.password)
    client.on_socket_open = _no_delay
    return client


def _no_delay(_client: Client, _data: Any, sock: Any) -> None:
    """Without this, Nagle's algorithm holds an order back until the broker acknowledges the packet before: 10 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _introduction(broker: Broker) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho left this one out
    properties.SessionExpiryInterval = broker.session_expiry
    properties.ReceiveMaximum = broker.receive_maximum
    return properties
