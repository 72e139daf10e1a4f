"""`reverbere devices`: what is configured, and when it last spoke."""

import typer

from gateway.cli.options import HERE, AsJson, Config

app = typer.Typer(help="List what is configured and when it last spoke.", invoke_without_command=True)


@app.callback()
def listing(context: typer.Context, *, config: Config = HERE, as_json: AsJson = False) -> None:
    """List what is configured and when it last spoke."""
    from gateway.cli.devices import show, show_json

    if context.invoked_subcommand is None:
        (show_json if as_json else show)(config)
