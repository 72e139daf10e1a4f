"""`reverbere init`: asks, tries what it is told, shows what it will write, and keeps what was there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import typer

from gateway.cli.arriving import broker, influx, place
from gateway.cli.arriving.influx import Wishes
from gateway.cli.arriving.questions import Asker, Question, UnansweredError, missing
from gateway.cli.example import example
from gateway.cli.replacing import changing, difference, present
from gateway.configuration import units
from gateway.configuration.build import understand
from gateway.configuration.replacing import put
from gateway.configuration.source import fetch, parse
from gateway.configuration.starting import INFLUX_SECRET, MQTT_SECRET, Start, Street, files, site_id
from gateway.configuration.texts import FILES, state_folders
from gateway.configuration.units import Unreadable
from gateway.lighting.plan import Problem

NAME = Question("--name", "What this site is called")
STREET = Question("--street", "The first street or yard, and its length", "Street, 100 m")
RECORD = Question(
    "--record", "The folder of the record, and how long readings are kept", "state, 90 days"
)  # what guide.md calls usual

KEPT, NOT_CHANGED = 0, 1


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line answers already; None and empty texts are asked."""

    name: str | None = None
    place: str | None = None
    street: str | None = None
    broker: str | None = None
    broker_user: str = ""
    broker_password_file: Path | None = None
    broker_ca: Path | None = None
    record: str | None = None
    influx: Wishes = field(default_factory=Wishes)
    yes: bool = False


def init(folder: Path, options: Options) -> int:
    """Write a site into a folder; 0 if it is there now, 1 if somebody said no.

    Raises `UnansweredError` for a question that nobody answers, and `ConfigurationError` if the files were not good.
    """
    if folder.resolve() == example().resolve():
        raise UnansweredError(
            f"{folder}/ is the example that comes with reverbere. Name a folder: reverbere init my-site"
        )
    asker = Asker(yes=options.yes)
    lacking = missing(asker, _asked(options))
    if lacking:
        raise UnansweredError(lacking)
    start, secrets, usable = _ask(asker, options)
    texts = {name: text.encode() for name, text in files(start).items()}
    _refuse_other_id(folder, site_id(start.name))
    understand(folder, texts)
    if not _write(asker, folder, {**texts, **secrets}):
        typer.echo("Nothing was changed.")
        return NOT_CHANGED
    for line in next_steps(folder, usable=usable):
        typer.echo(line)
    return KEPT


def next_steps(folder: Path, *, usable: bool) -> list[str]:
    """The three commands to type now: a broker comes first where there is none."""
    first = f"reverbere check {folder}" if usable else f"reverbere broker setup --config {folder}"
    then = (f"reverbere run --config {folder}", f"reverbere devices discover --config {folder}")
    inventory = f"A town's list of lamps comes in by  reverbere import lamps.csv --config {folder}"
    return ["", "Next:", *(f"  {command}" for command in (first, *then)), inventory]


def _asked(options: Options) -> list[tuple[Question, str | None]]:
    name = NAME if options.place is None else Question(NAME.option, NAME.words, "the town's name")
    return [
        (place.PLACE, options.place),
        (name, options.name),
        (STREET, options.street),
        (broker.BROKER, options.broker),
        (RECORD, options.record),
        (influx.INFLUX, options.influx.answer),
    ]


def _ask(asker: Asker, options: Options) -> tuple[Start, dict[str, bytes], bool]:
    """The answers, the secrets by their files, and whether the broker may be used as it is."""
    spot = place.where(asker, options.place)
    typer.echo(f"  {spot.town}: {spot.latitude:.4f}, {spot.longitude:.4f}, {spot.time_zone}.")
    name = asker.ask(Question(NAME.option, NAME.words, spot.name), options.name, _named)
    typer.echo(f"  Its id is {site_id(name)}: it goes into every topic and may not change later.")
    street = asker.ask(STREET, options.street, _street)
    ca_file = str(options.broker_ca.resolve()) if options.broker_ca else ""
    chosen = broker.choose(asker, options.broker, _account(options), ca_file, site_id(name))
    state, keep = asker.ask(RECORD, options.record, _record)
    copy, secret = influx.choose(asker, options.influx, site_id(name))
    start = Start(name, spot.town, spot.latitude, spot.longitude, spot.time_zone, street, chosen.at, state, keep, copy)
    secrets = {MQTT_SECRET: chosen.password, INFLUX_SECRET: secret}
    return start, {file: f"{text}\n".encode() for file, text in secrets.items() if text}, chosen.usable


def _account(options: Options) -> broker.Account:
    if options.broker_password_file is None:
        return broker.Account(options.broker_user)
    try:
        return broker.Account(options.broker_user or "gateway", broker.password_of(options.broker_password_file))
    except ValueError as error:
        raise UnansweredError(f"--broker-password-file: {error}") from None


def _write(asker: Asker, folder: Path, texts: Mapping[str, bytes]) -> bool:
    """Write what differs; what was there is shown, asked about and kept."""
    changed = changing(folder, texts)
    replaced = present(folder, changed)
    if replaced:
        typer.echo(f"\n{folder}/ has {', '.join(replaced)} already. This would change:")
        for line in difference(folder, {name: changed[name] for name in replaced}):
            typer.echo(line)
        if not asker.agrees("Write these, and keep the old ones beside them?"):
            return False
    suffix = put(folder, changed)
    typer.echo(f"\n{folder}/ has {', '.join(texts)}." if changed else f"\n{folder}/ is like that already.")
    if replaced:
        typer.echo(f"The old ones are kept as .{suffix}.")
    return True


def _refuse_other_id(folder: Path, new: str) -> None:
    """A site's id is in every row of its record: another one would be another site."""
    there = fetch(folder / FILES[0])
    if isinstance(there, Problem):
        return
    block = parse(there, FILES[0])[0].value.get("site")
    old = block.get("id") if isinstance(block, dict) else None
    if old in (None, new) or not any((state / "record.db").exists() for state in state_folders(folder, there)):
        return
    raise UnansweredError(
        f'{folder}/ has a record of the site "{old}", and this one would be "{new}": name another folder, or give it a '
        f"--name whose id is {old}"
    )


def _named(answer: str) -> str:
    if not answer:
        raise ValueError("expected a name, found nothing")
    return answer


def _street(answer: str) -> Street:
    """A name and a length: "Rue des Tanneurs, 600 m"."""
    name, _, length = answer.rpartition(",")
    try:
        if units.metres(length.strip()) > 0 and name.strip():
            return Street(name.strip(), length.strip())
    except Unreadable:
        pass
    raise ValueError(f"expected a name, a comma and metres, such as Rue des Tanneurs, 600 m; found {answer!r}")


def _record(answer: str) -> tuple[str, str]:
    """A folder and a time: "state, 90 days"."""
    folder, _, keep = answer.rpartition(",")
    try:
        units.span(keep.strip())
    except Unreadable as error:
        raise ValueError(f"expected a folder, a comma and days or years, found {answer!r}: {error.found}") from None
    if not folder.strip():
        raise ValueError(f"expected a folder before the comma, such as state, 90 days; found {answer!r}")
    return folder.strip(), keep.strip()
