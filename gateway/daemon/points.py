"""Which refused points a request is about."""

from collections.abc import Sequence
from pathlib import Path

from gateway.control.words import DropRequest, Refused, RequeueRequest
from gateway.record.errors import RecordError
from gateway.record.reader import Reader
from gateway.record.reader import Refused as Point


def choose(state: Path, request: RequeueRequest | DropRequest) -> tuple[int, ...]:
    """The numbers of the refused points that are meant, as the record has them. Blocks. Raises `Refused`."""
    return _chosen(_points(state), request)


def _points(state: Path) -> list[Point]:
    try:
        reader = Reader(state)
        try:
            return reader.refused()
        finally:
            reader.close()
    except RecordError as error:
        raise Refused(f"{error}", "a record that can be read") from error


def _chosen(points: Sequence[Point], request: RequeueRequest | DropRequest) -> tuple[int, ...]:
    if bool(request.points) == request.every:
        raise Refused("it is not said which points", "some numbers, or all of them", "reverbere forward refused list")
    about = {point.id for point in points if request.target in ("", point.target)}
    unknown = [number for number in request.points if number not in about]
    if unknown:
        where = f" of {request.target}" if request.target else ""
        raise Refused(f"no refused point{where} has number {unknown[0]}", hint="see: reverbere forward refused list")
    return tuple(sorted(about)) if request.every else tuple(dict.fromkeys(request.points))
