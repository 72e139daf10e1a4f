"""`reverbere schema`: what the files may say, as JSON Schema, so that an editor can complete and mark them."""

import json
from pathlib import Path

import typer

from gateway.configuration.schema import FILES, schema


def show(file: str) -> None:
    """Print the schema of one file, by its name without `.yaml`."""
    typer.echo(_text(file))


def write(folder: Path) -> None:
    """Write the schemas of all files into a folder, and say the line that tells an editor."""
    for file in FILES:
        path = folder / f"{file}.schema.json"
        path.write_text(_text(file) + "\n", encoding="utf-8")
        typer.echo(f"{path}   first line of {file}.yaml:  # yaml-language-server: $schema={path.name}")


def _text(file: str) -> str:
    return json.dumps(schema(file), indent=2, ensure_ascii=False)
