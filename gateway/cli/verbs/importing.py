"""`reverbere import`: a town's list of lamps."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import HERE, Config


def import_list(
    file: Annotated[Path, typer.Argument(metavar="LAMPS.csv", help="A list with a line a pole.")],
    *,
    config: Config = HERE,
    zone: Annotated[str, typer.Option(help="Put all lamps into this zone, whatever the list says.")] = "",
    watts: Annotated[float | None, typer.Option(help="Of lamps whose power the list does not say.")] = None,
    convention: Annotated[str, typer.Option(help="How new lamps are spoken to.")] = "native",
    lighting_class: Annotated[str, typer.Option("--class", help="Of new zones; else as the first has it.")] = "",
    program: Annotated[str, typer.Option(help="Of new zones; else as the first has it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a town's list of lamps into the files: shown first, the old files kept."""
    from gateway.cli.importing import Options, UnknownProgramError, import_lamps
    from gateway.configuration.edit import EditError
    from gateway.configuration.inventory.arrange import BadRowsError, Wishes
    from gateway.configuration.inventory.columns import HeadingError
    from gateway.wording import plural

    options = Options(Wishes(zone, convention, watts), lighting_class, program, yes)
    try:
        status = import_lamps(file, config, options)
    except BadRowsError as error:
        typer.echo(f"{file}: {error}".replace("\n", f"\n{file}: "), err=True)
        typer.echo(f"{plural(len(error.rows), 'bad line')}. Nothing was changed.", err=True)
        raise typer.Exit(1) from None
    except (HeadingError, OSError) as error:
        raise typer.BadParameter(f"{error}", param_hint="LAMPS.csv") from None
    except (EditError, UnknownProgramError) as error:
        raise typer.BadParameter(f"{error}") from None
    raise typer.Exit(status)
