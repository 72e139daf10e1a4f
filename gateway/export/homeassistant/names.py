"""Topics and ids by which Home Assistant knows a gateway, its zones, sensors and lamps.

Source: home-assistant.io, "MQTT", "MQTT discovery": a device is described on PREFIX/device/OBJECT_ID/config, and an
object id is made of letters, digits, hyphens and underscores.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

CONFIG: Final = "config"


class Thing(Enum):
    """What Home Assistant shows as a device of its own."""

    ZONE = "zone"
    SENSOR = "sensor"
    LAMP = "lamp"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one site below a discovery prefix.

    Our ids hold no underscore, so that an object id cannot be another site's by chance.
    """

    site: str
    prefix: str

    @property
    def root(self) -> str:
        """Below this the states are."""
        return f"reverbere/{self.site}/homeassistant"

    @property
    def available(self) -> str:
        """Where it is said that states are kept up to date: retained, with a last will."""
        return f"{self.root}/available"

    @property
    def marker(self) -> str:
        """Where the gateway tells itself that it has heard all that the broker retained before."""
        return f"{self.root}/marker"

    @property
    def gateway_object(self) -> str:
        """The object id of the gateway itself."""
        return f"reverbere_{self.site}"

    @property
    def gateway_state(self) -> str:
        """Where the gateway's own figures are."""
        return f"{self.root}/gateway"

    def object_of(self, thing: Thing, name: str) -> str:
        """The object id of a zone or a device."""
        return f"{self.gateway_object}_{thing.value}_{name}"

    def config(self, object_id: str) -> str:
        """Where something is described."""
        return f"{self.prefix}/device/{object_id}/{CONFIG}"

    def state(self, thing: Thing, name: str) -> str:
        """Where the state of a zone or a device is."""
        return f"{self.root}/{thing.value}/{name}"

    def attributes(self, zone: str) -> str:
        """Where the orders that stand in a zone are."""
        return f"{self.state(Thing.ZONE, zone)}/orders"

    def object_on(self, topic: str) -> str | None:
        """The object id of ours that a topic describes; None for any other topic."""
        match topic.removeprefix(f"{self.prefix}/").split("/"):
            case ["device", object_id, "config"] if topic.startswith(f"{self.prefix}/"):
                ours = object_id == self.gateway_object or object_id.startswith(f"{self.gateway_object}_")
                return object_id if ours else None
        return None

    def states_of(self, object_id: str) -> tuple[str, ...]:
        """All topics on which states of an object of ours are."""
        if object_id == self.gateway_object:
            return (self.gateway_state,)
        kind, _, name = object_id.removeprefix(f"{self.gateway_object}_").partition("_")
        for thing in Thing:
            if thing.value == kind and name:
                more = (self.attributes(name),) if thing is Thing.ZONE else ()
                return (self.state(thing, name), *more)
        return ()


def order_topic(site: str, account: str, zone: str, verb: str) -> str:
    """Where an account orders a zone: the broker lets each account publish below its own name only."""
    return f"reverbere/{site}/order/{account}/{zone}/{verb}"
