"""Options that verbs share, and the exits of the command."""

from pathlib import Path
from typing import Annotated

import typer

FAILED, MISUSED, MISCONFIGURED = 1, 2, 78
"""Exits: found something wrong, usage, configuration (sysexits.h)."""

HERE = Path("config")
ETC = Path("/etc/mosquitto")
"""Where Debian's mosquitto has its configuration."""
Config = Annotated[Path, typer.Option("--config", "-c", help="Folder of site.yaml, devices.yaml, lighting.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Owner = Annotated[str, typer.Option(help="Who answers for it, where root asks for somebody else.")]
