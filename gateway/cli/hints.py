"""Commands that a verb proposes as the next, with the folders that were given: they can be typed as they stand."""

from pathlib import Path
from shlex import quote

from gateway.cli.options import ETC, HERE


def of_site(command: str, folder: Path) -> str:
    """A command about the site in a folder, which is said where it is not the usual one."""
    return command if folder == HERE else f"{command} --config {quote(str(folder))}"


def of_broker(command: str, folder: Path, mosquitto: Path) -> str:
    """The same about mosquitto, whose folder is said where it is not the usual one."""
    said = of_site(command, folder)
    return said if mosquitto in (ETC, ETC.resolve()) else f"{said} --mosquitto {quote(str(mosquitto))}"


def typed(command: str, folder: Path) -> str:
    """A command that helps, with the site's folder if it is one of ours; other words stay as they are."""
    if not command.removeprefix("sudo ").startswith("reverbere "):
        return command
    if command == "reverbere check":
        return command if folder == HERE else f"{command} {quote(str(folder))}"
    return of_site(command, folder)
