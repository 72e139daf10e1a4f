"""What Home Assistant shows of the living street: the states of now, one topic each."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from devices.device import Kind
from devices.message import SECOND
from gateway.configuration.site import Site
from gateway.daemon.health import Health
from gateway.daemon.lamplighter import Lamplighter
from gateway.export.homeassistant.gateway import Figures, gateway_state
from gateway.export.homeassistant.names import Names, Thing
from gateway.export.homeassistant.sensors import Sensors
from gateway.export.homeassistant.state import State, deciding, lamp_state, zone_orders, zone_state
from gateway.study.reason import reason

FIGURES_EVERY: Final = 60.0
"""Real seconds between two words about the gateway itself."""


class View:
    """Looks at engine, lamps and sensors. `refused` says how many orders were not followed.

    Making one reads the time zone's file.
    """

    def __init__(
        self, lamplighter: Lamplighter, sensors: Sensors, health: Callable[[], Health], refused: Callable[[], int]
    ) -> None:
        self._lamplighter = lamplighter
        self._sensors = sensors
        self._health = health
        self._refused = refused
        self._figures_due = 0.0

    def figures_soon(self) -> None:
        """Show the gateway's own figures at the next look."""
        self._figures_due = 0.0

    def states(self, site: Site, names: Names) -> Iterator[tuple[str, State]]:
        """The state on each topic as it is when it is reached: of zones, the gateway, lamps and sensors."""
        return chain(self._of_zones(site, names), self._of_gateway(names), self._of_devices(site, names))

    def _of_zones(self, site: Site, names: Names) -> Iterator[tuple[str, State]]:
        engine = self._lamplighter.engine
        orders, clock = engine.orders(), ZoneInfo(site.plan.timezone)
        standing = {decision.lamp: decision for decision in engine.decisions()}
        for zone in site.plan.zones:
            decisions = [standing[lamp.id] for lamp in zone.luminaires if lamp.id in standing]
            flow = engine.zone(decisions[0].lamp).sliding(engine.now) if decisions else None
            decided = deciding(decisions)
            why = "no lamp hangs here" if decided is None else reason(decided, clock)
            yield names.state(Thing.ZONE, zone.id), zone_state(decisions, flow, why)
            yield names.attributes(zone.id), zone_orders(zone, orders)

    def _of_gateway(self, names: Names) -> Iterator[tuple[str, State]]:
        if time.monotonic() >= self._figures_due:
            self._figures_due = time.monotonic() + FIGURES_EVERY
            yield names.gateway_state, gateway_state(self._figures())

    def _of_devices(self, site: Site, names: Names) -> Iterator[tuple[str, State]]:
        engine, lamps = self._lamplighter.engine, self._lamplighter.lamps
        standing, faults = {decision.lamp: decision for decision in engine.decisions()}, lamps.faults()
        for lamp in (device.id for device in site.devices if device.kind is Kind.LUMINAIRE):
            series = self._sensors.series(lamp)
            state = lamp_state(standing.get(lamp), lamps.actual(lamp), faults.get(lamp, ()), series)
            yield names.state(Thing.LAMP, lamp), state
        for sensor in (device.id for device in site.devices if device.kind is Kind.SENSOR):
            state = self._sensors.state(sensor, believed=engine.believed(sensor))
            yield names.state(Thing.SENSOR, sensor), state

    def _figures(self) -> Figures:
        health = self._health()
        record, light = health.record, health.light
        last = record.last_commit_time_seconds
        return Figures(
            waiting=record.pending,
            last_commit=None if last is None else round(last * SECOND),
            disk_free=health.machine.disk_free_bytes,
            memory=health.machine.memory_bytes,
            failsafe=light.lamps_on_failsafe,
            distrusted=light.sensors - light.sensors_believed,
            refused=self._refused(),
            troubles=(
                f"{health.stalled} does not get on" if health.stalled else "",
                record.trouble or record.alarm or record.damage,
                health.files.trouble,
                "" if health.clock.sure else "the clock may be wrong",
                *(f"{target.target}: {target.trouble}" for target in health.targets if target.trouble),
            ),
        )
