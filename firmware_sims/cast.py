"""Who plays: the devices of one street, all in one event loop."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from firmware_sims.counter import Counter, CounterPart
from firmware_sims.dali_lamp import DaliLamp, DaliLampPart, LampLine
from firmware_sims.header import Header, PinLamp, PinLampPart, PinSensor, PinSensorPart
from firmware_sims.ld2410 import Ld2410Part, PresenceRadar
from firmware_sims.ld2450 import Radar, RadarPart
from firmware_sims.luminaire import Luminaire, LuminairePart
from firmware_sims.modbus_counter import ModbusCounter, ModbusCounterPart
from firmware_sims.post import Broker
from firmware_sims.presence import PresencePart, PresenceSensor
from firmware_sims.radar import FramePlayer
from firmware_sims.sensor import MakePart, Sensor
from firmware_sims.serial_counter import SerialCounter, SerialCounterPart
from firmware_sims.street import Street
from firmware_sims.truth import Testimony, Truth
from gateway.clock import Clock

LinePart: TypeAlias = SerialCounterPart | ModbusCounterPart | RadarPart | Ld2410Part
"""Who is alone on a serial line."""

PinPart: TypeAlias = PinSensorPart | PinLampPart

Part: TypeAlias = CounterPart | PresencePart | LuminairePart | MakePart | LinePart | DaliLampPart | PinPart


class Player(Protocol):
    """One simulated device."""

    id: str

    async def run(self) -> None:
        """Play until cancelled."""
        ...

    def stop(self) -> None:
        """Say the last words and sense no more; what is unsent still goes."""
        ...

    async def drained(self) -> None:
        """Wait until everything said has been taken."""
        ...

    def testify(self) -> Testimony:
        """What it knows to be true."""
        ...


class Cast:
    """The devices named by `parts` on one street, behind one broker, in one street time.

    Lines and pins exist from `open` to `close`, so that a gateway can open them before anything is said; `with` does
    both. Positions are metres along the street. Raises `ValueError` for two parts of one id.
    """

    def __init__(self, clock: Clock, broker: Broker, site: str, street: Street, parts: Sequence[Part]) -> None:
        ids = [part.id for part in parts]
        if len(set(ids)) < len(ids):
            raise ValueError(f"expected every part to have an id of its own, found {sorted(ids)}")
        self._players: list[Player] = []
        self._serials: list[SerialCounter | ModbusCounter | FramePlayer] = []
        self._describing: list[Sensor | Luminaire] = []
        self._lamp_lines = _lamp_lines(parts)
        self._header = Header()
        self._has_pins = any(isinstance(part, PinSensorPart | PinLampPart) for part in parts)
        for part in parts:
            match part:
                case CounterPart():
                    self._players.append(Counter(part, clock, street, site, broker))
                case PresencePart():
                    self._players.append(PresenceSensor(part, clock, street, site, broker))
                case LuminairePart():
                    self._describing.append(Luminaire(part, clock, site, broker))
                case MakePart():
                    self._describing.append(Sensor(part, clock, street, site, broker))
                case SerialCounterPart() | ModbusCounterPart() | RadarPart() | Ld2410Part():
                    self._serials.append(_on_a_line(part, clock, street))
                case DaliLampPart():
                    self._players.append(DaliLamp(part, clock, self._lamp_lines[part.port]))
                case PinSensorPart() | PinLampPart():
                    self._players.append(_on_a_pin(part, clock, street, self._header))
        self._players += [*self._describing, *self._serials]

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Plug in lines and header. Touches files, so it belongs before an event loop or into a thread."""
        for player in self._serials:
            player.terminal.open()
        for line in self._lamp_lines.values():
            line.open()
        if self._has_pins:
            self._header.plug_in()

    def close(self) -> None:
        """Unplug lines and header. Touches files, as `open` does."""
        for player in self._serials:
            player.terminal.close()
        for line in self._lamp_lines.values():
            line.close()
        if self._has_pins:
            self._header.pull_out()

    async def run(self) -> None:
        """Play until cancelled. It must be open."""
        async with asyncio.TaskGroup() as tasks:
            everybody: list[LampLine | Player] = [*self._lamp_lines.values(), *self._players]
            for player in everybody:
                tasks.create_task(player.run(), name=f"firmware.{player.id}")

    @property
    def described(self) -> frozenset[str]:
        """Topics that nobody can know before the devices that speak there have described themselves."""
        return frozenset(topic for player in self._describing for topic in player.spoken)

    def noticed(self) -> None:
        """Tell all that their descriptions have been read: they need wait no longer before they say something."""
        for player in self._describing:
            player.noticed()

    def stop(self) -> None:
        """All sensors sense no more and report what they have; lamps stay as they are. Connections stay, to drain."""
        for player in self._players:
            player.stop()

    async def drained(self) -> None:
        """Wait until the broker has acknowledged every message and every serial line has been read."""
        await asyncio.gather(*(player.drained() for player in self._players))

    def truth(self) -> Truth:
        """What all devices know to be true: of energies up to now, of counts up to the last report."""
        return Truth(tuple(player.testify() for player in self._players))


def _on_a_line(part: LinePart, clock: Clock, street: Street) -> SerialCounter | ModbusCounter | FramePlayer:
    match part:
        case SerialCounterPart():
            return SerialCounter(part, clock, street)
        case ModbusCounterPart():
            return ModbusCounter(part, clock, street)
        case RadarPart():
            return Radar(part, clock, street)
        case Ld2410Part():
            return PresenceRadar(part, clock, street)


def _on_a_pin(part: PinPart, clock: Clock, street: Street, header: Header) -> PinSensor | PinLamp:
    match part:
        case PinSensorPart():
            return PinSensor(part, clock, street, header)
        case PinLampPart():
            return PinLamp(part, clock, header)


def _lamp_lines(parts: Sequence[Part]) -> dict[int, LampLine]:
    """The DALI lines by their ports."""
    on: dict[int, list[DaliLampPart]] = {}
    for part in parts:
        if isinstance(part, DaliLampPart):
            on.setdefault(part.port, []).append(part)
    return {port: LampLine(port, lamps) for port, lamps in on.items()}
