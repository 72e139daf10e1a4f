"""The lamp of a Tasmota device: POWER and Dimmer, and how an order is said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from devices.hearing import Hearing, Lamp
from devices.light import LightCommand
from devices.message import SECOND
from devices.payload import Tree
from devices.reading import Quantity
from devices.scale import Orders, Scale
from devices.values import number, says_nothing

POWER = re.compile(r"POWER(\d*)")
DIMMED = Scale(100)
SWITCHED = Scale(1)
ALIVE = "NoDelay;Event reverbere;NoDelay"
"""Comes with every order, also with one that changes nothing, so that a rule in the device notices our silence."""

SLOWEST = 40
"""Speed2 is in half seconds for the way from dark to full, 1 to 40; a shorter way takes its share of that."""


@dataclass(slots=True)
class LampMemory:
    """What a lamp was told and said last: `output` is the POWER that switches it, where its Dimmer showed which."""

    orders: Orders = field(default_factory=Orders)
    dimmer: float | None = None
    on: bool | None = None
    output: str = ""
    power: float | None = None
    energy: float | None = None


def hear_light(hearing: Hearing, said: Mapping[str, Tree], memory: LampMemory, output: str) -> None:
    """Take POWER and Dimmer. `output` is the one that the lamp hangs on, "" for the one that dims, else the first."""
    powers = {key: on for key, value in said.items() if POWER.fullmatch(key) and (on := _on(value)) is not None}
    if not output and "Dimmer" in said and not says_nothing(said["Dimmer"]):
        memory.dimmer = hearing.trying(lambda: number(said["Dimmer"]), "Dimmer")
        # The light follows the relays: its POWER is the last one.
        memory.output = max(powers, key=_index, default=memory.output)
    elif not powers:
        return
    of_it = [key for key in (output or memory.output, *(() if output else ("POWER", "POWER1"))) if key in powers]
    if of_it:
        memory.on = powers[of_it[0]]
        _channel(hearing, said, of_it[0], memory)
    elif powers:
        return
    say_light(hearing, memory)


def _channel(hearing: Hearing, said: Mapping[str, Tree], output: str, memory: LampMemory) -> None:
    """Take the level of a lamp whose channels are dimmed each by itself (SetOption68): its own, not a Dimmer of all."""
    level = said.get(f"Channel{output.removeprefix('POWER') or 1}")
    if "Dimmer" not in said and not says_nothing(level):
        memory.dimmer = hearing.trying(lambda: number(level), output)


def say_light(hearing: Hearing, memory: LampMemory) -> None:
    """Say where the lamp is by all that it said."""
    scale = SWITCHED if memory.dimmer is None else DIMMED
    step = 1.0 if memory.dimmer is None else memory.dimmer
    lit = memory.on if memory.on is not None else memory.dimmer is not None
    hearing.state(Lamp(scale, memory.orders), step if lit else 0.0, memory.power, memory.energy)


def hear_energy(hearing: Hearing, said: Tree, memory: LampMemory) -> None:
    """Take the meter: watts and kilowatt-hours, of the lamp if it said where it is."""
    if not isinstance(said, dict):
        return
    hearing.say(Quantity.VOLTAGE, _one(said.get("Voltage")), "ENERGY.Voltage")
    power, total = _one(said.get("Power")), _one(said.get("Total"))
    if memory.on is None and memory.dimmer is None:
        hearing.say(Quantity.POWER, power, "ENERGY.Power")
        hearing.say(Quantity.ENERGY, total, "ENERGY.Total", factor=1000.0)
        return
    if power is not None:
        memory.power = hearing.trying(lambda: number(power), "ENERGY.Power")
    if total is not None:
        memory.energy = hearing.trying(lambda: number(total) * 1000, "ENERGY.Total")
    say_light(hearing, memory)


def _one(value: Tree) -> Tree:
    """The value of a meter with one phase."""
    return None if isinstance(value, list | dict) or says_nothing(value) else value


def _on(value: Tree) -> bool | None:
    word = str(value).upper()
    return True if word in ("ON", "1", "TRUE") else False if word in ("OFF", "0", "FALSE") else None


def _index(power: str) -> int:
    digits = power.removeprefix("POWER")[:4]
    return int(digits) if digits else 0


def order(command: LightCommand, output: str, memory: LampMemory) -> tuple[str, str]:
    """The command and its parameter: a relay is switched; a light goes to its level with a fade for this once.

    Fade2 and Speed2 hold for one change and are not saved, as Fade and Speed are, in a flash that wears.
    """
    if output:
        return "Backlog", f"{ALIVE};{output} {'ON' if command.level else 'OFF'}"
    speed = min(round(command.ramp * 2 / SECOND / _way(command.level, memory)), SLOWEST)
    fade = f"Fade2 1;NoDelay;Speed2 {speed}" if speed else "Fade2 0"
    return "Backlog", f"{ALIVE};{fade};NoDelay;Dimmer {DIMMED.step(command.level)}"


def _way(level: int, memory: LampMemory) -> float:
    """Which part of the way from dark to full a change is; all of it if nobody knows where the lamp is."""
    if memory.dimmer is None or memory.on is None:
        return 1.0
    return abs(level - (memory.dimmer if memory.on else 0.0)) / 100 or 1.0
