"""`reverbere override`: a person's order for a lamp or a zone, with an end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.cli.options import HERE, AsJson, Config, Owner


class TargetFirst(TyperGroup):
    """`override TARGET LEVEL` is `override give TARGET LEVEL`: whatever is no verb is a target."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the verb in where none is said."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["give", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=TargetFirst,
    help="Hold a lamp or a zone at a level for a while: reverbere override TARGET LEVEL --for 2h --reason WHY",
    no_args_is_help=True,
)


def _level(text: str) -> int:
    try:
        level = int(text.removesuffix("%").strip())
    except ValueError:
        level = -1
    if not 0 <= level <= 100:  # noqa: PLR2004 - per cent end at 100
        raise typer.BadParameter(f'expected per cent from 0% to 100%, found "{text}"')
    return level


@app.command()
def give(
    target: Annotated[str, typer.Argument(help="Id or label of a zone or a lamp.")],
    level: Annotated[int, typer.Argument(parser=_level, metavar="LEVEL", help="Per cent of light output, e.g. 80%.")],
    *,
    lasts: Annotated[str, typer.Option("--for", metavar="DURATION", help="E.g. 2h; see overrides: lasts:.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help='E.g. 23:30, "2026-11-22 06:00".')] = "",
    begins: Annotated[str, typer.Option("--from", metavar="TIME", help="Now if left out.")] = "",
    reason: Annotated[str, typer.Option(help="Why, in a few words.")] = "",
    owner: Owner = "",
    force: Annotated[bool, typer.Option("--force", help="Also under what the lighting class asks.")] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Hold a zone or a lamp at a level: the default verb."""
    from gateway.cli.asking import asked

    site, value = asked(
        config,
        "override",
        target=target,
        level=level,
        lasts=lasts,
        until=until,
        begins=begins,
        reason=reason,
        owner=owner,
        force=force,
    )
    if as_json:
        _print_json(value)
        return
    from gateway.cli.show import console, zone_of

    for line in _given(value, zone_of(site.plan)):
        console.print(line, markup=False)


def _given(value: Mapping[str, object], zone: Any) -> list[str]:
    from gateway.configuration.units import say_duration

    start, expires = (datetime.fromisoformat(str(value[key])).astimezone(zone) for key in ("start", "expires"))
    length = say_duration(round((expires - start).total_seconds()) * 1_000_000_000)
    lines = [f"{value['id']}   {value['target']} at {value['level']} % until {_say(expires)} ({length})"]
    if "lowest" not in value:
        lines.append(f"It begins {_say(start)}.")
    elif value["at_floor"]:
        told = f"{value['lowest']} %" if value["lowest"] == value["highest"] else f"{value['lowest']} % or more"
        lines.append(f"{value['at_floor']} of {value['lamps']} lamps stay at the floor, {told}: their class asks it.")
    return [*lines, f"Before that:  reverbere override cancel {value['id']}"]


def _say(moment: datetime) -> str:
    return f"{moment:%a %d %b, %H:%M}"


@app.command("list")
def list_orders(*, config: Config = HERE, as_json: AsJson = False) -> None:
    """List those that hold or are to come, as the record has them."""
    from gateway.cli.orders import show, show_json

    (show_json if as_json else show)(config)


@app.command()
def cancel(
    order: Annotated[str, typer.Argument(metavar="ID|TARGET", help="As in the list.")],
    *,
    owner: Owner = "",
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Take one back, or all that there are for a zone or a lamp; the light fades to what the rules say."""
    from gateway.cli.asking import asked
    from gateway.cli.show import console

    _, value = asked(config, "cancel", order=order, owner=owner)
    if as_json:
        _print_json(value)
        return
    console.print(f"Cancelled: {', '.join(map(str, _listed(value['cancelled'])))}", markup=False)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _print_json(value: Mapping[str, object]) -> None:
    from gateway.cli.show import as_json as print_json

    print_json(value)
