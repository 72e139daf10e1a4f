"""`reverbere devices`: what is configured, and when it last spoke."""

from typing import Annotated

import typer

from gateway.cli.options import FAILED, HERE, AsJson, Config
from gateway.cli.verbs.broker import ETC, Mosquitto, Yes

app = typer.Typer(help="List what is configured and when it last spoke.", invoke_without_command=True)


@app.callback()
def listing(context: typer.Context, *, config: Config = HERE, as_json: AsJson = False) -> None:
    """List what is configured and when it last spoke."""
    from gateway.cli.devices import show, show_json

    if context.invoked_subcommand is None:
        (show_json if as_json else show)(config)


@app.command()
def credentials(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id or label of a device, or the account of a bridge.")],
    *,
    target: Annotated[
        str, typer.Option("--for", metavar="FIRMWARE", help="esphome, tasmota, arduino, micropython, or plain.")
    ] = "",
    server: Annotated[str, typer.Option(metavar="HOST", help="By which name the device finds the broker.")] = "",
    config: Config = HERE,
    mosquitto: Mosquitto = ETC,
    yes: Yes = False,
) -> None:
    """Give a device a new password at the broker, and print what to flash. The old password is refused from then on."""
    from gateway.cli.brokering.credentials import Asked, UnknownFirmwareError, give

    try:
        give(config, Asked(name, target, server, mosquitto), ask=not yes)
    except UnknownFirmwareError as error:
        raise typer.BadParameter(f"{error}", param_hint="--for") from None


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id or label of a device, or the account of a bridge.")],
    *,
    config: Config = HERE,
    mosquitto: Mosquitto = ETC,
    yes: Yes = False,
) -> None:
    """Take a device's password and rights at the broker; its connection is closed. Exit 1 if that is still to come."""
    from gateway.cli.brokering.revocation import revoke as take_away

    if not take_away(config, name, mosquitto, ask=not yes):
        raise typer.Exit(FAILED)
