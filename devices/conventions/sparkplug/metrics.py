"""What the metrics of one message say of one device."""

from collections.abc import Iterator

from devices.convention import Heard, Malformed
from devices.conventions.sparkplug.birth import OURS_NOT, Birth, placed
from devices.conventions.sparkplug.payload import Metric, Payload
from devices.described import Meaning, Place, meaning
from devices.device import Device, Kind
from devices.dimming import LampMemory, Shape, steps
from devices.hearing import Hearing
from devices.message import Message
from devices.reading import Quality, Quantity
from devices.values import number, truth

Value = int | float | bool | str


def hear_metrics(
    message: Message, device: Device, payload: Payload, birth: Birth, folder: str, memory: LampMemory
) -> Iterator[Heard]:
    """Say what metrics mean, those of a folder only where one is named. Raises `Malformed` after the good parts."""
    lamp = birth.lamp(folder) if device.kind is Kind.LUMINAIRE else Shape()
    if lamp.dims is not None:
        memory.scale = steps(birth.described[lamp.dims]).scale
    hearing = Hearing(message, device, payload.time)
    told = False
    for metric in payload.metrics:
        name = birth.named(metric)
        if name is None:
            expected = "a metric that a birth has named: ask the node for a rebirth"
            hearing.complain(Malformed(expected, f"alias {metric.alias}"), "metric")
            continue
        value = metric.value(birth.datatype(name, metric))
        if value is None or not metric.good or name.startswith(OURS_NOT) or not _inside(name, folder):
            continue
        at = placed(name)
        if at in (lamp.dims, lamp.switches):
            told = (not metric.historical and _take(hearing, at, value, birth, lamp, memory)) or told
            continue
        means = birth.meanings.get(at) or (None if at in birth.described else meaning(*at, metric.described()))
        if means is None:
            continue
        if device.kind is Kind.LUMINAIRE and lamp != Shape() and means.quantity in (Quantity.POWER, Quantity.ENERGY):
            told = (not metric.historical and _meter(hearing, name, value, means, memory)) or told
        else:
            _say(hearing, name, value, means, metric, payload)
    if told:
        memory.tell(hearing)
    yield from hearing.heard()


def _inside(name: str, folder: str) -> bool:
    return not folder or name.startswith(f"{folder}/")


def _say(hearing: Hearing, name: str, value: Value, means: Meaning, metric: Metric, payload: Payload) -> None:
    quality = Quality.HISTORICAL if metric.historical else Quality.GOOD
    said: object = value
    if means.offset:
        said = hearing.trying(lambda: number(value) * means.factor + means.offset, name)
    factor = 1.0 if means.offset else means.factor
    at = metric.time or payload.time
    hearing.say(means.quantity, said, name, factor=factor, channel=means.channel, quality=quality, at=at)


def _take(hearing: Hearing, at: Place, value: Value, birth: Birth, lamp: Shape, memory: LampMemory) -> bool:
    """Take what a lamp's metric says; whether that was something."""
    if at == lamp.switches:
        memory.on = hearing.trying(lambda: truth(value), at.name)
        return memory.on is not None
    read = hearing.trying(lambda: number(value), at.name)
    if read is None:
        return False
    memory.step = steps(birth.described[at]).step(read)
    return True


def _meter(hearing: Hearing, name: str, value: Value, means: Meaning, memory: LampMemory) -> bool:
    """Take watts or watt-hours of a lamp, which are told with its level; whether that was something."""
    read = hearing.trying(lambda: number(value), name)
    if read is None or read < 0:
        return False
    if means.quantity is Quantity.POWER:
        memory.power = read * means.factor
    else:
        memory.energy = read * means.factor
    return True
