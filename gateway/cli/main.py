"""The command line: its verbs, their options and their exits."""

import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import structlog
import typer

from gateway.cli.maintenance import app as maintenance_app
from gateway.cli.options import FAILED, HERE, MISCONFIGURED, AsJson, Config
from gateway.cli.override import app as override_app
from gateway.cli.verbs import broker, calibrate, devices, forward, rejected, serial
from gateway.cli.verbs.importing import import_list
from gateway.cli.verbs.init import init

app = typer.Typer(
    name="reverbere",
    help="Streetlights that follow how many people walk by, and can say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

T = TypeVar("T")


def main() -> None:
    """Run the command; every error of ours is said in words."""
    log_to_stderr()
    sys.exit(_guarded(lambda: app(standalone_mode=True)))


def _guarded(work: Callable[[], object]) -> int:
    from gateway.cli.explained.unknown import UnknownMomentError, UnknownNameError
    from gateway.configuration.problems import ConfigurationError
    from gateway.control.ask import NoGatewayError
    from gateway.control.words import Refused
    from gateway.mosquitto.errors import BrokerError
    from gateway.onboarding.errors import OnboardingError
    from gateway.record.errors import RecordError

    try:
        work()
    except ConfigurationError as error:
        typer.echo(f"{error}", err=True)
        return MISCONFIGURED
    except (
        *(RecordError, UnknownNameError, UnknownMomentError, NoGatewayError, Refused),
        *(BrokerError, OnboardingError),
    ) as error:
        typer.echo(f"{error}", err=True)
        return FAILED
    except KeyboardInterrupt:
        return 130
    return 0


def log_to_stderr() -> None:
    """Log events to stderr: for people on a terminal, as JSON for the journal."""
    people = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer()
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    structlog.configure(
        processors=[structlog.processors.add_log_level, stamp, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@app.command()
def run(config: Config = HERE) -> None:
    """Run the gateway until it is stopped."""
    from gateway.cli.run import run as run_gateway

    run_gateway(config)


@app.command()
def demo(
    *,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="Street seconds in one second.")] = 60.0,
    start: Annotated[str, typer.Option(metavar="HH:MM", help="The street's time of day at the beginning.")] = "21:00",
    lasts: Annotated[str | None, typer.Option("--for", metavar="DURATION", help="Real time, e.g. 60s.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Leave the site there: every other verb works on it.")] = None,
    street: Annotated[str, typer.Option(help="quiet, or mixed: a street on which every make hangs once.")] = "quiet",
    faults: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="DEVICE:KIND@SECONDS", help="What breaks, and when; as often as you like."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a street at night: walkers, sensors, lamps, a broker and the gateway, with nothing to set up."""
    from gateway.cli.demo import NotEmptyError, Play, WrongFaultError
    from gateway.cli.demo import demo as play_demo
    from gateway.cli.example import STREETS
    from gateway.cli.show import as_json as print_json
    from gateway.cli.verdict import print_score

    try:
        begin = datetime.strptime(start, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError:
        raise typer.BadParameter(f'expected a time of day like 21:00, found "{start}"', param_hint="--start") from None
    if street not in STREETS:
        raise typer.BadParameter(f'expected {" or ".join(STREETS)}, found "{street}"', param_hint="--street")
    if not as_json:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    play = Play(speed, begin, None if lasts is None else _seconds(lasts), as_json, street, tuple(faults or ()))
    try:
        result = play_demo(play, keep)
    except NotEmptyError as error:
        raise typer.BadParameter(f"{error}", param_hint="--keep") from None
    except WrongFaultError as error:
        raise typer.BadParameter(f"{error}", param_hint="--fault") from None
    if as_json:
        print_json(asdict(result))
    else:
        print_score(result, keep)
    if result.people_sensed != result.people_recorded:
        raise typer.Exit(FAILED)


def _seconds(text: str) -> float:
    from gateway.configuration.units import duration

    try:
        return duration(text) / 1e9
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from None


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]")] = HERE,
    *,
    config: Annotated[Path | None, typer.Option("--config", "-c", hidden=True)] = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with the files, all of it at once, or what was understood."""
    from gateway.cli.check import run as check_folder
    from gateway.cli.check import run_json

    raise typer.Exit((run_json if as_json else check_folder)(config or folder))


@app.command()
def schema(
    file: Annotated[str, typer.Argument(help="site, devices or lighting.")] = "",
    *,
    out: Annotated[Path | None, typer.Option(help="Write all three into this folder.")] = None,
) -> None:
    """Print the JSON Schema of a file, for editors; with --out write those of all three."""
    from gateway.cli.schema import show, write
    from gateway.configuration.schema import FILES

    if out is not None:
        write(out)
    elif file in FILES:
        show(file)
    else:
        raise typer.BadParameter(f'expected one of {", ".join(FILES)}, found "{file}"', param_hint="FILE")


@app.command()
def tail(
    *,
    config: Config = HERE,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines come first.")] = 20,
    rejected: Annotated[bool, typer.Option("--rejected", help="Only messages that meant nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Follow readings and decisions while a gateway runs; print the last ones where none does."""
    from gateway.cli.tail import follow

    follow(config, lines, rejected=rejected, as_objects=as_json)


@app.command()
def explain(
    lamp: Annotated[str, typer.Argument(help="Id or label of a lamp.")],
    *,
    at: Annotated[str | None, typer.Option(help='A moment, e.g. "2026-11-20 22:50"; now if left out.')] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Decide it anew from the record; exit 1 if it differs.")
    ] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Say why a lamp is as bright as it is."""
    from gateway.cli.explain import show, show_json

    try:
        agrees = (show_json if as_json else show)(config, lamp, at, verify=verify)
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint="--at") from None
    if not agrees:
        raise typer.Exit(FAILED)


@app.command()
def audit(
    name: Annotated[str | None, typer.Argument(metavar="[ZONE|LAMP]", help="All of the site if left out.")] = None,
    *,
    begin: Annotated[str | None, typer.Option("--from", help="After this moment; a day before the end.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Up to this moment; now if left out.")] = None,
    people: Annotated[bool, typer.Option("--people", help="Only what persons did, and what that moved.")] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """List what moved the light: orders with cause, owner and time, plans adopted, edits not taken."""
    from gateway.cli.audit import Asked, show, show_json

    try:
        (show_json if as_json else show)(config, Asked(name, begin, until, people))
    except ValueError as error:
        raise typer.BadParameter(f"{error}") from None


@app.command()
def export(
    *,
    config: Config = HERE,
    form: Annotated[str, typer.Option("--format", help="csv")] = "csv",
    quantity: Annotated[str | None, typer.Option(help="Only this quantity, e.g. pedestrians.")] = None,
    device: Annotated[str | None, typer.Option(help="Only this device, by id or label.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="Readings after this moment.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Readings up to this moment.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Add a column in the street's own time.")] = False,
    out: Annotated[Path | None, typer.Option(help="A file; standard output if left out.")] = None,
) -> None:
    """Write readings with their units and times."""
    from gateway.cli.export import export_readings

    if form != "csv":
        raise typer.BadParameter(f'expected csv, found "{form}"', param_hint="--format")
    try:
        export_readings(config, out, quantity=quantity, device=device, begin=begin, until=until, local=local)
    except ValueError as error:
        raise typer.BadParameter(f"{error}") from None


@app.command()
def energy(
    *,
    zone: Annotated[str | None, typer.Option(help="Only this zone, by id or label.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="From this moment on; seven days if left out.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Up to this moment; now if left out.")] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Say what the lamps used, day by day: measured where they have meters, estimated where not."""
    from gateway.cli.energy import Asked, show, show_json

    try:
        (show_json if as_json else show)(config, Asked(zone, begin, until))
    except ValueError as error:
        raise typer.BadParameter(f"{error}") from None


app.add_typer(devices.app, name="devices")
app.add_typer(override_app, name="override")
app.add_typer(maintenance_app, name="maintenance")
app.add_typer(serial.app, name="serial")
app.add_typer(rejected.app, name="rejected")
app.add_typer(forward.app, name="forward")
app.command()(init)
app.command(name="import")(import_list)
app.add_typer(broker.app, name="broker")
app.command()(calibrate.calibrate)


@app.command()
def identify(lamp: Annotated[str, typer.Argument(help="Id or label of a lamp.")], *, config: Config = HERE) -> None:
    """Let a lamp flash for a few seconds, so that somebody below it sees which one it is."""
    from gateway.cli.asking import asked
    from gateway.cli.show import console

    _, value = asked(config, "identify", lamp=lamp)
    console.print(f"{value['lamp']} flashes for {value['seconds']:g} s, then goes back to its level.", markup=False)


@app.command("walk-test")
def walk_test(
    zone: Annotated[str, typer.Argument(help="Id or label of a zone.")],
    *,
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="Walk without a terminal at hand.")] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Lead you along a street, lamp by lamp, and say who sees you; exit 1 if nobody does at a lamp."""
    from gateway.cli.walk import WalkError, show, show_json
    from gateway.cli.walk import walk_test as walk

    try:
        done = walk(config, zone, None if lasts is None else _seconds(lasts))
    except WalkError as error:
        raise typer.BadParameter(f"{error}") from None
    (show_json if as_json else show)(done)
    if not done.good:
        raise typer.Exit(FAILED)


@app.command()
def watch(
    device: Annotated[str, typer.Argument(help="Id or label of a sensor or a lamp.")],
    *,
    lasts: Annotated[str | None, typer.Option("--for", metavar="TIME", help="E.g. 30s; or until Ctrl-C.")] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Show a device live: what it says, whether it is believed, and a radar's street from above."""
    from gateway.cli.watch import watch as watch_device

    watch_device(config, device, None if lasts is None else _seconds(lasts), as_objects=as_json)


@app.command()
def reload(
    *,
    note: Annotated[str, typer.Option("--message", "-m", help='Why, e.g. "council vote"; kept with the plan.')] = "",
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Let the gateway read its files anew; with mistakes in them it keeps the plan it has."""
    from gateway.cli.reload import reload as reload_files

    reload_files(config, note, as_object=as_json)


@app.command()
def diff(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Other files than those of --config.")] = None,
    *,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Say what files would change against the plan that the record has; no gateway need run."""
    from gateway.cli.difference import show, show_json

    (show_json if as_json else show)(config, folder or config)


@app.command()
def undo(
    *,
    to: Annotated[str, typer.Option(metavar="PLAN|MOMENT", help="As in --list; the one before if left out.")] = "",
    listing: Annotated[bool, typer.Option("--list", help="Only list the plans that the record has.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = HERE,
) -> None:
    """Put the files of an earlier plan back into the folder, and let the gateway read them."""
    from gateway.cli.undo import show_plans
    from gateway.cli.undo import undo as put_back

    if listing:
        show_plans(config)
        return
    try:
        put_back(config, to, ask=not yes)
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint="--to") from None


@app.command()
def doctor(*, config: Config = HERE, as_json: AsJson = False) -> None:
    """Say how street, sensors and record fare; exit 1 if something wants somebody's eye."""
    from gateway.cli.doctor import show, show_json

    raise typer.Exit((show_json if as_json else show)(config))


@app.command()
def decode(
    *,
    convention: Annotated[str, typer.Option(help="What is spoken, e.g. zigbee2mqtt.")] = "",
    framing: Annotated[str, typer.Option(help="How a serial stream is cut, e.g. lines or ld2410.")] = "",
    topic: Annotated[str, typer.Option(help="Where the message came; on a line the port.")] = "",
    as_hex: Annotated[bool, typer.Option("--hex", help="Standard input has the bytes in hexadecimal.")] = False,
    context: Annotated[Path | None, typer.Option(help="Earlier messages, as mosquitto_sub -v prints them.")] = None,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Know the devices of this folder.")] = None,
) -> None:
    """Say what a message on standard input means, as JSON lines, or why it means nothing."""
    from gateway.cli.decoding import Wish, WishError, run_decode

    try:
        status = run_decode(Wish(convention, framing, topic, as_hex, context, config))
    except WishError as error:
        raise typer.BadParameter(f"{error}") from None
    raise typer.Exit(status)


@app.command()
def capture(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.")],
    *,
    lasts: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="E.g. 5min; else until Ctrl-C.")
    ] = None,
    topics: Annotated[list[str] | None, typer.Option("--topic", help="Only this, e.g. zigbee2mqtt/#.")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Take out addresses, networks, secrets, places.")] = False,
    config: Config = HERE,
) -> None:
    """Write what links bring into a file, to look at, to replay, to keep as a test's fixture."""
    from gateway.cli.capture import CaptureRefusedError, Wish
    from gateway.cli.capture import capture as capture_links

    wish = Wish(None if lasts is None else _seconds(lasts), tuple(topics or ()), redact)
    try:
        came = capture_links(config, file, wish)
    except CaptureRefusedError as error:
        raise typer.BadParameter(f"{error}") from None
    if not came:
        raise typer.Exit(FAILED)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A capture.")],
    *,
    speed: Annotated[float, typer.Option(min=0.1, max=600, help="Street seconds in one second.")] = 1.0,
    keep: Annotated[Path | None, typer.Option(help="Leave files and record there: other verbs work on it.")] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Play a capture into a gateway with a record of its own: no lamp and no database hears of it."""
    from gateway.cli.replay import replay as play
    from gateway.cli.replay import show, show_json
    from gateway.links.captured import CaptureError

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        outcome = play(config, file, speed, keep)
    except CaptureError as error:
        raise typer.BadParameter(f"{error}") from None
    if as_json:
        show_json(outcome)
    else:
        show(outcome, keep)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A file that is not there yet.")], *, config: Config = HERE
) -> None:
    """Copy the record to a file, also while the gateway runs; docs/restore.md says how to go back to it."""
    from gateway.cli.backup import backup as back_up

    back_up(config, file)
