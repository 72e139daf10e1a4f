"""`reverbere init`: a small working site."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import HERE


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the three files shall be.")] = HERE,
    *,
    place: Annotated[str | None, typer.Option(help='A town, or "46.78, 4.85".')] = None,
    name: Annotated[str | None, typer.Option(help="What the site is called; its id follows from it.")] = None,
    street: Annotated[str | None, typer.Option(help='The first street, e.g. "Rue des Tanneurs, 600 m".')] = None,
    broker: Annotated[str | None, typer.Option(help="mqtt://HOST:PORT or mqtts://HOST:PORT.")] = None,
    broker_user: Annotated[str, typer.Option(help="The gateway's account there.")] = "",
    broker_password_file: Annotated[Path | None, typer.Option(help="A file with its password.")] = None,
    broker_ca: Annotated[Path | None, typer.Option(help="The authority that signed its certificate.")] = None,
    record: Annotated[str | None, typer.Option(help='Folder and time to keep, e.g. "state, 90 days".')] = None,
    influx: Annotated[str | None, typer.Option(help="no, yes, or http://HOST:PORT.")] = None,
    influx_database: Annotated[str, typer.Option(help="Of version 1; the site's id if left out.")] = "",
    influx_org: Annotated[str, typer.Option(help="Of version 2.")] = "",
    influx_bucket: Annotated[str, typer.Option(help="Of versions 2 and 3.")] = "",
    influx_user: Annotated[str, typer.Option(help="Of version 1.")] = "",
    influx_secret_file: Annotated[Path | None, typer.Option(help="A file with the password or the token.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: take what is usual, and change.")] = False,
) -> None:
    """Write a small working site after six questions, and try the broker; what was there is kept."""
    from gateway.cli.arriving.influx import Wishes
    from gateway.cli.arriving.init import Options
    from gateway.cli.arriving.init import init as write_site
    from gateway.cli.arriving.questions import UnansweredError

    wishes = Wishes(influx, influx_database, influx_org, influx_bucket, influx_user, influx_secret_file)
    options = Options(
        name, place, street, broker, broker_user, broker_password_file, broker_ca, record, wishes, yes=yes
    )
    try:
        raise typer.Exit(write_site(folder, options))
    except UnansweredError as error:
        raise typer.BadParameter(f"{error}") from None
