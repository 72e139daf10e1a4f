"""`reverbere calibrate`: prove that a level is the light that it says, by watts and by a luxmeter."""

from typing import Annotated

import typer

from gateway.cli.options import HERE, AsJson, Config, Owner


def _reading(text: str) -> tuple[int, float]:
    level, _, lux = text.partition("=")
    try:
        return int(level.removesuffix("%").strip()), float(lux.removesuffix("lx").strip().replace(",", "."))
    except ValueError:
        raise typer.BadParameter(f'expected LEVEL=LUX such as 40=4.1, found "{text}"') from None


def calibrate(
    target: Annotated[str, typer.Argument(metavar="ZONE|LAMP", help="Id or label of a zone or a lamp.")],
    *,
    low: Annotated[int, typer.Option(min=1, max=75, help="The lower of the two levels, in per cent.")] = 40,
    lux: Annotated[
        list[str] | None,
        typer.Option(metavar="LEVEL=LUX", help="Measured before: 100=10.2, then 40=4.1; 0=0.1 without the lamps."),
    ] = None,
    watts: Annotated[bool, typer.Option("--watts", help="Ask nothing: only the lamps' own meters.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also under what the lighting class asks.")] = False,
    owner: Owner = "",
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Hold a zone or a lamp at 100 % and at a low level, and find out whether its light follows.

    Lamps with a meter are judged by their watts. Of the others, and beside it, type what a luxmeter shows at one spot.
    Exit 1 if the light does not follow, or nothing was proven.
    """
    from gateway.cli.calibrating import NobodyToAskError, Wish, keep, measure

    if lux and watts:
        raise typer.BadParameter("lux are given: nothing is left to ask of the lamps", param_hint="--watts")
    wish = Wish(config, target, low, owner, force=force, ask=not watts, as_json=as_json)
    try:
        raise typer.Exit(keep(wish, [_reading(each) for each in lux]) if lux else measure(wish))
    except NobodyToAskError as error:
        raise typer.BadParameter(f"{error}", param_hint="--watts") from None
