"""The orders of persons that hold or are to come, at any moment of the record."""

from gateway.lighting.facts import Override
from gateway.record.reader import Reader
from gateway.study.replay import rebuild


def orders(reader: Reader, at: int) -> list[Override]:
    """Those that have not expired at `at` (ns), who begins first first. Raises `RecordError`."""
    engine = rebuild(reader, at)
    engine.advance(at)
    return sorted((order for order in engine.orders() if order.expires > at), key=lambda order: order.start)
