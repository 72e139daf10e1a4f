"""Sensors and lamps of devices.yaml on the pins of the Raspberry Pi's own header."""

from collections.abc import Iterator, Sequence

from devices.device import DeviceId
from devices.message import SECOND
from gateway.configuration.equipment import Unit
from gateway.configuration.keys import UART, KeyUnit, on_the_header
from gateway.configuration.models import DeviceBlock, LuminaireBlock, SensorBlock
from gateway.configuration.site import LampPinSettings, PinSettings, SensorPinSettings, Site
from gateway.configuration.units import say_duration
from gateway.lighting.check import Note
from gateway.lighting.plan import LampType, Place, Problem

GPIO = "gpio"
"""The convention of what hangs on pins."""

PULLED_UP = frozenset({"GPIO2", "GPIO3"})
"""Pins with a resistor of 1.8 kOhm to 3.3 V on the board."""

CHANNELS = {"GPIO12": 0, "GPIO18": 0, "GPIO13": 1, "GPIO19": 1}
"""The hardware's PWM channels on models before the Pi 5; the Pi 5 has one for each of these pins."""

SHORTEST_HEARTBEAT = 30 * SECOND
"""A pin is said again every ten seconds."""

LOW_RISK = 1250.0
"""Hz from which IEEE 1789-2015 calls light that goes fully on and off low-risk: 0.08 % of depth a hertz."""

FREQUENCY = {"pwm": 200.0, "hardware-pwm": 1500.0, "relay": 0.0}
"""Hz where none is written."""

FASTEST = {"pwm": 1000.0, "hardware-pwm": 25_000.0}
"""Hz at most: pulses that a program makes are some 0.1 ms off, and LED drivers follow no faster ones."""

SLOWEST = 100.0
"""Hz below which anybody sees the pulses."""

MIN_ON = 300 * SECOND
"""How long (ns) a relay stays on at least where it is not written: a discharge lamp takes about as long to be lit."""

_DEBOUNCE = 50_000_000
_ONLY = ("pin", "active", "pull", "debounce", "output", "frequency", "min_on")
_NOWHERE = Place("", 0, 0)


def link(pin: str) -> str:
    """The name of the link to a pin: each has its own, so that a reload disturbs no other."""
    return f"{GPIO}:{pin}"


def misplaced(unit: Unit[DeviceBlock]) -> Iterator[Problem]:
    """Keys that only something on a pin has, on another device."""
    for key in _ONLY if unit.block.convention not in (None, GPIO) else ():
        if getattr(unit.block, key, None) is not None:
            yield Problem(unit.at(key), f'"{key}" belongs to a pin of the header', "Write  convention: gpio")


def sensor_problems(unit: Unit[SensorBlock]) -> Iterator[Problem]:
    """What the keys of a sensor on a pin lack, and which of them contradict each other."""
    block = unit.block
    yield from _pin_problems(unit)
    measures = block.measures or (("presence",) if block.sees is not None else ())
    if not measures:
        yield unit.missing("sees", "how far it sees each way along the zone, such as 7 m; or  measures: pedestrians")
    if "presence" in measures and block.sees is None:
        yield unit.missing("sees", "how far it sees each way along the zone, such as 7 m")
    if "presence" not in measures and block.sees is not None:
        expected = "Write  measures: [pedestrians, presence]  if it also says that somebody is there"
        yield Problem(unit.at("sees"), 'a counter that only counts has no "sees"', expected)
    for key in ("wraps_at", "time_zone", "count_line"):
        if getattr(block, key) is not None:
            yield Problem(unit.at(key), f'a pin has no "{key}"', "Leave it out")
    if block.heartbeat is not None and block.heartbeat < SHORTEST_HEARTBEAT:
        found = f"a pin is said again every ten seconds, and {say_duration(block.heartbeat)} leaves too little"
        yield Problem(unit.at("heartbeat"), found, f"{say_duration(SHORTEST_HEARTBEAT)} or more")
    if block.pin in PULLED_UP and not _pulled_up(block):
        found = f"{block.pin} has a resistor to 3.3 V on the board"
        yield Problem(unit.at("pin"), found, "Another pin, GPIO4 to GPIO27: this one cannot be pulled down")


