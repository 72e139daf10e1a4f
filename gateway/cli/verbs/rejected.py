"""`reverbere rejected`: messages that meant nothing."""

from typing import Annotated

import typer

from gateway.cli.options import HERE, AsJson, Config

app = typer.Typer(help="Messages that meant nothing: kept, acknowledged, shown.", no_args_is_help=True)


@app.command("list")
def listing(*, config: Config = HERE, as_json: AsJson = False) -> None:
    """List them, oldest first."""
    from gateway.cli.refusals import list_rejected, list_rejected_json

    (list_rejected_json if as_json else list_rejected)(config)


@app.command("show")
def show(number: Annotated[int, typer.Argument(help="As in the list.")], *, config: Config = HERE) -> None:
    """Show one as it came."""
    from gateway.cli.refusals import show_rejected

    show_rejected(config, number)
