"""A `light`: the JSON schema, and the default one with a topic for each thing."""

from dataclasses import dataclass
from typing import Final

from pydantic_core import to_json

from devices.convention import Malformed
from devices.conventions.homeassistant.entity import Heeded, LampMemory, Light, same, topic, word
from devices.conventions.homeassistant.template import PLAIN, Said, Template, template
from devices.conventions.homeassistant.words import Options
from devices.hearing import Lamp
from devices.light import LightCommand
from devices.message import SECOND, Message
from devices.payload import Tree, an_object, shown
from devices.reading import Quantity
from devices.scale import Scale
from devices.values import number, says_nothing

FULL: Final = 255
"""Brightness of full light where a description does not say."""

MOST_STEPS: Final = 1_000_000
SWITCHED: Final = Scale(1)
UNDIMMED: Final = frozenset({"onoff", "unknown"})
"""Color modes without brightness."""


@dataclass(frozen=True, slots=True)
class JsonLight:
    """A light that says and is told objects: state, brightness, seconds of transition."""

    command: str
    state: str
    scale: Scale
    channel: str = ""

    @property
    def topics(self) -> frozenset[str]:
        """Where it speaks."""
        return frozenset({self.state} - {""})

    @property
    def offers(self) -> str:
        """Its level."""
        return Quantity.LEVEL.value

    def hear(self, heeded: Heeded, where: str) -> None:
        """Take a state; one without brightness leaves it as it was."""
        if not heeded.said.payload:
            return
        said, memory = an_object(heeded.said.payload), heeded.memory
        if says_nothing(said.get("state")):
            return
        if said["state"] not in ("ON", "OFF"):
            raise Malformed("ON or OFF", shown(said["state"]), f"{where}.state")
        memory.on = said["state"] == "ON"
        if not says_nothing(said.get("brightness")) and self.scale != SWITCHED:
            read = heeded.hearing.trying(lambda: _brightness(said["brightness"], self.scale), f"{where}.brightness")
            memory.brightness = read or memory.brightness  # a lamp that is on is not at 0
        _say(heeded, self.scale)

    def order(self, command: LightCommand) -> tuple[Message, ...]:
        """Write an order."""
        told: dict[str, object] = {"state": "ON" if command.level else "OFF"}
        if self.scale != SWITCHED:
            told["transition"] = command.ramp / SECOND
            if command.level:
                told["brightness"] = self.scale.step(command.level)
        return (Message(self.command, to_json(told)),)


@dataclass(frozen=True, slots=True)
class PlainLight:
    """A light of the default schema: on and off on one topic, brightness on another. It is told no transition."""

    command: str
    state: str
    read: Template
    on: str
    off: str
    scale: Scale
    brightness_command: str = ""
    brightness_write: Template = PLAIN
    brightness_state: str = ""
    brightness_read: Template = PLAIN
    on_command: str = "last"
    channel: str = ""

    @property
    def topics(self) -> frozenset[str]:
        """Where it speaks."""
        return frozenset({self.state, self.brightness_state} - {""})

    @property
    def offers(self) -> str:
        """Its level."""
        return Quantity.LEVEL.value

    def hear(self, heeded: Heeded, where: str) -> None:
        """Take whether it is on, or how bright it is."""
        if not heeded.said.payload:
            return
        hearing, memory = heeded.hearing, heeded.memory
        if heeded.topic == self.state:
            on = hearing.trying(lambda: self._on(heeded.said), f"{where}.state")
            memory.on = memory.on if on is None else on
        if heeded.topic == self.brightness_state:
            read = hearing.trying(lambda: self._steps(heeded.said), f"{where}.brightness")
            memory.brightness = read or memory.brightness  # a lamp that is on is not at 0
        _say(heeded, self.scale)

    def order(self, command: LightCommand) -> tuple[Message, ...]:
        """Write an order: brightness before or after the word that switches on, as the description wants it."""
        if not command.level:
            return (Message(self.command, self.off.encode()),)
        switch = Message(self.command, self.on.encode())
        if not self.brightness_command:
            return (switch,)
        step = self.brightness_write(Said(str(self.scale.step(command.level)).encode()))
        dim = Message(self.brightness_command, str(step).encode())
        return {"first": (switch, dim), "brightness": (dim,)}.get(self.on_command, (dim, switch))

    def _on(self, said: Said) -> bool | None:
        value = self.read(said)
        if same(value, self.on) or same(value, self.off):
            return same(value, self.on)
        if says_nothing(value):
            return None
        raise Malformed(f"{self.on} or {self.off}", shown(value))

    def _steps(self, said: Said) -> float | None:
        value = self.brightness_read(said)
        return None if says_nothing(value) else _brightness(value, self.scale)


def light(path: str, options: Options) -> Light:
    """Understand a light. Raises `Malformed`, for the schema `template` too."""
    command = topic(options, "command_topic")
    if not command:
        raise Malformed("a command_topic", "none", path)
    schema = options.get("schema", "basic")
    if schema == "json":
        return JsonLight(command, topic(options, "state_topic"), _scale(options) if _dims(options) else SWITCHED)
    if schema not in ("basic", "default"):
        raise Malformed("a light of the schema json or default", shown(schema), "schema")
    told = topic(options, "brightness_command_topic")
    wanted = word(options, "on_command_type", "last")
    if wanted not in ("last", "first", "brightness"):
        raise Malformed("last, first or brightness", shown(wanted), "on_command_type")
    return PlainLight(
        command,
        topic(options, "state_topic"),
        template(options.get("state_value_template", options.get("value_template"))),
        word(options, "payload_on", "ON"),
        word(options, "payload_off", "OFF"),
        _scale(options) if told else SWITCHED,
        told,
        template(options.get("brightness_command_template")),
        topic(options, "brightness_state_topic") if told else "",
        template(options.get("brightness_value_template")),
        wanted,
    )


def _dims(options: Options) -> bool:
    """Whether a light of the JSON schema has brightness: it says so itself, or by a mode of colour that has it."""
    modes = options.get("supported_color_modes")
    modern = isinstance(modes, list) and any(isinstance(mode, str) and mode not in UNDIMMED for mode in modes)
    return options.get("brightness") is True or modern


def _scale(options: Options) -> Scale:
    said = options.get("brightness_scale")
    full = FULL if said is None else number(said)
    if not 1 <= full <= MOST_STEPS or full != int(full):
        raise Malformed(f"a whole number of steps from 1 to {MOST_STEPS}", shown(said), "brightness_scale")
    return Scale(full)


def _brightness(said: Tree, scale: Scale) -> float:
    read = number(said)
    if not 0 <= read <= scale.full:
        raise Malformed(f"brightness from 0 to {scale.full:g}", shown(said))
    return read


def _say(heeded: Heeded, scale: Scale) -> None:
    memory: LampMemory = heeded.memory
    lamp = Lamp(scale, memory.orders)
    if memory.on is False:
        heeded.hearing.state(lamp, 0.0)
    elif memory.on and scale == SWITCHED:
        heeded.hearing.state(lamp, 1.0)
    elif memory.on and memory.brightness is not None:
        heeded.hearing.state(lamp, memory.brightness)
