"""What is said to one gear, and how its answers are written down: sequences of commands, by python-dali.

A sequence yields commands and is sent their answers; it does no I/O. Whoever imports this module has the extra `dali`.
"""

from collections.abc import Generator
from typing import Any, Final, TypeAlias

from dali.address import GearShort
from dali.exceptions import DALIError
from dali.gear import converter, general, led
from dali.memory.diagnostics import BANK_205, ControlGearOperatingTime
from dali.memory.energy import BANK_202, ActiveEnergy, ActivePower

from gateway.links.dali.rota import Look, Order

Command: TypeAlias = Any
Response: TypeAlias = Any
Said: TypeAlias = dict[str, Any]
"""Raw answers by name; one that did not come is None."""

Talk: TypeAlias = Generator[Command, Response, Said]

CURVES_ASKED: Final = {6: led.QueryDimmingCurve, 5: converter.QueryDimmingCurve}
"""Device types that know their dimming curve: LED gear (part 207) and converters to 1-10 V (part 206)."""

NO_MORE, SEVERAL = 254, 255
"""What is answered to QUERY DEVICE TYPE and QUERY NEXT DEVICE TYPE beside a number (IEC 62386-102:2014, 11.5.12)."""

MOST_TYPES: Final = 32
"""Gear that says more types than this is believed no more: there are not twice as many."""

LONGEST: Final = 150
"""Frames after which a sequence is given up: three times as many as any takes of gear that answers as it should."""

SILENT: Final[Said] = {}
"""What is written down of gear that does not answer."""


def order(given: Order) -> Talk:
    """Tell gear an arc power; its fade time first, where it has another."""
    gear = GearShort(given.address)
    if given.writes_fade:
        yield general.DTR0(given.fade)
        yield general.SetFadeTime(gear)
    yield general.DAPC(gear, given.arc)
    return {}


def look(address: int, how: Look) -> Talk:
    """Ask what gear does, its meters too where `how` says so. Gives nothing if it does not answer."""
    gear = GearShort(address)
    status = _number((yield general.QueryStatus(gear)))
    if status is None:
        return SILENT
    actual = _number((yield general.QueryActualLevel(gear)))
    if actual is None:
        return SILENT
    said: Said = {"actual_level": actual, "status": status}
    if how in (Look.METERED, Look.ENERGY):
        said["active_power"] = yield from _latched(gear, BANK_202, ActivePower)
    if how is Look.ENERGY:
        said["active_energy"] = yield from _latched(gear, BANK_202, ActiveEnergy)
        said["operating_time"] = yield from _latched(gear, BANK_205, ControlGearOperatingTime)
    return {key: value for key, value in said.items() if value is not None}


def introduction(address: int) -> Talk:
    """Ask what gear is, as far as its orders depend on it. Gives nothing if it does not answer.

    `disorderly` is there if its answers cannot be those of one gear: two at one address answer at the same time.
    """
    gear = GearShort(address)
    minimum = _number((yield general.QueryMinLevel(gear)))
    if minimum is None:
        return SILENT
    types, orderly = yield from _types(gear)
    said: Said = {"device_types": types, "minimum": minimum}
    if not orderly:
        said["disorderly"] = True
    for kind, question in CURVES_ASKED.items():
        if kind in types:
            said["dimming_curve"] = _number((yield question(gear)))
    said["maximum"] = _number((yield general.QueryMaxLevel(gear)))
    said["fade_time_and_rate"] = _number((yield general.QueryFadeTimeFadeRate(gear)))
    return said


def survey(address: int, failure_level: int | None) -> Talk:
    """Ask the rest of what gear is, and set what it is to have: the arc power that it takes by itself, if there is one.

    Gives nothing if it does not answer.
    """
    gear = GearShort(address)
    said: Said = {}
    for key, asked in (
        ("physical_minimum", general.QueryPhysicalMinimum),
        ("system_failure_level", general.QuerySystemFailureLevel),
        ("power_on_level", general.QueryPowerOnLevel),
        ("extended_fade_time", general.QueryExtendedFadeTime),
    ):
        said[key] = _number((yield asked(gear)))
        if said["physical_minimum"] is None:
            return SILENT
    if said["extended_fade_time"]:
        # A ramp of no time is fade time 0, which would mean this one.
        yield general.DTR0(0)
        yield general.SetExtendedFadeTime(gear)
    if failure_level is not None and {said["system_failure_level"], said["power_on_level"]} != {failure_level}:
        yield general.DTR0(failure_level)
        yield general.SetSystemFailureLevel(gear)
        yield general.SetPowerOnLevel(gear)
    said["energy_bank"] = yield from _has(gear, BANK_202)
    return said


def _types(gear: GearShort) -> Generator[Command, Response, tuple[list[int], bool]]:
    """The device types that gear says, and whether it says them as it must: rising, each once, and then an end."""
    response = yield general.QueryDeviceType(gear)
    only = _number(response)
    if only != SEVERAL:
        return [only] if only not in (None, NO_MORE) else [], not _garbled(response)
    found: list[int] = []
    while len(found) < MOST_TYPES:
        following = _number((yield general.QueryNextDeviceType(gear)))
        if following == NO_MORE:
            return found, bool(found)
        if following is None or following == SEVERAL or (found and following <= found[-1]):
            break
        found.append(following)
    return found, False


def _has(gear: GearShort, bank: Any) -> Generator[Command, Response, bool]:
    try:
        yield from bank.last_address(gear)
    except DALIError:
        return False
    return True


def _latched(gear: GearShort, bank: Any, value: Any) -> Generator[Command, Response, str | None]:
    """The bytes of a value as they were at one moment, in hexadecimal; None if gear does not have it."""
    yield from bank.latch(gear)
    try:
        raw = yield from value.read_raw(gear)
    except DALIError:
        raw = None
    yield from bank.unlatch(gear)
    return None if raw is None else bytes(raw).hex()


def _garbled(response: Response) -> bool:
    """Whether something was answered that is no byte."""
    return bool(response.raw_value is not None and response.raw_value.error)


def _number(response: Response) -> int | None:
    """The byte that was answered; None for silence and for what was garbled."""
    raw = response.raw_value
    return None if raw is None or raw.error else int(raw.as_integer)
