"""The three files of a folder -> one immutable `Site`, or all that is wrong with them at once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from devices.device import Device
from gateway.configuration import keys, modbus, pace, pins, wiring
from gateway.configuration.digest import digest
from gateway.configuration.equipment import Equipment, Unit, read_equipment
from gateway.configuration.including import Including
from gateway.configuration.models import VERSION, DeviceBlock, ZoneBlock
from gateway.configuration.neighbours import neighbours
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.rules import Rules, read_rules
from gateway.configuration.settings import Settings, read_settings
from gateway.configuration.site import OverrideSettings, Site
from gateway.configuration.source import Source, understood
from gateway.configuration.texts import FILES, Texts, fetch_all, taken_from
from gateway.configuration.timetable import with_programs
from gateway.configuration.topics import heard_twice
from gateway.configuration.units import say_duration
from gateway.lighting.check import check_light, check_sensing, notes
from gateway.lighting.plan import Place, Plan, Problem, Program, Zone, ZoneId

T = TypeVar("T")


def load(folder: Path) -> Site:
    """Read, understand and check the site in a folder.

    Raises `ConfigurationError` with every problem of all three files that can be found together.
    """
    return understand(folder, fetch_all(folder))


def understand(folder: Path, texts: Texts) -> Site:
    """The site that the texts of three files describe, as if they stood in a folder.

    Raises `ConfigurationError` as `load` does.
    """
    take = taken_from(texts, folder)
    sources = {name: _Reading(Including(folder / name, folder, take), texts[name]) for name in FILES}
    site, devices, lighting = sources.values()
    settings = site.understand(lambda source: read_settings(source, folder), None)
    equipment = devices.understand(read_equipment, Equipment())
    rules = lighting.understand(read_rules, Rules())
    devices.problems += _device_problems(equipment, rules)
    plan = _plan(settings, equipment, rules)
    if settings is not None:
        lighting.problems += check_light(plan)
    # With a device missing for another reason, a zone would seem unwatched that is not.
    if not devices.problems:
        lighting.problems += check_sensing(plan)
        if settings is not None:
            site.problems += _without_broker(site.source, settings, equipment)
            devices.problems += heard_twice([*equipment.sensors, *equipment.luminaires], settings.file.site.id)
    if settings is not None:
        site.problems += _too_long(site.source, settings, rules)
    problems = [problem for reading in sources.values() for problem in reading.in_order()]
    if problems or settings is None:
        known = settings is not None and not devices.problems
        raise ConfigurationError(problems, notes(plan) if known else ())
    understood = _site(settings, equipment, plan, rules)
    if too_slow := list(pace.problems(understood, site.source.at(("record", "commit_interval")))):
        raise ConfigurationError(too_slow, notes(plan))
    return understood


def _too_long(site: Source, settings: Settings, rules: Rules) -> Iterator[Problem]:
    """An order from Home Assistant is an order like any other."""
    block, at_most = settings.homeassistant, rules.overrides.at_most
    if block is not None and block.lasts is not None and block.lasts > at_most:
        found = f"orders would last {say_duration(block.lasts)}, and overrides last {say_duration(at_most)} at most"
        expected = "A shorter time, or a longer  overrides: {at_most: ...}  in lighting.yaml"
        yield Problem(site.at(("homeassistant", "lasts")), found, expected)


class _Reading:
    """One of the files, and what is wrong with it."""

    def __init__(self, where: Including, text: bytes | Problem) -> None:
        self.source, self.problems = understood(text, where)
        if self.source.sound:
            self.problems += self._version_problems()

    def understand(self, read_block: Callable[[Source], tuple[T, list[Problem]]], otherwise: T) -> T:
        """What the file says, or something else where it cannot be read at all."""
        if not self.source.sound:
            return otherwise
        understood, problems = read_block(self.source)
        self.problems += problems
        return understood

    def in_order(self) -> list[Problem]:
        """Its problems from top to bottom, each once; then those of the files it includes."""
        return sorted(dict.fromkeys(self.problems), key=self._order)

    def _order(self, problem: Problem) -> tuple[bool, str, int, int]:
        place = problem.place
        return place.file != self.source.file, place.file, place.line, place.column

    def _version_problems(self) -> Iterator[Problem]:
        written = self.source.value.get("version", str(VERSION))
        place = self.source.at(("version",))
        expected = f"Write  version: {VERSION}"
        if not isinstance(written, str) or not re.fullmatch(r"[1-9][0-9]{0,8}", written):
            yield Problem(place, "this is no version of the files' format", expected)
        elif int(written) > VERSION:
            self.source.sound = False
            found = f"the file is of version {written}, and this gateway reads version {VERSION}"
            yield Problem(place, found, "Install the release that it was written for, or mend it by hand")


def _device_problems(equipment: Equipment, rules: Rules) -> Iterator[Problem]:
    for sensor in equipment.sensors:
        yield from wiring.place_problems(sensor, rules)
        yield from wiring.sensor_problems(sensor)
    for luminaire in equipment.luminaires:
        yield from wiring.place_problems(luminaire, rules)
        yield from wiring.luminaire_problems(luminaire, equipment.types)
    yield from wiring.twice([*equipment.sensors, *equipment.luminaires], equipment.names)
    yield from keys.key_problems(equipment.keys, tuple(rules.zones))
    yield from modbus.shared_problems(equipment.sensors)
    yield from pins.shared_problems(equipment.sensors, equipment.luminaires, equipment.keys)


def _without_broker(site: Source, settings: Settings, equipment: Equipment) -> Iterator[Problem]:
    speaker = next((device.id for device in _devices(equipment) if device.link == wiring.MQTT), None)
    if settings.mqtt is None and speaker is not None:
        expected = f"{speaker} speaks MQTT. Write  mqtt:  and below it  url: mqtt://127.0.0.1:1883"
        yield Problem(site.key(("mqtt",)), '"mqtt" is missing', expected)


def _plan(settings: Settings | None, equipment: Equipment, rules: Rules) -> Plan:
    """The plan of all zones that are understood; where the site is not, at 0 degrees north and east."""
    zones = tuple(
        replace(
            with_programs(_zone(name, block, program, equipment, rules.names[name]), rules),
            neighbours=neighbours(name, rules.zones),
        )
        for name, block in rules.zones.items()
        if block is not None and (program := rules.programs.get(block.program)) is not None
    )
    site = settings.file.site if settings else None
    plan = Plan(
        digest="",
        latitude=site.latitude if site else 0.0,
        longitude=site.longitude if site else 0.0,
        timezone=site.time_zone if site else "UTC",
        zones=zones,
    )
    return replace(plan, digest=digest(plan))


def _zone(name: str, block: ZoneBlock, program: Program, equipment: Equipment, place: Place) -> Zone:
    sensings = [wiring.sensing(unit, block) for unit in equipment.sensors if unit.block.zone == name]
    watches = (sensing.watch for sensing in sensings if sensing.watch is not None)
    counters = (sensing.counter for sensing in sensings if sensing.counter is not None)
    luminaires = (
        wiring.luminaire(unit, kind)
        for unit in equipment.luminaires
        if unit.block.zone == name and (kind := equipment.types.get(unit.block.type or "")) is not None
    )
    return Zone(
        id=ZoneId(name),
        label=block.label or name,
        length=block.length,
        luminaires=tuple(sorted(luminaires, key=lambda lamp: (lamp.at, lamp.id))),
        watches=tuple(sorted(watches, key=lambda watch: (watch.start, watch.sensor))),
        counters=tuple(sorted(counters, key=lambda counter: (counter.at, counter.sensor))),
        program=program,
        design_class=block.lighting_class,
        design=block.design,
        place=place,
    )


def _devices(equipment: Equipment) -> tuple[Device, ...]:
    units: list[Unit[DeviceBlock]] = [*equipment.sensors, *equipment.luminaires]
    return tuple(wiring.device(unit) for unit in units)


def _site(settings: Settings, equipment: Equipment, plan: Plan, rules: Rules) -> Site:
    """The site, once nothing is wrong with it."""
    block = settings.file.site
    overrides = rules.overrides
    return Site(
        id=block.id,
        title=block.name or block.id,
        plan=plan,
        devices=_devices(equipment),
        state=settings.state,
        mqtt=settings.mqtt,
        serials=tuple(line for unit in equipment.sensors if (line := wiring.serial(unit)) is not None),
        targets=settings.targets,
        record=settings.record,
        lateness=settings.file.lateness,
        refresh=settings.file.refresh,
        overrides=OverrideSettings(
            overrides.lasts, overrides.at_most, overrides.reason == "required", overrides.below_floor == "allowed"
        ),
        metrics=settings.metrics,
        keys=keys.settings(equipment.keys, tuple(zone.id for zone in plan.zones)),
        pins=pins.settings(equipment.sensors, equipment.luminaires),
        modbus=modbus.settings(equipment.sensors),
        homeassistant=settings.homeassistant,
    )
