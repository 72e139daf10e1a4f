"""What may break in a round, and when: drawn from a seed, so that a round can be played again. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from types import MappingProxyType
from typing import NamedTuple

LONGEST_STALL = 8.0
"""Seconds that a process stands still at most: longer than nats-server waits here for an acknowledgement."""


class Kind(Enum):
    """One way in which something breaks."""

    GATEWAY_KILLED = "gateway killed"
    GATEWAY_FROZEN = "gateway frozen"
    BROKER_KILLED = "broker killed"
    BROKER_STOPPED = "broker stopped"
    BROKER_FROZEN = "broker frozen"
    DATABASE_KILLED = "influxd killed"
    DATABASE_FROZEN = "influxd frozen"
    SECOND_STOPPED = "victoria-metrics stopped"
    SECOND_FROZEN = "victoria-metrics frozen"
    LINE_REFUSED = "400 for one line"
    LINE_UNPROCESSABLE = "422 for one line"
    UNAUTHORIZED = "401"
    NOT_FOUND = "404"
    TOO_LARGE = "413"
    TOO_MANY = "429"
    UNAVAILABLE = "503"
    HANGING = "database hangs"
    RESET = "reset after 204"
    GATEWAY_CUT = "gateway cut off"
    GATEWAY_HALF_OPEN = "gateway half-open"
    GATEWAY_STALLED = "gateway's network stalls"
    SENSORS_CUT = "sensors cut off"
    UNPLUGGED = "serial unplugged"
    NO_SPACE = "no space"
    CLOCK_STEPPED = "clock stepped"


@dataclass(frozen=True, slots=True)
class Span:
    """How many seconds a fault lasts."""

    shortest: float
    longest: float


_STALL = Span(1.0, LONGEST_STALL)
_AWAY = Span(0.0, 3.0)
_ANSWER = Span(1.0, 4.0)

SPANS: Mapping[Kind, Span] = MappingProxyType(
    {
        Kind.GATEWAY_KILLED: _AWAY,
        Kind.GATEWAY_FROZEN: _STALL,
        Kind.BROKER_KILLED: _AWAY,
        Kind.BROKER_STOPPED: _AWAY,
        Kind.BROKER_FROZEN: _STALL,
        Kind.DATABASE_KILLED: _AWAY,
        Kind.DATABASE_FROZEN: _STALL,
        Kind.SECOND_STOPPED: _AWAY,
        Kind.SECOND_FROZEN: _STALL,
        Kind.LINE_REFUSED: _ANSWER,
        Kind.LINE_UNPROCESSABLE: _ANSWER,
        Kind.UNAUTHORIZED: _ANSWER,
        Kind.NOT_FOUND: _ANSWER,
        Kind.TOO_LARGE: _ANSWER,
        Kind.TOO_MANY: _ANSWER,
        Kind.UNAVAILABLE: _ANSWER,
        Kind.HANGING: Span(2.0, 11.0),
        Kind.RESET: _ANSWER,
        Kind.GATEWAY_CUT: _AWAY,
        Kind.GATEWAY_HALF_OPEN: _STALL,
        Kind.GATEWAY_STALLED: _STALL,
        Kind.SENSORS_CUT: _AWAY,
        Kind.UNPLUGGED: _AWAY,
        Kind.NO_SPACE: Span(3.0, LONGEST_STALL),
        Kind.CLOCK_STEPPED: Span(1.0, 6.0),
    }
)
"""Hanging may outlast the gateway's own patience with a server, which is 10 s."""

GROUPS: tuple[tuple[float, tuple[Kind, ...]], ...] = (
    (0.20, (Kind.GATEWAY_KILLED, Kind.GATEWAY_KILLED, Kind.GATEWAY_FROZEN)),
    (0.18, (Kind.BROKER_KILLED, Kind.BROKER_STOPPED, Kind.BROKER_FROZEN)),
    (0.10, (Kind.DATABASE_KILLED, Kind.DATABASE_FROZEN, Kind.SECOND_STOPPED, Kind.SECOND_FROZEN)),
    (
        0.18,
        (
            *(Kind.LINE_REFUSED, Kind.LINE_UNPROCESSABLE, Kind.UNAUTHORIZED, Kind.NOT_FOUND, Kind.TOO_LARGE),
            *(Kind.TOO_MANY, Kind.UNAVAILABLE, Kind.HANGING, Kind.RESET),
        ),
    ),
    (0.14, (Kind.GATEWAY_CUT, Kind.GATEWAY_HALF_OPEN, Kind.GATEWAY_STALLED, Kind.SENSORS_CUT)),
    (0.06, (Kind.UNPLUGGED,)),
    (0.07, (Kind.NO_SPACE,)),
    (0.07, (Kind.CLOCK_STEPPED,)),
)
"""How often each part of the street breaks, and in which ways."""

FEW, MANY = 4, 0.3
"""At most so many faults in a short round, and so many a second in a long one; at least half of that."""

SMALLEST_STEP, LARGEST_STEP = 2.0, 6 * 3600.0
"""Seconds by which the wall clock is stepped, forwards or back; small steps are as likely as large ones."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something breaks `at` so many seconds after the start of the round, for `seconds`.

    `detail` is a number from 0 to 1 for whatever else is to be decided about it.
    """

    at: float
    kind: Kind
    seconds: float
    detail: float

    def __str__(self) -> str:
        by = f" by {step_of(self).by} s" if self.kind is Kind.CLOCK_STEPPED else ""
        return f"{self.at:.1f} {self.kind.value}{by} ({self.seconds:.1f} s)"


class Step(NamedTuple):
    """The wall clock jumps `by` so many seconds, and is set right again when the fault is over, or not."""

    by: int
    righted: bool


def step_of(fault: Fault) -> Step:
    """What a step of the clock is like."""
    random = Random(fault.detail)
    size = math.exp(random.uniform(math.log(SMALLEST_STEP), math.log(LARGEST_STEP)))
    return Step(round(size) * random.choice((-1, 1)), random.choice((True, False)))


@dataclass(frozen=True, slots=True)
class Round:
    """What a seed stands for: the broker, how long a commit may wait (seconds), and what breaks."""

    seed: int
    broker: str
    commit_interval: float
    faults: tuple[Fault, ...]

    def has(self, kind: Kind) -> bool:
        """Whether this fault comes in this round."""
        return any(fault.kind is kind for fault in self.faults)


def draw(seed: int, length: float, broker: str | None = None) -> Round:
    """The round of a seed, whose faults begin within `length` seconds; with another broker if one is named."""
    random = Random(seed)
    drawn = random.choice(("mosquitto", "mosquitto", "nats"))
    interval = random.choice((0.0, 0.3))
    most = max(FEW, round(length * MANY))
    faults = [_fault(random, length) for _ in range(random.randint((most + 1) // 2, most))]
    return Round(seed, broker or drawn, interval, tuple(sorted(faults, key=lambda fault: fault.at)))


def _fault(random: Random, length: float) -> Fault:
    (kinds,) = random.choices([kinds for _, kinds in GROUPS], [weight for weight, _ in GROUPS])
    kind = random.choice(kinds)
    span = SPANS[kind]
    return Fault(
        round(random.uniform(0.0, length), 2),
        kind,
        round(random.uniform(span.shortest, span.longest), 2),
        random.random(),
    )
