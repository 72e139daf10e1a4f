"""The types of lamp of a site, and the one that a lamp gets: by its name, or by its watts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.edits import DEVICES
from gateway.configuration.edit import Change
from gateway.configuration.equipment import read_equipment
from gateway.configuration.including import Including
from gateway.configuration.inventory.writing import estimates, type_of_watts
from gateway.configuration.source import understood
from gateway.configuration.texts import fetch_all, taken_from
from gateway.lighting.plan import LampType
from gateway.onboarding.errors import OnboardingError


@dataclass(frozen=True, slots=True)
class Chosen:
    """The name of a lamp's type, and the change that writes the type where the site does not have it."""

    name: str
    new: Change | None = None


def known(folder: Path) -> Mapping[str, LampType | None]:
    """The types of devices.yaml by their names; None for one that is not understood."""
    texts = fetch_all(folder)
    source, _ = understood(texts[DEVICES], Including(folder / DEVICES, folder, taken_from(texts, folder)))
    return read_equipment(source)[0].types


def chosen(types: Mapping[str, LampType | None], name: str, watts: float | None) -> Chosen:
    """The type of a lamp: as it is named, else that of its watts, else the only one; new where watts are said.

    Raises `OnboardingError` where neither says which.
    """
    if watts is None:
        if name or len(types) == 1:
            return Chosen(name or next(iter(types)))
        asked = f"--type, one of the types of devices.yaml ({', '.join(types)})" if types else "--watts 28"
        more = (
            "or --watts 28, which writes a new one" if types else "the lamp's full power: devices.yaml has no type yet"
        )
        raise OnboardingError(f"expected {asked}, {more}")
    same = [each for each, kind in types.items() if kind is not None and kind.nominal == watts]
    if not name and same:
        return Chosen(same[0])
    name = name or f"led-{watts:g}w".replace(".", "-")
    if name in same:
        return Chosen(name)
    if name in types:
        raise OnboardingError(
            f"expected the watts of {name} as devices.yaml has them, or another --type; found {watts:g} W"
        )
    return Chosen(name, Change("types", entries={name: type_of_watts(watts)}, remark=(estimates("approve --watts"),)))
