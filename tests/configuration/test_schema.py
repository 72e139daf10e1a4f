"""The schemas that editors take: a good file is never marked, and what is plainly wrong is."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.configuration.rules import SHIPPED
from gateway.configuration.schema import FILES, schema
from tests.configuration.files import EXAMPLE
from tests.ground.pages import fenced, page


def marked(file: str, text: str) -> list[str]:
    """What an editor marks in a file, each as the way to it."""
    written: Any = YAML(typ="safe", pure=True).load(text)
    errors = jsonschema.Draft202012Validator(schema(file)).iter_errors(written)
    return [" ".join(str(step) for step in error.absolute_path) for error in errors]


def example(file: str) -> str:
    return (EXAMPLE / f"{file}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES)
def test_a_schema_is_one_of_the_dialect_it_names(file: str) -> None:
    written = schema(file)
    assert written["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(written)


@pytest.mark.parametrize("file", FILES)
def test_the_example_is_not_marked(file: str) -> None:
    assert marked(file, example(file)) == []


def test_shipped_programs_and_the_files_of_the_tuning_page_are_not_marked() -> None:
    assert marked("lighting", SHIPPED.read_text(encoding="utf-8")) == []
    for text in fenced(page("docs/tuning-rules.md"), "yaml"):
        assert marked("devices" if text.startswith("sensors") else "lighting", text) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("site", "latitude: 46.7806", "latitud: 46.7806", "site"),
        ("site", "commit_interval: 0s", "commit_interval: 0", "record commit_interval"),
        ("site", "max_size: 4 GB", "max_size: 4", "record max_size"),
        ("site", "id: chalon", "id: Chalon", "site id"),
        ("devices", "convention: ld2450", "convention: ld2451", "sensors radar-quai convention"),
        ("devices", "motion-01..10:", "Motion-01..10:", "sensors"),
        ("devices", "types: ", "keys: {armoire: {pin: 22}}\ntypes: ", "keys armoire pin"),
        ("devices", "full: 28 W", "full: 28", "types led-28w full"),
        ("lighting", "class: P4     ", "class: p4     ", "zones tanneurs class"),
        ("lighting", "design: 5.0 lx", "design: 5.0", "zones tanneurs design"),
        ("lighting", "hold: 45s", "hodl: 45s", "programs quiet-street presence"),
        ("lighting", "20/h: 60%", "20 p/h: 60%", "programs quiet-street count curve"),
        ("lighting", "from: 22:30", "from: 22h30", "programs quiet-street steps 1 from"),
        ("lighting", "max: 80%", "max: 0.8", "programs quiet-street steps 1 max"),
    ],
)
def test_what_is_plainly_wrong_is_marked_where_it_stands(file: str, old: str, new: str, where: str) -> None:
    text = example(file)
    assert old in text
    assert where in marked(file, text.replace(old, new, 1))


def test_a_section_may_be_included() -> None:
    assert marked("lighting", "zones: zones.yaml\ncalendar: feasts.yml\n") == []
    assert marked("lighting", "zones: Rue des Tanneurs\n") == ["zones"]


def test_the_command_prints_one_or_writes_all(tmp_path: Path) -> None:
    runner = CliRunner()
    assert json.loads(runner.invoke(app, ["schema", "devices"]).stdout) == schema("devices")
    told = runner.invoke(app, ["schema", "--out", str(tmp_path)]).stdout
    assert "# yaml-language-server: $schema=lighting.schema.json" in told
    assert {path.name for path in tmp_path.iterdir()} == {f"{file}.schema.json" for file in FILES}
    assert runner.invoke(app, ["schema", "street"]).exit_code == 2
