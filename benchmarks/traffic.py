"""What a hundred counters leave in a record, without a broker in between: entries as the intake makes them."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from benchmarks.site import SENSORS, SITE
from devices.convention import Numbered
from devices.device import DeviceId
from devices.message import SECOND
from devices.reading import Quantity, Reading
from gateway.links.delivery import Origin
from gateway.record.entry import Entry
from gateway.record.schema import open_to_write
from gateway.record.store import FOLD_SIZE, Append, Store

BOOT = "a1b2c3d4"
PERIOD = 60 * SECOND
PACKETS = 65_535
_BATCH = 1_000


def device(number: int) -> DeviceId:
    """Who speaks as number `number`: the sensors speak in turn."""
    return DeviceId(f"sensor-{number % SENSORS + 1:03}")


def message(number: int, at: int) -> Entry:
    """The count that comes as number `number` at a time in nanoseconds."""
    count = Reading(device(number), Quantity.PEDESTRIANS, float(number % 4), at, period=PERIOD)
    digest = blake2b(number.to_bytes(8, "big"), digest_size=16).digest()
    origin = Origin("mqtt", 1, number % PACKETS + 1, digest=digest)
    return Entry(at, (Numbered(count.device, BOOT, number // SENSORS), count), (), origin)


def messages(number: int, start: int, every: int) -> Iterator[Entry]:
    """So many counts, one every so many nanoseconds."""
    return (message(index, start + index * every) for index in range(number))


def fill(folder: Path, number: int, start: int, every: int) -> None:
    """Make a record of so many counts in a state folder."""
    folder.mkdir(parents=True)
    store = Store(open_to_write(folder, SITE))
    batch: list[Append] = []
    for entry in messages(number, start, every):
        batch.append(Append(entry, None))
        if len(batch) == _BATCH:
            store.write(batch)
            batch.clear()
        if store.unfolded >= FOLD_SIZE:
            store.fold()
    store.write(batch)
    store.fold()
    store.close()
