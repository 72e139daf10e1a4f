"""`reverbere devices`: what is configured and when it last spoke; who waits for approval, and their approval."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import ETC, FAILED, HERE, AsJson, Config
from gateway.cli.verbs.broker import Mosquitto, Yes

app = typer.Typer(help="List what is configured; discover who waits, and approve them.", invoke_without_command=True)


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


@app.command()
def discover(
    *,
    lasts: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="E.g. 30s; in a terminal until Ctrl-C if left out.")
    ] = "",
    topic: Annotated[
        list[str] | None, typer.Option(help="Listen only to this topic filter, e.g. 'zigbee2mqtt/#'; may be repeated.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="An account that may read more than the gateway's own.")] = None,
    password_file: Annotated[Path | None, typer.Option(help="A file with its password.")] = None,
    at_ports: Annotated[
        float | None,
        typer.Option("--listen", min=0.1, help="Seconds at each speed of a serial port; a board may start anew by it."),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Listen at the broker: who speaks there that nobody has configured, and what that seems to be."""
    from gateway.cli.discover import Asked, show, show_json
    from gateway.cli.looking import EVERYTHING, Account
    from gateway.configuration.units import duration

    try:
        seconds = duration(lasts) / 1e9 if lasts else None
    except ValueError as error:
        raise typer.BadParameter(f"{error}", param_hint="--for") from None
    asked = Asked(seconds, tuple(topic or EVERYTHING), Account(username, password_file), at_ports)
    (show_json if as_json else show)(config, asked)


@app.command()
def approve(
    device: Annotated[str, typer.Argument(metavar="ID", help="As devices discover calls it, or its address.")],
    *,
    zone: Annotated[str, typer.Option(help="The zone it hangs in.")],
    at: Annotated[str, typer.Option(metavar="METRES", help="Where along the zone, e.g. 30m.")],
    called: Annotated[str, typer.Option("--as", metavar="NEW-ID", help="Call it otherwise.")] = "",
    sees: Annotated[str, typer.Option(metavar="METRES", help="How far it sees each way, e.g. 7m.")] = "",
    measures: Annotated[list[str] | None, typer.Option(help="presence or pedestrians; may be repeated.")] = None,
    lamp_type: Annotated[str, typer.Option("--type", help="Of a lamp: one of the types of devices.yaml.")] = "",
    watts: Annotated[
        float | None, typer.Option(min=0.1, help="Of a lamp, its full power: writes its type if there is none.")
    ] = None,
    heartbeat: Annotated[str, typer.Option(metavar="DURATION", help="How long it may be silent, e.g. 2h.")] = "",
    kind: Annotated[str, typer.Option(help="sensor or lamp, where it can be both.")] = "",
    convention: Annotated[str, typer.Option(help="What it speaks; also for one that nobody has heard.")] = "",
    address: Annotated[str, typer.Option(help="What the convention calls it; on a serial line the port.")] = "",
    base: Annotated[str, typer.Option(help="The base topic, where a convention has one.")] = "",
    more: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any other key; may be repeated.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Write a device that waits into devices.yaml, check the whole site, and let the gateway read it."""
    from gateway.cli.approve import Wish
    from gateway.cli.approve import approve as write_down
    from gateway.onboarding.block import Placement

    if kind not in ("", "sensor", "lamp"):
        raise typer.BadParameter(f'expected sensor or lamp, found "{kind}"', param_hint="--kind")
    pairs = [each.partition("=") for each in more or ()]
    if not all(key and equals for key, equals, _ in pairs):
        raise typer.BadParameter("expected KEY=VALUE, e.g. label=PL 0417", param_hint="--set")
    extra = {key.strip(): value.strip() for key, _, value in pairs}
    placement = Placement(
        zone,
        at,
        sees,
        tuple(word.strip() for each in measures or () for word in each.split(",")),
        lamp_type,
        heartbeat,
        extra,
    )
    wish = Wish(device, placement, called, kind, convention, address, base, watts, dry)
    raise typer.Exit(write_down(config, wish, as_object=as_json))


@app.command()
def ignore(
    device: Annotated[str, typer.Argument(metavar="ID", help="As devices discover calls it.")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Show it again.")] = False,
    config: Config = HERE,
) -> None:
    """Leave somebody who waits out of what devices discover shows."""
    from gateway.cli.ignore import ignore as hide

    hide(config, device, again=undo)