def lamp_problems(unit: Unit[LuminaireBlock]) -> Iterator[Problem]:
    """What the keys of a lamp on a pin lack, and which of them contradict each other."""
    block = unit.block
    yield from _pin_problems(unit)
    output = block.output or "pwm"
    if output == "hardware-pwm" and block.pin is not None and block.pin not in CHANNELS:
        expected = f"One of {', '.join(CHANNELS)}; or  output: pwm, by a program"
        yield Problem(unit.at("pin"), f"the hardware makes no PWM on {block.pin}", expected)
    if block.min_on is not None and output != "relay":
        yield Problem(unit.at("min_on"), '"min_on" belongs to a relay', "Write  output: relay, or leave it out")
    if block.frequency is None:
        return
    if output == "relay":
        yield Problem(unit.at("frequency"), "a relay is no PWM", "Leave  frequency:  out")
    elif not SLOWEST <= block.frequency <= FASTEST[output]:
        found = f"{block.frequency:g} Hz is no frequency for  output: {output}"
        yield Problem(unit.at("frequency"), found, f"{SLOWEST:g} Hz to {FASTEST[output]:g} Hz")


def _pin_problems(unit: Unit[DeviceBlock]) -> Iterator[Problem]:
    if unit.block.pin is None:
        yield unit.missing("pin", "the pin that it hangs on, by its GPIO number, such as GPIO17")
    if unit.block.address is not None:
        yield Problem(unit.at("address"), "on the header the pin is the address", "Leave  address:  out")


def shared_problems(
    sensors: Sequence[Unit[SensorBlock]], luminaires: Sequence[Unit[LuminaireBlock]], keys: Sequence[KeyUnit]
) -> Iterator[Problem]:
    """Pins that two claim, or that a serial line has; and two lamps that one channel cannot serve."""
    taken = {key.block.pin: key.id for key in keys}
    units: list[Unit[DeviceBlock]] = [*sensors, *luminaires]
    line = on_the_header([unit.block.serial for unit in sensors if unit.block.serial is not None])
    for unit in units:
        pin = unit.block.pin
        if unit.block.convention != GPIO or pin is None:
            continue
        if (other := taken.setdefault(pin, unit.id)) != unit.id:
            yield Problem(unit.at("pin"), f"{other} is on {pin} already", "A pin of its own for each")
        if pin in UART and line:
            yield Problem(unit.at("pin"), f"{pin} is a pin of the serial line {line}", "Another pin")
    yield from _channel_problems(luminaires)


def _channel_problems(luminaires: Sequence[Unit[LuminaireBlock]]) -> Iterator[Problem]:
    first: dict[int, Unit[LuminaireBlock]] = {}
    for unit in luminaires:
        channel = CHANNELS.get(unit.block.pin or "")
        if unit.block.convention != GPIO or unit.block.output != "hardware-pwm" or channel is None:
            continue
        other = first.setdefault(channel, unit)
        if other.block.pin != unit.block.pin and _frequency(other.block) != _frequency(unit.block):
            often = f"{_frequency(other.block):g} Hz"
            found = f"{other.block.pin} of {other.id} has the same channel before the Pi 5, at {often}"
            yield Problem(unit.at("frequency"), found, "One frequency for both, or another pin")


def options(block: DeviceBlock) -> dict[str, object]:
    """What the convention must know."""
    if not isinstance(block, SensorBlock):
        return {}
    return {"active": block.active or "high", "measures": block.measures or ("presence",), "heartbeat": block.heartbeat}


def settings(
    sensors: Sequence[Unit[SensorBlock]], luminaires: Sequence[Unit[LuminaireBlock]]
) -> tuple[PinSettings, ...]:
    """The pins with what is left out. Call it for devices without problems."""
    held: list[PinSettings] = [_sensor(unit, unit.block.pin) for unit in sensors if _on_a_pin(unit) and unit.block.pin]
    held += [_lamp(unit, unit.block.pin) for unit in luminaires if _on_a_pin(unit) and unit.block.pin]
    return tuple(held)


