"""`reverbere forward`: what goes on to databases."""

from typing import Annotated

import typer

from gateway.cli.options import HERE, AsJson, Config

app = typer.Typer(help="What goes on to databases.", no_args_is_help=True)
refused_app = typer.Typer(help="Lines that a database would not take.", no_args_is_help=True)
app.add_typer(refused_app, name="refused")


@refused_app.command("list")
def refused_list(*, config: Config = HERE, as_json: AsJson = False) -> None:
    """List them with the database's words."""
    from gateway.cli.refusals import list_refused, list_refused_json

    (list_refused_json if as_json else list_refused)(config)


@refused_app.command("show")
def refused_show(number: Annotated[int, typer.Argument(help="As in the list.")], *, config: Config = HERE) -> None:
    """Show one whole."""
    from gateway.cli.refusals import show_refused

    show_refused(config, number)


Numbers = Annotated[list[int] | None, typer.Argument(metavar="[NUMBER]...", help="As in the list.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]
TargetName = Annotated[str, typer.Option("--target", help="Only those of this database, by its name.")]


@refused_app.command("retry")
def refused_retry(
    numbers: Numbers = None, *, every: All = False, target: TargetName = "", config: Config = HERE
) -> None:
    """Send them once more: what is wrong there has been mended. Who is refused again is listed with the new words."""
    from gateway.cli.refusals import retry

    retry(config, tuple(numbers or ()), target, every=every)


@refused_app.command("drop")
def refused_drop(
    numbers: Numbers = None, *, every: All = False, target: TargetName = "", config: Config = HERE
) -> None:
    """Give them up for good; the record keeps the readings themselves."""
    from gateway.cli.refusals import drop

    drop(config, tuple(numbers or ()), target, every=every)
