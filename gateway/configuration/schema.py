"""JSON Schema (2020-12) of the three files, for editors: what may be written where, and how values look.

A schema sees one file and no meaning, so it is milder than `reverbere check`: what it refuses, `check` refuses too.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.configuration import fields, models, reads, registers, stretches, units
from gateway.lighting.plan import CLASSES
from gateway.lighting.selection import USE

DIALECT = "https://json-schema.org/draft/2020-12/schema"

FILES: Mapping[str, type[BaseModel]] = {
    "site": models.SiteFile,
    "devices": models.DevicesFile,
    "lighting": models.LightingFile,
}
"""The model of each file, by its name without `.yaml`."""

_SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
_NAMES = rf"^({_SLUG}|[a-z0-9-]*[0-9]+\.\.[0-9]+)$"
_ANY_NAME = "^.+$"
_SECTIONS: Mapping[tuple[str, str], tuple[str, type[BaseModel]]] = {
    ("devices", "sensors"): (_NAMES, models.SensorBlock),
    ("devices", "luminaires"): (_NAMES, models.LuminaireBlock),
    ("devices", "types"): (_ANY_NAME, models.TypeBlock),
    ("devices", "keys"): (f"^{_SLUG}$", models.KeyBlock),
    ("lighting", "zones"): (f"^{_SLUG}$", models.ZoneBlock),
    ("lighting", "programs"): (_ANY_NAME, models.ProgramBlock),
}
"""Blocks that are read one by one: how their names look, and their model."""

_NUMBER = r"\s*[+-]?[0-9]+(\.[0-9]+)?\s*"
_LENGTH_OF_TIME = r"(\s*[0-9]+(\.[0-9]+)?\s*(ms|s|min|h|d))+\s*"
_SCALAR = ["string", "number", "boolean"]
"""Types of what stands without quotes in YAML: `0417` is a label, and a number to an editor."""


def _written(description: str, pattern: str, *examples: str) -> JsonSchemaValue:
    return {"type": "string", "description": description, "pattern": f"^{pattern}$", "examples": list(examples)}


def _one_or_more(description: str, *examples: str) -> JsonSchemaValue:
    one: JsonSchemaValue = {"type": _SCALAR, "examples": list(examples)}
    return {"description": description, "anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


_METRES = _written("Metres, with their unit", rf"{_NUMBER}(m|km|cm)\s*", "30 m", "1.2 km")
_TIME = _written("A length of time, with its unit", _LENGTH_OF_TIME, "45s", "10min", "1h 30min")
_WHOLE: JsonSchemaValue = {
    "type": ["integer", "string"],
    "description": "A whole number above 0",
    "minimum": 1,
    "pattern": r"^\s*[0-9]+\s*$",
}
_VALUES: Mapping[Callable[..., object], JsonSchemaValue] = {
    units.duration: _TIME,
    units.duration_or_nothing: _TIME,
    units.span: _written("How long, in days or years", rf"{_NUMBER}(days?|years?)\s*", "90 days", "5 years"),
    units.size: _written("How much may be written, from 10 MB", rf"{_NUMBER}(MB|GB)\s*", "500 MB", "4 GB"),
    units.metres: _METRES,
    units.signed_metres: _METRES,
    units.percent: _written("Light output, 0% to 100%", rf"{_NUMBER}%\s*", "60%"),
    units.lux: _written("Maintained average illuminance at 100%", rf"{_NUMBER}lx\s*", "5.0 lx"),
    units.flow: _written("People per hour", rf"{_NUMBER}/(h|min)\s*", "20/h"),
    units.speed: _written("A speed", rf"{_NUMBER}(m/s|km/h)\s*", "1.4 m/s", "50 km/h"),
    units.hertz: _written("How often in a second", rf"{_NUMBER}(Hz|kHz)\s*", "1500 Hz", "1.5 kHz"),
    units.rate: _written("How fast light changes", rf"{_NUMBER}%/s\s*", "5%/s"),
    units.watts: _written("Power, with its unit", rf"{_NUMBER}(W|mW|kW)\s*", "28 W"),
    units.watts_at_level: _written("Power at a level", r".+\s+at\s+.+%\s*", "4 W at 10%"),
    units.moment: _written(
        "A moment of each night",
        rf"\s*([0-9]{{1,2}}:[0-9]{{2}}|(sunset|sunrise)\s*([+-]{_LENGTH_OF_TIME})?)\s*",
        "22:30",
        "sunset",
        "sunrise - 30min",
    ),
    fields.lighting_class: {"enum": list(CLASSES), "description": "A lighting class of EN 13201-2"},
    fields.picked: {"enum": [*CLASSES, *USE], "description": "A lighting class, or how busy the street is"},
    fields.slug: {"type": _SCALAR, "pattern": f"^{_SLUG}$", "examples": ["lamp-07"]},
    fields.pin: {"enum": list(fields.PINS), "description": "A pin of the header by its GPIO number"},
    reads.places: {
        "type": "object",
        "description": "Quantities, and where they stand in the payload",
        "minProperties": 1,
        "propertyNames": {"enum": [*reads.QUANTITIES, reads.TIME]},
        "examples": [{"presence": "motion", "illuminance": "data.lux"}],
    },
    registers.registers: {
        "type": "object",
        "description": "Quantities, and the registers in which they stand",
        "minProperties": 1,
        "propertyNames": {"enum": list(reads.QUANTITIES)},
        "examples": [{"illuminance": {"at": 0, "factor": 0.1}}],
    },
    units.whole: _WHOLE,
    units.lamps: {**_WHOLE, "description": "A number of lamps, 0 to 50", "minimum": 0, "maximum": 50},
    stretches.stretches: _one_or_more("Nights by the date of their evening", "12-24..01-01", "2026-12-31", "easter"),
    stretches.weekdays: _one_or_more("Weekdays, of the evening", "fri", "first fri", "last sun"),
}
_OTHERWISE: JsonSchemaValue = {"anyOf": [{"type": _SCALAR}, {"type": "array", "items": {"type": _SCALAR}}]}


def schema(file: str) -> JsonSchemaValue:
    """The schema of one of `FILES`, by its name without `.yaml`."""
    written = _of(FILES[file])
    definitions: dict[str, Any] = written.pop("$defs", {})
    for (of, section), (names, model) in _SECTIONS.items():
        if of == file:
            written["properties"][section] = _table(names, model, definitions)
    if file == "lighting":
        written["properties"]["calendar"] = {
            **_included("array"),
            "items": _refer(models.CalendarBlock, definitions),
        }
    written["properties"]["version"] = {"const": models.VERSION, "description": "Of the files' format"}
    written["title"] = f"{file}.yaml of a reverbere site"
    return {"$schema": DIALECT, **written, "$defs": definitions}


def _table(names: str, model: type[BaseModel], definitions: dict[str, Any]) -> JsonSchemaValue:
    block = _refer(model, definitions)
    return {
        **_included("object"),
        "patternProperties": {names: block},
        "additionalProperties": False,
    }


def _included(kind: str) -> JsonSchemaValue:
    """A section, or the name of the file that has it, as an editor sees an `!include`."""
    return {"type": [kind, "string"], "pattern": r"\.ya?ml$"}


def _refer(model: type[BaseModel], definitions: dict[str, Any]) -> JsonSchemaValue:
    """A reference to a model's schema, which joins the definitions with those that it needs."""
    written = _of(model)
    definitions.update(written.pop("$defs", {}))
    definitions[model.__name__] = written
    return {"$ref": f"#/$defs/{model.__name__}"}


def _of(model: type[BaseModel]) -> JsonSchemaValue:
    return model.model_json_schema(by_alias=True, schema_generator=_AsWritten)


class _AsWritten(GenerateJsonSchema):
    """The schema of values as they are written, not as they are inside; what may be left out has no null."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        read = cast("Callable[..., object]", schema["function"]["function"])
        if isinstance(read, fields.OneOf):
            numbers = [int(word) for word in read.known if word.isdigit()]
            return {"enum": [*read.known, *numbers]}
        return dict(_VALUES.get(read, _OTHERWISE))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        values = self.generate_inner(schema["values_schema"]) if "values_schema" in schema else {}
        pattern = keys.get("pattern", _ANY_NAME)
        return {"type": "object", "patternProperties": {pattern: values}, "additionalProperties": False}
