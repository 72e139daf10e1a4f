"""`reverbere diff`: what files would change against the plan that was adopted last."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from gateway.cli.kept import kept, record_of
from gateway.cli.show import as_json, console, day_time, zone_of
from gateway.configuration.build import load, understand
from gateway.configuration.changes import compare, compare_plans
from gateway.configuration.texts import fetch_all
from gateway.lighting.plan import Problem
from gateway.record.errors import RecordError
from gateway.record.reader import Adoption, Reader


def show(folder: Path, candidate: Path) -> None:
    """Print it, one line a change. Raises `ConfigurationError` for bad files, `RecordError` if there is no record."""
    adoption, plan, lines = _difference(folder, candidate)
    if not lines:
        console.print(f"Nothing would change: {candidate}/ says the same as plan {_named(adoption)}.", markup=False)
        return
    console.print(f"{candidate}/ (plan {plan}) would change, against plan {_named(adoption)}:", markup=False)
    for line in lines:
        console.print(f"  {line}", markup=False)


def show_json(folder: Path, candidate: Path) -> None:
    """Print the same as one JSON object."""
    adoption, plan, lines = _difference(folder, candidate)
    as_json({"before": adoption.adopted.plan.digest, "plan": plan, "changes": list(lines)})


def applying(folder: Path) -> Iterator[str]:
    """What `check` says of good files: what changes where they are applied; nothing where no plan was adopted yet."""
    with suppress(RecordError):
        adoption, _, lines = _difference(folder, folder)
        if not lines:
            yield f"  what changes if you apply it:  nothing (same as {adoption.adopted.plan.digest})"
            return
        yield "  what changes if you apply it:"
        yield from (f"    {line}" for line in lines)


def changes(folder: Path) -> list[str] | None:
    """What `applying` says, for programs; None where no plan was adopted yet."""
    with suppress(RecordError):
        return list(_difference(folder, folder)[2])
    return None


def keeps(folder: Path) -> str:
    """What `check` says of bad files: which plan the street keeps; nothing where none was adopted yet."""
    try:
        with record_of(folder) as reader:
            return f" The street keeps the plan of {_when(_last(reader))} ({_last(reader).adopted.plan.digest})."
    except RecordError:
        return ""


def against(folder: Path, reader: Reader, adoption: Adoption, texts: Mapping[str, bytes | Problem]) -> tuple[str, ...]:
    """What these texts would change in a folder where a plan was adopted. Raises `ConfigurationError`."""
    after, before = understand(folder, texts), kept(folder, reader, adoption)
    if before is None:
        return tuple(compare_plans(adoption.adopted.plan, after.plan))
    return compare(before.site, after).lines()


def _difference(folder: Path, candidate: Path) -> tuple[Adoption, str, tuple[str, ...]]:
    site = load(candidate)
    with record_of(folder) as reader:
        adoption = _last(reader)
        # As if they stood where they are to go: paths in them start from there.
        return adoption, site.plan.digest, against(folder, reader, adoption, fetch_all(candidate))


def _last(reader: Reader) -> Adoption:
    """The plan that holds. Raises `RecordError` if none was adopted yet."""
    adoptions = reader.adoptions()
    if not adoptions:
        raise RecordError("expected a plan that was adopted, found none in this record: has a gateway run there yet?")
    return adoptions[-1]


def _named(adoption: Adoption) -> str:
    return f"{adoption.adopted.plan.digest} of {_when(adoption)}"


def _when(adoption: Adoption) -> str:
    return day_time(adoption.at, zone_of(adoption.adopted.plan))
