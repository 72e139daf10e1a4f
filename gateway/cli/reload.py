"""`reverbere reload`: the gateway reads its files anew, and says what that changed."""

import asyncio
from pathlib import Path
from typing import Any

from gateway.cli.show import as_json, console
from gateway.configuration.source import fetch
from gateway.configuration.texts import FILES, state_folders
from gateway.control.ask import NoGatewayError, ask
from gateway.control.words import ReloadRequest, Value


def reload(folder: Path, note: str, *, as_object: bool) -> None:
    """Ask for it and print the answer. Raises `NoGatewayError`, and `Refused` with every mistake of the files."""
    value = ask_to_reload(folder, note)
    if as_object:
        as_json(dict(value))
        return
    for line in told(value):
        console.print(line, markup=False)


def ask_to_reload(folder: Path, note: str) -> Value:
    """Ask the gateway of a folder, whose files may be bad, to read them anew."""
    request = ReloadRequest(note=note)
    nobody: NoGatewayError | None = None
    for state in state_folders(folder, fetch(folder / FILES[0])):
        try:
            return asyncio.run(ask(state, request))
        except NoGatewayError as error:
            nobody = nobody or error
    raise nobody or NoGatewayError(f"no gateway runs on {folder}")


def told(value: Value) -> list[str]:
    """The answer in words."""
    said: Any = value
    if not said["adopted"]:
        return [f"Nothing changed in the files. The street keeps plan {said['plan']}."]
    head = f"The street follows plan {said['plan']}"
    head += f" (before: {said['before']})." if said["plan"] != said["before"] else ": the same light as before."
    more = [f"... and {said['unsaid']} changes more"] if said["unsaid"] else []
    return [head, *(f"  {line}" for line in (*said["changes"], *more))]
