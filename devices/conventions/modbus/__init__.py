"""Modbus: sensors on an RS-485 line that answer when they are asked, by a map of registers that the operator wrote.

A device's address is its port, a slash and its unit number. Option `registers` is a tuple of `Register`. The link asks
and gives each answer as a message: JSON, `{"holding": {"0": [1, 2]}, "errors": {"input": "illegal data address"}}`, by
table and first address the 16-bit words that were read, and by table what kept others from being read. Layout of
registers: MODBUS Application Protocol V1.1b3, sections 4.3 and 4.4; of values over two registers nothing is said there:
makers do as they like.

One pedestrian: what the operator says it is: of `pedestrians_total` each one by which a running total grew, of
`pedestrians` each one of a count that the device begins anew when it is read. What it cannot see: what happened and was
over between two questions, unless the device counts it.
"""

from collections.abc import Iterator, Sequence

from devices.convention import Convention, Heard, Malformed
from devices.conventions.modbus.register import TABLES, Register, value
from devices.device import Device
from devices.hearing import Hearing
from devices.light import LightCommand
from devices.message import Message
from devices.payload import Tree, an_object, shown

__all__ = ["Register", "make"]

WORD = 0xFFFF


def make(site: str, devices: Sequence[Device]) -> Convention:  # noqa: ARG001 - it knows no site
    """Build the convention for the devices of one line."""
    return Modbus(devices)


class Modbus:
    """Knows devices by port and unit."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = {device.address: device for device in devices}

    def topics(self) -> frozenset[str]:
        """Give port and unit of each device."""
        return frozenset(self._devices)

    def decode(self, message: Message) -> Iterator[Heard]:
        """Say what an answer means. Raises `Malformed` after the good parts."""
        device = self._devices.get(message.topic)
        if device is None:
            expected = f"a unit among {', '.join(sorted(self._devices)) or 'none'}"
            raise Malformed(expected, shown(message.topic), "topic")
        said = an_object(message.payload)
        words, errors = _words(said), _errors(said)
        hearing = Hearing(message, device)
        registers = device.options.get("registers", ())
        for register in registers if isinstance(registers, tuple) else ():
            if not isinstance(register, Register):
                continue
            held = [words.get((register.table, register.at + step)) for step in range(register.width)]
            read = [word for word in held if word is not None]
            if len(read) == register.width:
                raw = value(register, read)
                name, factor, channel = register.name, register.factor, register.channel
                hearing.say(register.quantity, raw, name, factor=factor, channel=channel)
            else:
                unread = Malformed("a register that was read", errors.get(register.table, "none"))
                hearing.complain(unread, register.name)
        yield from hearing.heard()

    def encode(self, command: LightCommand) -> Sequence[Message]:
        """Raise `KeyError`: only sensors are read in this way."""
        raise KeyError(command.lamp)


def _words(said: dict[str, Tree]) -> dict[tuple[str, int], int]:
    """Each 16-bit word by its table and address."""
    words: dict[tuple[str, int], int] = {}
    for table in TABLES:
        blocks = said.get(table, {})
        if not isinstance(blocks, dict):
            raise Malformed("words by their first address", shown(blocks), table)
        for first, block in blocks.items():
            if not (first.isdecimal() and isinstance(block, list) and all(_is_word(word) for word in block)):
                raise Malformed("words of 16 bits by their first address", shown(block), f"{table} {first[:10]}")
            words |= {(table, int(first) + step): word for step, word in enumerate(block)}
    return words


def _is_word(word: Tree) -> bool:
    return isinstance(word, int) and not isinstance(word, bool) and 0 <= word <= WORD


def _errors(said: dict[str, Tree]) -> dict[str, str]:
    errors = said.get("errors", {})
    return {name: shown(error) for name, error in errors.items()} if isinstance(errors, dict) else {}
