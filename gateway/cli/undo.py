"""`reverbere undo`: the files of an earlier plan come back into the folder, and the gateway reads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from gateway.cli.difference import against
from gateway.cli.kept import record_of
from gateway.cli.moment import instant
from gateway.cli.reload import ask_to_reload, told
from gateway.cli.show import console, day_time, table, zone_of
from gateway.configuration.replacing import put
from gateway.configuration.texts import digest, fetch_all, unpack
from gateway.control.ask import NoGatewayError
from gateway.lighting.plan import Problem
from gateway.record.errors import RecordError
from gateway.record.reader import Adoption, Reader


def show_plans(folder: Path) -> None:
    """List the plans that were adopted, the newest last. Raises `RecordError`."""
    with record_of(folder) as reader:
        rows = [
            (
                adoption.adopted.plan.digest,
                adoption.adopted.files.digest if adoption.adopted.files is not None else "-",
                day_time(adoption.at, zone_of(adoption.adopted.plan)),
                adoption.adopted.by or "-",
                adoption.adopted.note,
            )
            for adoption in reader.adoptions()
        ]
    table(("plan", "files", "adopted", "by", "why"), rows)


def undo(folder: Path, to: str, *, ask: bool) -> None:
    """Show what would change, ask, put the files back and let the gateway read them.

    The present files stay beside them as `.bak-` and the time. Raises `RecordError` if the record does not have what is
    asked for, `ValueError` for a word that is neither a plan nor a moment, `Refused` if the gateway does not take them.
    """
    with record_of(folder) as reader:
        adoptions = reader.adoptions()
        chosen = _chosen(adoptions, to)
        texts = _texts(reader, chosen)
        lines = against(folder, reader, adoptions[-1], texts)
    name = f"{chosen.adopted.plan.digest} of {day_time(chosen.at, zone_of(chosen.adopted.plan))}"
    if _present(folder) == digest(texts) and not lines:
        console.print(f"The files are those of plan {name} already.", markup=False)
        return
    console.print(f"Back to plan {name}:", markup=False)
    for line in lines or ("nothing that can be seen from the street",):
        console.print(f"  {line}", markup=False)
    if ask:
        typer.confirm("Put these files back?", abort=True)
    suffix = put(folder, texts)
    console.print(f"The files are back; those of before are kept as .{suffix}.", markup=False)
    try:
        value = ask_to_reload(folder, f"undo: back to {chosen.adopted.plan.digest}")
    except NoGatewayError:
        console.print("No gateway runs: the next start reads them.", markup=False)
        return
    for line in told(value):
        console.print(line, markup=False)


def _chosen(adoptions: Sequence[Adoption], to: str) -> Adoption:
    """The adoption that is meant: the one before the last, the newest of a digest, or the one that held at a moment."""
    if not adoptions:
        raise RecordError("expected a plan that was adopted, found none in this record")
    if not to:
        if len(adoptions) == 1:
            raise RecordError("expected a plan before the present one, found none in this record")
        return adoptions[-2]
    for adoption in reversed(adoptions):
        files = adoption.adopted.files
        if adoption.adopted.plan.digest.startswith(to) or (files is not None and files.digest.startswith(to)):
            return adoption
    try:
        at = instant(to, zone_of(adoptions[-1].adopted.plan))
    except ValueError:
        expected = 'expected a plan or files as in --list, or a moment like "2026-11-20 22:50"'
        raise ValueError(f'{expected}, found "{to}"') from None
    held = [adoption for adoption in adoptions if adoption.at <= at]
    if not held:
        raise RecordError(f"expected a plan that held at {to}, found none that old in this record")
    return held[-1]


def _texts(reader: Reader, adoption: Adoption) -> Mapping[str, bytes]:
    files = adoption.adopted.files
    packed = None if files is None else reader.files(files.digest)
    if packed is None:
        raise RecordError(
            f"the files of plan {adoption.adopted.plan.digest} are not in this record: only newer ones are"
        )
    return unpack(packed)


def _present(folder: Path) -> str:
    """The digest of the files that are there; nothing where one is missing."""
    fetched = fetch_all(folder)
    return "" if any(isinstance(text, Problem) for text in fetched.values()) else digest(fetched)
