import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from gateway.configuration import models
from tests.ground.pages import page, tables

GUIDE = tables(page("docs/guide.md"))

BLOCKS: dict[str, type[BaseModel]] = {
    "site.yaml": models.SiteFile,
    "site:": models.SiteBlock,
    "mqtt:": models.MqttBlock,
    "influxdb:": models.InfluxBlock,
    "record:": models.RecordBlock,
    "keep:": models.KeepBlock,
    "metrics:": models.MetricsBlock,
    "homeassistant:": models.HomeAssistantBlock,
    "devices.yaml": models.DevicesFile,
    "sensors:": models.SensorBlock,
    "luminaires:": models.LuminaireBlock,
    "types:": models.TypeBlock,
    "keys:": models.KeyBlock,
    "lighting.yaml": models.LightingFile,
    "zones:": models.ZoneBlock,
    "neighbours:": models.NeighboursBlock,
    "programs:": models.ProgramBlock,
    "active:": models.ActiveBlock,
    "count:": models.CountBlock,
    "presence:": models.PresenceBlock,
    "ramp:": models.RampBlock,
    "steps:": models.StepBlock,
    "weights:": models.WeightsBlock,
    "dark:": models.DarkBlock,
    "calendar:": models.CalendarBlock,
    "overrides:": models.OverridesBlock,
}


def keys(block: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a block as they are written in the files."""
    return {field.alias or name: field for name, field in block.model_fields.items()}


def test_the_guide_speaks_of_every_block_of_the_files() -> None:
    shared = {models.Block, models.DeviceBlock}
    blocks = {value for value in vars(models).values() if isinstance(value, type) and issubclass(value, models.Block)}
    assert set(BLOCKS.values()) == blocks - shared


@pytest.mark.parametrize("heading", BLOCKS)
def test_the_guide_has_every_key_of_a_block_and_no_other(heading: str) -> None:
    assert GUIDE[heading].keys() == keys(BLOCKS[heading]).keys()


@pytest.mark.parametrize("heading", BLOCKS)
def test_a_key_without_which_a_block_is_refused_is_called_required(heading: str) -> None:
    required = {key for key, field in keys(BLOCKS[heading]).items() if field.is_required()}
    called = {key for key, (_, default, _) in GUIDE[heading].items() if default == "required"}
    assert required <= called
    # A device is put together from several blocks, so that none of them must have these.
    assert called - required <= {"zone", "at", "convention", "type"}


@pytest.mark.parametrize("heading", BLOCKS)
def test_the_defaults_of_the_guide_are_those_of_the_program(heading: str) -> None:
    for key, field in keys(BLOCKS[heading]).items():
        default = GUIDE[heading][key][1]
        if written := re.fullmatch(r"`([^`]+)`", default):
            assert read(field, written[1]) == field.default, key
        elif not field.is_required() and field.default is not None and field.default_factory is None:
            assert isinstance(field.default, BaseModel), f"the guide does not say the default of {key}"


def read(field: FieldInfo, text: str) -> Any:
    """A value of a key as the files' reader understands it."""
    kind: Any = field.annotation
    for rule in field.metadata:
        kind = Annotated[kind, rule]
    return TypeAdapter(kind).validate_python(text)
