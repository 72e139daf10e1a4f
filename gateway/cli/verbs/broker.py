"""`reverbere broker`: a mosquitto of this machine, set up for a site."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import ETC, HERE, Config
from gateway.mosquitto.settings import Where

app = typer.Typer(
    help="Set up mosquitto on this machine: accounts, who may say what, certificates.", no_args_is_help=True
)

Mosquitto = Annotated[Path, typer.Option("--mosquitto", metavar="DIR", help="Where mosquitto.conf is.")]
CaDir = Annotated[
    Path | None,
    typer.Option(
        "--ca-dir", metavar="DIR", help="Where the authority's key is, e.g. on a stick; else beside the files."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
def setup(
    *,
    config: Config = HERE,
    mosquitto: Mosquitto = ETC,
    listen: Annotated[
        str, typer.Option(metavar="[ADDRESS:]PORT", help="Where to listen, with TLS; as it is, or 8883.")
    ] = "",
    plain: Annotated[
        str, typer.Option(metavar="ADDRESS:PORT", help="Listen there too without TLS, for boards that have none.")
    ] = "",
    only_tls: Annotated[bool, typer.Option("--no-plain", help="Take the listener without TLS away.")] = False,
    keep_local: Annotated[
        bool | None,
        typer.Option("--keep-local/--no-local", help="Let programs of this machine use port 1883 without accounts."),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="A name or address of this machine; again for another.")
    ] = None,
    ca_dir: CaDir = None,
    rsa: Annotated[bool, typer.Option("--rsa", help="An RSA key for the server, for firmware that needs it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    yes: Yes = False,
) -> None:
    """Write mosquitto's files for this site, after showing them; those of before are kept."""
    from gateway.cli.brokering.setup import Wish
    from gateway.cli.brokering.setup import setup as set_up

    wish = Wish(
        mosquitto,
        _where(listen, "--listen") if listen else None,
        _where(plain, "--plain") if plain else None,
        keep_local,
        tuple(names or ()),
        ca_dir,
        "rsa" if rsa else None,
        only_tls,
    )
    set_up(config, wish, ask=not yes, dry=dry_run)


@app.command()
def renew(*, config: Config = HERE, mosquitto: Mosquitto = ETC, ca_dir: CaDir = None) -> None:
    """Make a new certificate for the broker when less than a third of its time is left; devices notice nothing."""
    from gateway.cli.brokering.renewal import renew as renew_certificate

    renew_certificate(config, mosquitto, ca_dir)


def _where(text: str, option: str) -> Where:
    address, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - ports have 16 bits
        raise typer.BadParameter(f'expected [ADDRESS:]PORT, found "{text}"', param_hint=option)
    return Where(int(port), address.strip("[]"))
