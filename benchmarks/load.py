"""The sensors of a benchmark: native messages at a steady rate, or as many as the broker takes."""

import gc
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.site import SENSORS, sensor_topic
from benchmarks.wire import Said, Wire

PERIOD = 60
"""Seconds in which a counter counts."""

WINDOW = 1_000
"""Messages that may wait for the broker's acknowledgement."""

STRAGGLERS = 5.0
"""Seconds to wait for the last answers."""

Match = Callable[[bytes], int]
"""Which level, 0 or 1, an answer's payload is about."""


def counts(messages: int, boot: str, people: int = 3) -> Iterator[tuple[bytes, bytes]]:
    """What a hundred counters say in turn, as docs/native.md has it: of nobody, and of so many `people` at most."""
    topics = [sensor_topic(number).encode() for number in range(SENSORS)]
    for number in range(messages):
        said = {
            "v": 1,
            "pedestrians": number % (people + 1),
            "period": PERIOD,
            "boot": boot,
            "seq": number // SENSORS,
            "time": round(time.time(), 3),
        }
        yield topics[number % SENSORS], json.dumps(said).encode()


def pour(wire: Wire, said: Iterator[Said]) -> int:
    """Publish as fast as the broker takes it; say how many messages it took."""
    total = 0
    waiting = bytearray()
    for topic, payload in said:
        waiting += wire.packet(topic, payload)
        total += 1
        if len(waiting) > 1 << 14:
            wire.write(bytes(waiting))
            waiting.clear()
            while wire.unacknowledged > WINDOW:
                wire.read(STRAGGLERS)
    wire.write(bytes(waiting))
    while wire.unacknowledged:
        wire.read(STRAGGLERS)
    return total


class Echoes:
    """Which answer belongs to which message: the answers of one topic come in the order of its questions.

    `strays` counts answers nobody waits for, `missing` questions without an answer.
    """

    def __init__(self) -> None:
        self._asked: defaultdict[bytes, deque[tuple[bytes, float]]] = defaultdict(deque)
        self.seconds: list[float] = []
        self.strays = 0
        self.missing = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return any(self._asked.values())

    def ask(self, topic: bytes, mark: bytes) -> None:
        """Note a question whose answer comes on `topic` and has `mark` in it."""
        self._asked[topic].append((mark, time.perf_counter()))

    def hear(self, topic: bytes, payload: bytes) -> None:
        """Note an answer."""
        now = time.perf_counter()
        asked = self._asked[topic]
        while asked:
            mark, since = asked.popleft()
            if mark in payload:
                self.seconds.append(now - since)
                return
            self.missing += 1
        self.strays += 1

    def close(self) -> None:
        """Count what never came."""
        self.missing += sum(map(len, self._asked.values()))


def paced(wire: Wire, questions: Iterator[tuple[Said, Said]], rate: float) -> Echoes:
    """Send each question when it is due; hear answers meanwhile. An answer is known by its topic and a mark in it."""
    echoes = Echoes()
    with _undisturbed():
        start = time.perf_counter()
        for number, ((topic, payload), (answer, mark)) in enumerate(questions):
            due = start + number / rate
            while (left := due - time.perf_counter()) > 0:
                _listen(wire, echoes, left)
            echoes.ask(answer, mark)
            wire.publish(topic, payload)
        end = time.perf_counter() + STRAGGLERS
        while (echoes.waiting or wire.unacknowledged) and time.perf_counter() < end:
            _listen(wire, echoes, 0.1)
    echoes.close()
    return echoes


def _listen(wire: Wire, echoes: Echoes, timeout: float) -> None:
    for topic, payload in wire.read(timeout):
        echoes.hear(topic, payload)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection of garbage in the ruler."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
