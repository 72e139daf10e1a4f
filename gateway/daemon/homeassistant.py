"""Tells Home Assistant of the street, and lets it order: what is pure is in `gateway.export.homeassistant`."""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from devices.convention import Description, Heard, Malformed
from devices.device import DeviceId, Kind
from devices.message import Message
from devices.payload import an_object
from gateway.clock import Clock
from gateway.configuration.site import HomeAssistantSettings, Site
from gateway.daemon import wiring
from gateway.daemon.health import Health
from gateway.daemon.homeassistant_orders import Orders, Perform
from gateway.daemon.homeassistant_view import View
from gateway.daemon.lamplighter import Lamplighter
from gateway.export.homeassistant import order
from gateway.export.homeassistant.description import CANCEL, SET, Street, description, descriptions
from gateway.export.homeassistant.names import Names, Thing, order_topic
from gateway.export.homeassistant.outbox import Outbox
from gateway.export.homeassistant.sensors import Sensors
from gateway.export.homeassistant.state import State
from gateway.links.delivery import Delivery, Incoming, Outcome

BEAT: Final = 1.0
"""Real seconds between two looks at the street: nothing is said more often."""

BURST: Final = 100
"""Messages said at one look, far less than may wait at the link."""

BREATH: Final = 50
"""States looked at before others get their turn."""

PATIENCE: Final = 5.0
"""Real seconds in which the broker is to say what it holds; then we speak all the same."""

log = structlog.get_logger(__name__)


