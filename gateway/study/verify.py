"""Whether the record's tape, lived through anew, gives the decision that the record has."""

from dataclasses import dataclass

from devices.device import DeviceId
from gateway.lighting.decision import Decision
from gateway.lighting.engine import VERSION
from gateway.record.journal import decided_before, decided_late, engine_of
from gateway.record.reader import Reader
from gateway.study.replay import rebuild


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the record has of a lamp and what the tape gives (None: nothing), and the engines that decided each."""

    recorded: Decision | None
    rebuilt: Decision
    version: str | None
    ours: str = VERSION

    @property
    def agrees(self) -> bool:
        """Whether both are one decision: due at the same instant, the same level and ramp, for the same cause."""
        return self.recorded is not None and essence(self.recorded) == essence(self.rebuilt)

    @property
    def same_engine(self) -> bool:
        """Whether the rules of light are those by which the gateway decided then."""
        return self.version is None or self.version == self.ours


def essence(decision: Decision) -> tuple[object, ...]:
    """What of a decision must be the same; the figures of its causes go on with time."""
    decided = decision.decided
    return decision.time, decision.lamp, decision.level, decision.ramp, decided.rank, decided.key


def verify(reader: Reader, lamp: DeviceId, at: int) -> Verdict:
    """Decide anew what held for a lamp at `at` (ns), and look up what the record says.

    Raises `RecordError` if nothing was decided by then, `KeyError` if the plan of then knows no such lamp.
    """
    engine = rebuild(reader, at)
    engine.advance(at)
    return compared(reader, engine.standing(lamp), at, reader.last_seq(at))


def compared(reader: Reader, rebuilt: Decision, at: int, last: int) -> Verdict:
    """Put beside a decision that holds at `at` (ns) by the tape the one of the record; `last` as in `recorded`."""
    return Verdict(recorded(reader, rebuilt.lamp, at, last), rebuilt, engine_of(reader, last))


def recorded(reader: Reader, lamp: DeviceId, at: int, last: int) -> Decision | None:
    """The decision that holds for a lamp at `at` (ns), where `last` is the last entry learned by then.

    What was due by then may have been written a moment after it, or when a gateway came back.
    """
    late = list(decided_late(reader, lamp, last, at))
    return late[-1] if late else next(decided_before(reader, lamp, last), None)
