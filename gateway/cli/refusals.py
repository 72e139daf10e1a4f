"""`reverbere rejected` and `reverbere forward refused`: what meant nothing, and what a database would not take."""

import base64
from pathlib import Path

from gateway.cli.asking import asked
from gateway.cli.opened import opened
from gateway.cli.show import as_json, console, date_time, iso, table, zone_of
from gateway.record.errors import RecordError
from gateway.record.reader import Refused


def list_rejected(folder: Path) -> None:
    """Print a table of the messages that meant nothing, oldest first; the number is what `show` asks for."""
    with opened(folder) as here:
        zone = zone_of(here.site.plan)
        rows = [
            (str(kept.seq), date_time(kept.at, zone), kept.rejected.message.topic, kept.rejected.found)
            for kept in here.reader.rejected()
        ]
        table(("number", "time", "topic", "found"), rows)


def list_rejected_json(folder: Path) -> None:
    """Print the same as a JSON array."""
    with opened(folder) as here:
        as_json(
            [
                {
                    "number": kept.seq,
                    "time": iso(kept.at),
                    "topic": kept.rejected.message.topic,
                    "expected": kept.rejected.expected,
                    "found": kept.rejected.found,
                    "where": kept.rejected.where,
                    "payload": base64.b64encode(kept.rejected.message.payload).decode(),
                }
                for kept in here.reader.rejected()
            ]
        )


def show_rejected(folder: Path, number: int) -> None:
    """Print one rejected message whole. Raises `RecordError` if there is none of this number."""
    with opened(folder) as here:
        kept = next((kept for kept in here.reader.rejected(number - 1) if kept.seq == number), None)
        if kept is None:
            raise RecordError(
                f"expected the number of a rejected message, found {number}; see: reverbere rejected list"
            )
        said = kept.rejected
        console.print(f"{date_time(kept.at, zone_of(here.site.plan))}   {said.message.topic}", markup=False)
        console.print(f"expected  {said.expected}" + (f"  in {said.where}" if said.where else ""), markup=False)
        console.print(f"found     {said.found}", markup=False)
        console.print(f"payload   {said.message.payload!r}", markup=False)


def list_refused(folder: Path) -> None:
    """Print the lines that databases would not take, with their words; the number is what the other verbs ask for."""
    with opened(folder) as here:
        rows = [(str(item.id), item.target, _words(item), item.line) for item in here.reader.refused()]
        table(("number", "target", "reason", "line"), rows)
        for gone in here.reader.forgotten():
            console.print(
                f"and {gone.lines} older lines of {gone.target} that are not kept, of entries {gone.first} to "
                f"{gone.last}; the last: {gone.reason}",
                markup=False,
            )


def show_refused(folder: Path, number: int) -> None:
    """Print one refused line whole. Raises `RecordError` if there is none of this number."""
    with opened(folder) as here:
        point = next((point for point in here.reader.refused() if point.id == number), None)
        if point is None:
            found = f"expected the number of a refused line, found {number}; see: reverbere forward refused list"
            raise RecordError(found)
        console.print(f"{point.target}   from entry {point.seq}", markup=False)
        console.print(f"line      {point.line}", markup=False)
        console.print(f"reason    {_words(point)}", markup=False)


def _words(point: Refused) -> str:
    return f"to be sent again, after {point.reason}" if point.again else point.reason


def retry(folder: Path, numbers: tuple[int, ...], target: str, *, every: bool) -> None:
    """Have refused lines sent again by the gateway that runs."""
    _, value = asked(folder, "requeue", points=numbers, every=every, target=target)
    console.print(f"{value['points']} to be sent again; what is refused again:  reverbere forward refused list")


def drop(folder: Path, numbers: tuple[int, ...], target: str, *, every: bool) -> None:
    """Have refused lines forgotten by the gateway that runs."""
    _, value = asked(folder, "drop", points=numbers, every=every, target=target)
    console.print(f"{value['points']} dropped; the record keeps the readings themselves.")


def list_refused_json(folder: Path) -> None:
    """Print the same as a JSON array."""
    with opened(folder) as here:
        as_json([item._asdict() for item in here.reader.refused()])
