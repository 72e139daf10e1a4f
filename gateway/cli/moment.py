"""Moments as people write them on the command line."""

from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str, zone: tzinfo) -> int:
    """Nanoseconds UTC of a moment, in the street's own time if it names no zone. Raises `ValueError` in words."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'expected a moment like "2026-11-20 22:50", found "{text}"') from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000
