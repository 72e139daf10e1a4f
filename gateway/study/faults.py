"""The faults of lamps and feeds that stand, at any moment of the record."""

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.record.reader import Reader


def open_faults(reader: Reader, at: int | None = None, device: DeviceId | None = None) -> list[Reading]:
    """The readings with which they began, oldest first: of all lamps and feeds, or of one. Raises `RecordError`.

    As far back as readings are kept.
    """
    last = {(said.device, said.channel): said for said in reader.series(Quantity.FAULT, device, end=at)}
    return sorted((said for said in last.values() if said.value), key=lambda said: (said.time, said.device))