class HomeAssistant:
    """One connection to Home Assistant's broker, what it holds of ours, and who may order by it.

    `perform` does what is ordered, `health` gives the gateway's figures, `release` is the version of the software.
    Making one reads files.
    """

    def __init__(
        self,
        site: Site,
        clock: Clock,
        lamplighter: Lamplighter,
        perform: Perform,
        health: Callable[[], Health],
        release: str,
    ) -> None:
        self._release = release
        self._outbox = Outbox()
        self._sensors = Sensors(clock.now().time)
        self._news: set[DeviceId] = set()
        """Who says something that is not described yet."""
        self._states: dict[str, State] = {}
        self._orders = Orders(site, lamplighter, perform, self._ordered)
        self._view = View(lamplighter, self._sensors, health, lambda: self._orders.refused)
        self._woken = asyncio.Event()
        self._token, self._told, self._marked = b"", asyncio.Event(), 0.0
        self._take(site)
        states = Description(self._names.state(Thing.SENSOR, "+"))  # wanted once: what was shown before this start
        topics = self._topics() | {states}
        self._link = wiring.homeassistant(site, topics, self._names.available, clock, self._connected)

    def adopt(self, site: Site) -> None:
        """Tell of another site, at the same broker: what is no more is cleared, also under another prefix."""
        self._orders.site = site
        self._take(site)
        self._link.listen(self._topics())
        self._look_soon()

    def hear(self, heard: Sequence[Heard]) -> None:
        """Learn what a message of a device said."""
        self._news |= self._sensors.hear(heard)

    async def run(self) -> None:
        """Tell and take orders, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run(self._receive), name="link.homeassistant")
            tasks.create_task(self._orders.run(), name="homeassistant.orders")
            tasks.create_task(self._tell(), name="homeassistant.tell")

    async def leave(self) -> None:
        """Let the broker hold nothing of ours any more; waits until it does, if it is there."""
        self._outbox.keep(frozenset())
        self._states.clear()
        self._gone = True
        while self._link.status()["connected"] and (messages := list(self._outbox.due(BURST))):
            for message in messages:
                self._link.send(message)
            await self._echo()

    # ------------------------------------------------------------------------------------------------ what there is
    def _take(self, site: Site) -> None:
        """Live by a site."""
        self._gone = False
        self._site = site
        self._settings = site.homeassistant or HomeAssistantSettings()
        self._names = Names(site.id, self._settings.prefix)
        # Home Assistant says its birth below the usual prefix, also where it discovers below another.
        self._births = {f"{prefix}/status" for prefix in (self._settings.prefix, HomeAssistantSettings().prefix)}
        self._sensors_of = [device.id for device in site.devices if device.kind is Kind.SENSOR]
        self._lamps_of = [device.id for device in site.devices if device.kind is Kind.LUMINAIRE]
        self._describe()

    def _topics(self) -> frozenset[str]:
        """Orders of whatever account, Home Assistant's own birth, and what the broker holds of our descriptions."""
        names = self._names
        orders = {order_topic(names.site, "+", "+", verb) for verb in (SET, CANCEL)}
        return frozenset({*orders, *self._births, names.marker, Description(names.config("+"))})

    def _describe(self) -> None:
        """Say what there is, and no more of what is there no longer."""
        names, accounts = self._names, self._settings.accounts
        self._street = Street(
            names,
            self._site.title,
            self._site.plan,
            self._site.devices,
            wiring.health_topic(names.site),
            self._release,
            accounts[0] if accounts else "",
            self._sensors.series,
        )
        told = dict(descriptions(self._street))
        states = (topic for config in told for topic in names.states_of(names.object_on(config) or ""))
        kept = frozenset((*told, *states))
        self._outbox.keep(kept)
        self._states = {topic: state for topic, state in self._states.items() if topic in kept}
        for topic, payload in told.items():
            self._outbox.want(topic, payload)

    # --------------------------------------------------------------------------------------------------- what comes
    def _connected(self) -> None:
        """All that the broker holds comes before our own word does."""
        self._outbox.begin_anew()
        self._mark()

    def _mark(self) -> None:
        self._token = secrets.token_hex(8).encode()
        self._told.clear()
        self._marked = time.monotonic()
        self._link.send(Message(self._names.marker, self._token))

    async def _echo(self) -> None:
        """Wait until the broker has taken what was said so far, or is not there."""
        self._mark()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._told.wait()

    def _receive(self, incoming: Incoming) -> None:
        if not isinstance(incoming, Delivery):
            return
        incoming.settle(Outcome.ACCEPTED)
        message = incoming.message
        if message.topic == self._names.marker:
            if message.payload == self._token:
                self._told.set()
                self._link.listen(self._topics())
                self._look_soon()
        elif (address := order.address(self._names.site, message.topic)) is not None:
            self._orders.take(address, message)
        elif message.topic in self._births:
            if message.payload == b"online" and not message.retained:
                self._outbox.begin_anew()
        elif not self._told.is_set():
            self._found(message)

    def _found(self, message: Message) -> None:
        """The broker holds something from before: what ours name is known, and of what is no more all is cleared."""
        sensors = {self._names.state(Thing.SENSOR, device): device for device in self._sensors_of}
        if message.topic in sensors:
            self._sensors.remember(sensors[message.topic], _object(message.payload))
        name = self._names.object_on(message.topic)
        if name is None or not message.payload:
            return
        self._outbox.found(message.topic, message.payload)
        known = {self._names.object_of(Thing.SENSOR, device): device for device in self._sensors_of}
        known |= {self._names.object_of(Thing.LAMP, device): device for device in self._lamps_of}
        if name not in known:
            for topic in self._names.states_of(name):
                self._outbox.found(topic)
        else:
            components = _object(message.payload).get("components")
            keys = list(components) if isinstance(components, dict) else []
            self._news |= {known[name] for key in keys if self._sensors.know(known[name], key)}

    # -------------------------------------------------------------------------------------------------- what is said
    def _look_soon(self) -> None:
        self._woken.set()

    def _ordered(self) -> None:
        """Something was ordered, and followed or not: both are shown at once."""
        self._view.figures_soon()
        self._look_soon()

    async def _tell(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self._woken.wait()
            self._woken.clear()
            patient = not self._told.is_set() and time.monotonic() - self._marked < PATIENCE
            if self._gone or patient or not self._link.status()["connected"]:
                continue
            for device in self._site.devices:
                if device.id in self._news:
                    self._outbox.want(*description(self._street, device))
            self._news.clear()
            await self._look()
            for message in self._outbox.due(BURST):
                self._link.send(message)

    async def _look(self) -> None:
        """Let the broker hold the states of now, with a breath now and then; another site meanwhile ends it."""
        site = self._site
        for number, (topic, state) in enumerate(self._view.states(site, self._names)):
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
                if self._site is not site or self._gone:
                    return
            if self._states.get(topic) != state:
                self._states[topic] = state
                self._outbox.want(topic, json.dumps(state, ensure_ascii=False).encode())


def _object(payload: bytes) -> Mapping[str, object]:
    """What a message of ours said that the broker held; nothing if it is not understood."""
    try:
        return an_object(payload)
    except Malformed as malformed:
        log.info("a message of ours at the broker is not understood, and is written anew", found=malformed.found)
        return {}
