"""`reverbere maintenance`: people work on a lamp, and it is left alone."""

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli.options import HERE, AsJson, Config, Owner
from gateway.cli.override import TargetFirst

app = typer.Typer(
    cls=TargetFirst,
    help="Leave a lamp alone while people work on it: reverbere maintenance LAMP --for 2h --reason WHY",
    no_args_is_help=True,
)

Lamp = Annotated[str, typer.Argument(help="Id or label of a lamp.")]


@app.command()
def give(
    lamp: Lamp,
    *,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="E.g. 2h; see overrides: lasts:.")] = "",
    reason: Annotated[str, typer.Option(help="Why, in a few words.")] = "",
    owner: Owner = "",
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Tell a lamp nothing and raise no alarm for it: the default verb."""
    from gateway.cli.asking import asked
    from gateway.cli.show import as_json as print_json
    from gateway.cli.show import console, zone_of

    site, value = asked(config, "maintenance", lamp=lamp, lasts=lasts, reason=reason, owner=owner)
    if as_json:
        print_json(value)
        return
    expires = datetime.fromisoformat(str(value["expires"])).astimezone(zone_of(site.plan))
    console.print(f"{value['id']}   {value['lamp']} is told nothing until {expires:%a %d %b, %H:%M}", markup=False)
    console.print(f"Before that:  reverbere maintenance cancel {value['lamp']}", markup=False)


@app.command("list")
def list_works(*, config: Config = HERE, as_json: AsJson = False) -> None:
    """List the lamps under maintenance, as the record has them."""
    from gateway.cli.works import show, show_json

    (show_json if as_json else show)(config)


@app.command()
def cancel(lamp: Lamp, *, owner: Owner = "", config: Config = HERE, as_json: AsJson = False) -> None:
    """End it before its time; the lamp is told its present level."""
    from gateway.cli.asking import asked
    from gateway.cli.show import as_json as print_json
    from gateway.cli.show import console

    _, value = asked(config, "resume", lamp=lamp, owner=owner)
    if as_json:
        print_json(value)
        return
    console.print("The lamp follows its rules again.")
