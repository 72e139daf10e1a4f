"""The second baseline of latency: paho's own client in a process of its own, publishing to itself.

`python -m benchmarks.echo PORT RATE MESSAGES FILE` writes the seconds from publish to subscribe of each message as
JSON. It shows what a Python client of the usual kind needs where the ruler of `wire` needs next to nothing.
"""

import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE = 30.0
INFLIGHT = 1_000


def echo(port: int, rate: float, messages: int) -> list[float]:
    """Publish so many messages with QoS 1 at a rate and hear them; raises `TimeoutError` if some never come."""
    sent: dict[bytes, float] = {}
    took: list[float] = []
    ready, done = threading.Event(), threading.Event()

    def heard(_client: Client, _data: Any, message: MQTTMessage) -> None:
        took.append(time.perf_counter() - sent[bytes(message.payload)])
        if len(took) == messages:
            done.set()

    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(INFLIGHT)
    client.on_socket_open = _no_delay
    client.on_message = heard
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("bench/echo", qos=1)
    if not ready.wait(PATIENCE):
        raise TimeoutError("no subscription")
    start = time.perf_counter()
    for number in range(messages):
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
        payload = b'{"v": 1, "presence": true, "boot": "echo", "seq": %d}' % number
        sent[payload] = time.perf_counter()
        client.publish("bench/echo", payload, qos=1)
    if not done.wait(PATIENCE):
        raise TimeoutError(f"{len(took)} of {messages} came")
    client.disconnect()
    client.loop_stop()
    return took


def _no_delay(_client: Client, _data: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    Path(sys.argv[4]).write_text(json.dumps(echo(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))))
