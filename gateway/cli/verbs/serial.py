"""`reverbere serial`: which ports there are, and why one is silent."""

from typing import Annotated

import typer

from gateway.cli.options import HERE, AsJson, Config

app = typer.Typer(help="Serial lines: which ports there are, and why one is silent.", no_args_is_help=True)


@app.command("list")
def listing(
    *,
    seconds: Annotated[
        float | None, typer.Option("--listen", min=0.1, help="Seconds at each speed; a board may start anew by it.")
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """List ports, what is configured on each, and why it may be silent; exit 1 if a sensor is on one that is.

    With --listen each port that no program holds is opened, and what speaks there is named.
    """
    from gateway.cli.ports import show, show_json
    from gateway.links.ports import Machine, myself

    raise typer.Exit((show_json if as_json else show)(config, Machine(), myself(), seconds))
