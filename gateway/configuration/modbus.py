"""Sensors of devices.yaml that answer on an RS-485 line, several on each."""

from collections.abc import Iterator, Sequence

from devices.message import SECOND
from gateway.configuration.equipment import Unit
from gateway.configuration.models import SensorBlock
from gateway.configuration.site import ModbusSettings, ModbusUnit
from gateway.configuration.units import say_duration
from gateway.lighting.plan import Problem

MODBUS = "modbus"
"""The convention of who is asked on a line."""

HIGHEST = 247
"""The last unit number (MODBUS over Serial Line V1.02, section 2.2)."""

BAUD, POLL, PARITY = 9_600, 2 * SECOND, "none"
"""What is meant where nothing is written: most devices are sold with 9600 baud and no parity."""

_ONLY = ("unit", "poll", "parity", "registers")


def link(port: str) -> str:
    """The name of the link to a line."""
    return f"{MODBUS}:{port}"


def address(block: SensorBlock) -> str:
    """What the convention calls a device: its line and its unit."""
    return f"{block.serial}/{block.unit}"


def misplaced(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """Keys that only a Modbus device has, on another one."""
    for key in _ONLY if unit.block.convention not in (None, MODBUS) else ():
        if getattr(unit.block, key) is not None:
            yield Problem(unit.at(key), f'"{key}" belongs to a Modbus device', "Write  convention: modbus")


def problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """What the keys of a sensor on such a line lack."""
    block = unit.block
    if block.serial is None:
        yield unit.missing("serial", "the adapter's port: /dev/serial/by-id/...; or socket://host:port")
    if block.unit is None:
        yield unit.missing("unit", f"the number that is set in the device, 1 to {HIGHEST}")
    elif not 1 <= block.unit <= HIGHEST:
        yield Problem(unit.at("unit"), f"there is no unit {block.unit}", f"1 to {HIGHEST}, as it is set in the device")
    if block.registers is None:
        yield unit.missing("registers", "where its quantities stand:  {illuminance: {at: 0, factor: 0.1}}")
    if block.framing is not None:
        yield Problem(unit.at("framing"), "Modbus has frames of its own", "Leave  framing:  out")
    if block.silence is not None:
        expected = f"It answers every {say_duration(block.poll or POLL)}; write  heartbeat: 1min"
        yield Problem(unit.at("silence"), "the silence of a device that is asked is a fault", expected)
    poll = block.poll or POLL
    if block.heartbeat is not None and block.heartbeat < 2 * poll:
        found = f"it is asked every {say_duration(poll)}, and {say_duration(block.heartbeat)} is too short"
        yield Problem(unit.at("heartbeat"), found, f"{say_duration(2 * poll)} or more")


def shared_problems(units: Sequence[Unit[SensorBlock]]) -> Iterator[Problem]:
    """Lines on which devices are read in unlike ways, and units that two devices claim."""
    first: dict[str, Unit[SensorBlock]] = {}
    claimed: dict[tuple[str, int], str] = {}
    others = {unit.block.serial: unit.id for unit in units if unit.block.convention != MODBUS}
    for unit in units:
        block = unit.block
        if block.convention != MODBUS or block.serial is None:
            continue
        if block.serial in others:
            found = f"{others[block.serial]} is on this line and speaks by itself"
            yield Problem(unit.at("serial"), found, "A line of its own for Modbus: there nobody speaks unasked")
        other = first.setdefault(block.serial, unit)
        for key, usual in (("baud", BAUD), ("parity", PARITY)):
            here, there = (getattr(one.block, key) or usual for one in (unit, other))
            if here != there:
                expected = f"One {key} for all devices on a line"
                yield Problem(unit.at(key), f"{other.id} on this line has  {key}: {there}", expected)
        if block.unit is not None:
            claim = claimed.setdefault((block.serial, block.unit), unit.id)
            if claim != unit.id:
                yield Problem(unit.at("unit"), f"{claim} is unit {block.unit} of this line too", "A number of its own")


def settings(units: Sequence[Unit[SensorBlock]]) -> tuple[ModbusSettings, ...]:
    """The lines and who is asked there. Call it for devices without problems."""
    by_port: dict[str, list[Unit[SensorBlock]]] = {}
    for unit in units:
        if unit.block.convention == MODBUS and unit.block.serial is not None:
            by_port.setdefault(unit.block.serial, []).append(unit)
    return tuple(_line(port, on_it) for port, on_it in by_port.items())


def _line(port: str, units: Sequence[Unit[SensorBlock]]) -> ModbusSettings:
    block = units[0].block
    return ModbusSettings(
        name=link(port),
        port=port,
        baud=block.baud or BAUD,
        parity=block.parity or PARITY,
        units=tuple(
            ModbusUnit(
                unit.block.unit or 1,
                unit.block.poll or POLL,
                tuple((one.table, one.at, one.width) for one in unit.block.registers or ()),
            )
            for unit in units
        ),
    )
