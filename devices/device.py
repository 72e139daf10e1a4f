"""Who speaks: a device as the operator named it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

DeviceId = NewType("DeviceId", str)
"""A lower-case slug that never changes."""


class Kind(Enum):
    """What a device is for."""

    SENSOR = "sensor"
    LUMINAIRE = "luminaire"


@dataclass(frozen=True, slots=True)
class Device:
    """Who speaks, as the operator named it. The only place where an id and an address meet.

    `link` names the link it is behind, `convention` the make it speaks, and `address` is what that convention calls
    it: a topic level, a friendly name, a port. `options` hold what only its convention understands (for the LD2450:
    `count_line` in metres and `heartbeat` in nanoseconds).
    """

    id: DeviceId
    kind: Kind
    link: str
    convention: str
    address: str
    label: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
