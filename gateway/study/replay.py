"""The engine as it stood at a moment, rebuilt from the record: the last snapshot plus the tail of the tape."""

from collections.abc import Sequence
from typing import get_args

from gateway.lighting.engine import Engine
from gateway.lighting.facts import Fact
from gateway.lighting.plan import Plan
from gateway.record.entry import Adopted, Entry
from gateway.record.reader import Reader

FACTS = get_args(Fact)


def facts(entry: Entry) -> Sequence[Fact]:
    """What of an entry an engine learns."""
    return [item for item in entry.learned if isinstance(item, FACTS)]


def follow(engine: Engine, entry: Entry) -> None:
    """Let an engine live through an entry: the plan that it adopts first, then what it learns."""
    for item in entry.learned:
        if isinstance(item, Adopted):
            engine.adopt(item.plan, entry.at)
    engine.advance(entry.at, facts(entry))


def rebuild(reader: Reader, at: int, plan: Plan | None = None) -> Engine:
    """The engine of the record at `at` (nanoseconds), or of `plan` over the same tape.

    Raises `RecordError` if no plan had been adopted by then.
    """
    adopted, snapshot, seq = reader.start_of(at)
    # A snapshot brings its own time: where the clock was set back, the entry it is in stands at the later, old one.
    since = next(reader.entries(seq - 1, seq)).at if snapshot is None else 0
    engine = Engine(plan or adopted, since, snapshot)
    for entry in reader.entries(seq, reader.last_seq(at)):
        engine.advance(entry.at, facts(entry))
    return engine