def _on_a_pin(unit: Unit[DeviceBlock]) -> bool:
    return unit.block.convention == GPIO


def _sensor(unit: Unit[SensorBlock], pin: str) -> SensorPinSettings:
    block = unit.block
    return SensorPinSettings(
        name=link(pin),
        sensor=DeviceId(unit.id),
        pin=pin,
        active_high=_active_high(block),
        pulled_up=_pulled_up(block),
        debounce=block.debounce or _DEBOUNCE,
        place=unit.place,
    )


def _lamp(unit: Unit[LuminaireBlock], pin: str) -> LampPinSettings:
    block = unit.block
    output = block.output or "pwm"
    return LampPinSettings(
        name=link(pin),
        lamp=DeviceId(unit.id),
        pin=pin,
        output=output,
        active_high=_active_high(block),
        frequency=_frequency(block),
        min_on=0 if output != "relay" else MIN_ON if block.min_on is None else block.min_on,
        failure_level=100.0 if block.failure_level is None else block.failure_level,
        place=unit.place,
    )


def _active_high(block: DeviceBlock) -> bool:
    return block.active != "low"


def _pulled_up(block: SensorBlock) -> bool:
    """Towards somebody, if nothing else is written: that is what a cut wire then reads."""
    return _active_high(block) if block.pull is None else block.pull == "up"


def _frequency(block: LuminaireBlock) -> float:
    return block.frequency or FREQUENCY[block.output or "pwm"]


def notes(site: Site) -> Iterator[Note]:
    """How what hangs on pins is wired, and what is allowed and good to know."""
    types = {lamp.id: lamp.type for zone in site.plan.zones for lamp in zone.luminaires}
    for held in site.pins:
        place = held.place or _NOWHERE
        if isinstance(held, SensorPinSettings):
            yield from (Note(place, text) for text in _of_sensor(held))
        else:
            yield from (Note(place, text) for text in _of_lamp(held, types[held.lamp]))
    yield from _one_channel(site)


def _of_sensor(held: SensorPinSettings) -> Iterator[str]:
    level, pull = ("high", "low")[not held.active_high], ("up", "down")[not held.pulled_up]
    wired = f"{held.sensor} on {held.pin} says somebody while the pin is {level}, and the Pi pulls it {pull}"
    if held.active_high is held.pulled_up:
        yield f"{wired}: a cut signal wire reads somebody. What loses its power may read nobody"
    else:
        safe = "high" if held.pulled_up else "low"
        yield (
            f"{wired}: a cut wire reads nobody, and nobody learns it. A sensor that makes the pin {safe} for somebody, "
            f"such as a contact that opens (active: {safe}), asks for light then"
        )
    if held.pin in PULLED_UP:
        yield f"{held.pin} has 1.8 kOhm to 3.3 V on the board: only a contact or a strong output pulls it low"


def _of_lamp(held: LampPinSettings, kind: LampType) -> Iterator[str]:
    if held.output == "pwm":
        hint = " (GPIO12, GPIO13, GPIO18 and GPIO19 have the hardware's:  output: hardware-pwm)"
        yield f"the pulses of {held.lamp} on {held.pin} are made by a program, and its light may flicker{hint}"
    elif held.output == "hardware-pwm" and held.frequency < LOW_RISK:
        yield f"{held.frequency:g} Hz of {held.lamp} may disturb: IEEE 1789 calls it low-risk from {LOW_RISK:g} Hz on"
    elif held.output == "relay" and kind.minimum != kind.nominal:
        yield f"{held.lamp} hangs on a relay: any level is all its light, and its type says that it dims"


def _one_channel(site: Site) -> Iterator[Note]:
    first: dict[int, LampPinSettings] = {}
    for held in site.pins:
        if not isinstance(held, LampPinSettings) or held.output != "hardware-pwm":
            continue
        other = first.setdefault(CHANNELS[held.pin], held)
        if other is not held:
            yield Note(
                held.place or _NOWHERE,
                f"before the Pi 5 {held.pin} has the channel of {other.pin}: {held.lamp} is dimmed by a program then",
            )
