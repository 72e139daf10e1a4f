"""A night of two zones as a gateway would have recorded it, faster than it passes: made of facts, not of messages."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from devices.device import DeviceId
from devices.light import LightState
from devices.reading import Quantity, Reading
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.lighting.engine import Engine
from gateway.lighting.facts import Cancel, ClockSet, Fact, Maintenance, Measured, Override, Proof
from gateway.record.entry import Adopted, Declined, Entry, Learned, Made
from gateway.record.schema import open_to_write
from gateway.record.store import Append, Store
from gateway.study.replay import facts

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
ZONE = ZoneInfo("Europe/Paris")
DAY = datetime(2026, 11, 21, tzinfo=ZONE)

SITE = """\
site: {id: chalon, latitude: 46.7806, longitude: 4.8528, time_zone: Europe/Paris}
mqtt: {url: mqtt://127.0.0.1:1883}
"""
DEVICES = """\
sensors:
  counter-west: {zone: tanneurs, at: 0 m, convention: native, measures: pedestrians, heartbeat: 5min}
  counter-east: {zone: tanneurs, at: 300 m, convention: native, measures: pedestrians, heartbeat: 5min}
  motion-01..05:
    {zone: tanneurs, at: 30 m, every: 60 m, sees: 30 m, convention: native, measures: presence, heartbeat: 5min}
  pir-door: {zone: yard, at: 12 m, sees: 12 m, convention: native, measures: presence, heartbeat: 10min}
luminaires:
  lamp-01..10: {zone: tanneurs, at: 0 m, every: 30 m, convention: native, type: led-28w}
  lamp-07: {label: PL 0417}
  lamp-10: {never_dim: crossing}
  yard-1: {zone: yard, at: 6 m, convention: native, type: led-28w}
types:
  led-28w: {full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W}
"""
LIGHTING = """\
zones:
  tanneurs: {label: Rue des Tanneurs, length: 300 m, class: P4, design: 5.0 lx, program: quiet-street}
  yard:
    length: 24 m
    class: P6
    design: 6.0 lx
    program: courtyard
    dark: {from: 01:00, to: 05:30, because: town decree 2026-014}
programs:
  quiet-street:
    active: {from: sunset, to: sunrise}
    failsafe: 100%
    count:
      window: 10min
      curve: {0/h: 40%, 20/h: 60%, 60/h: 100%}
      hold: 10min
      confirm: 2
    presence:
      level: 100%
      ahead: {1.4 m/s: 2, 50 km/h: 5}
      behind: 1
      hold: 45s
    ramp: {up: 2s, down: 45s}
    steps:
      - {from: sunset, class: P4, empty: P5}
      - {from: 22:30, class: P5, empty: P6, max: 80%}
      - {from: 05:30, class: P4, empty: P6}
  courtyard:
    active: {from: sunset, to: sunrise}
    failsafe: 60%
    presence: {level: 100%, hold: 2min}
    ramp: {up: 1s, down: 30s}
    steps:
      - {from: sunset, class: P6, default: 40%}
"""


def instant(written: str) -> int:
    """Nanoseconds of "22:50" or "22:50:07" in the night of 21 November: before noon it is the morning after."""
    clock = datetime.strptime(written, "%H:%M:%S" if re.fullmatch(r".*:.*:.*", written) else "%H:%M")  # noqa: DTZ007 - a time of day
    at = DAY.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
    noon = 12
    return int((at + timedelta(days=clock.hour < noon)).timestamp()) * SECOND


class Night:
    """A gateway of that night. Every sensor speaks each two minutes, every lamp follows, unless somebody is silent."""

    def __init__(self, folder: Path, begin: str, devices: str = DEVICES) -> None:
        self.folder = folder
        self.silent: set[str] = set()
        self.now = instant(begin)
        self.site = self.write(SITE, devices, LIGHTING)
        self.site.state.mkdir(parents=True, exist_ok=True)
        self._store = Store(open_to_write(self.site.state, self.site.id))
        self._works: list[Append] = []
        self._engine = Engine(self.site.plan, self.now)
        self._present: dict[DeviceId, float] = {}
        self._begin("0.4.0", "g.morel", "P5 from 22:30, council vote")

    def write(self, *texts: str) -> Site:
        """Put files into the folder."""
        self.folder.mkdir(exist_ok=True)
        for name, text in zip(("site", "devices", "lighting"), texts, strict=True):
            (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return load(self.folder)

    def _begin(self, version: str, by: str, note: str) -> None:
        made = [*self._engine.adopt(self.site.plan, self.now), *self._engine.advance(self.now)]
        self._keep((Adopted(self.site.plan, version, by, note),), (*made, self._engine.snapshot()))

    def _keep(self, learned: tuple[Learned, ...], made: tuple[Made, ...], at: int | None = None) -> None:
        self._works.append(Append(Entry(self.now if at is None else at, learned, made), None))

    def learn(self, *learned: Fact | LightState | Declined) -> None:
        """One message or order, at this moment."""
        made = self._engine.advance(self.now, facts(Entry(self.now, learned)))
        self._keep(learned, tuple(made))
        self.now += 1_000_000

    def until(self, written: str) -> None:
        """Let time pass in which nobody does anything new."""
        end = instant(written)
        while self.now < end:
            for device in self.site.devices:
                if device.id not in self.silent:
                    self._speak(device.id)
            self._pass_to(min(end, self.now - self.now % MINUTE + 2 * MINUTE))
        self._keep((), (self._engine.snapshot(),))

    def _speak(self, device: DeviceId) -> None:
        if device.startswith("counter"):
            self.learn(Reading(device, Quantity.PEDESTRIANS, 0.0, self.now, period=2 * MINUTE))
        elif device.startswith(("motion", "pir")):
            self.learn(Reading(device, Quantity.PRESENCE, self._present.get(device, 0.0), self.now))
        else:
            level = float(self._engine.standing(device).level)
            self.learn(LightState(device, level, self.now, power=0.28 * level))

    def _pass_to(self, end: int) -> None:
        while (due := self._engine.next_change()) is not None and due < end:
            self.now = max(self.now, due) + 1
            made = tuple(self._engine.advance(self.now))
            if made:
                self._keep((), made)
        self.now = end

    def sees(self, written: str, sensor: str, *, somebody: bool) -> None:
        """A presence sensor sees somebody from then on, or nobody any more."""
        self.until(written)
        self._present[DeviceId(sensor)] = float(somebody)
        self._speak(DeviceId(sensor))

    def counts(self, written: str, sensor: str, people: int) -> None:
        """So many people in the last minute."""
        self.until(written)
        self.learn(Reading(DeviceId(sensor), Quantity.PEDESTRIANS, float(people), self.now, period=MINUTE))

    def order(self, written: str, target: str, level: int, until: str, *, force: bool = False) -> None:
        """Somebody orders a level."""
        self.until(written)
        who = ("d.lopez", "police", force, "root")
        number = f"o-{written.replace(':', '')}"
        self.learn(Override(number, DeviceId(target), level, self.now, instant(until), *who))

    def cancel(self, written: str, number: str) -> None:
        """An order or a maintenance is taken back."""
        self.until(written)
        self.learn(Cancel(number, "g.morel", "g.morel"))

    def maintain(self, written: str, lamp: str, until: str) -> None:
        """People work on a lamp."""
        self.until(written)
        number = f"m-{written.replace(':', '')}"
        self.learn(Maintenance(number, DeviceId(lamp), self.now, instant(until), "s.ruiz", "new driver", "s.ruiz"))

    def misfits(self, written: str, lamp: str, *points: Measured) -> None:
        """A lamp's watts do not fit its level."""
        self.until(written)
        self.learn(Proof(DeviceId(lamp), self.now, "watts", "misfit", points))

    def measures(self, written: str, target: str, *points: Measured) -> None:
        """Somebody measured lux in proportion to the level."""
        self.until(written)
        self.learn(Proof(DeviceId(target), self.now, "lux", "fits", points, "s.ruiz", "root"))

    def set_clock(self, written: str, shift: int) -> None:
        """The wall clock is set by so many nanoseconds."""
        self.until(written)
        self.learn(ClockSet(shift, sure=True))
        self.now = self._engine.now

    def reload(self, written: str, devices: str, lighting: str, note: str) -> None:
        """Other files are adopted."""
        self.until(written)
        self.site = self.write(SITE, devices, lighting)
        self._begin("0.4.0", "g.morel", note)

    def decline(self, written: str, note: str, *mistakes: str) -> None:
        """An edit is not taken."""
        self.until(written)
        self.learn(Declined("g.morel", note, mistakes, len(mistakes)))

    def away(self, written: str) -> None:
        """The gateway dies, and comes back then."""
        self.now = instant(written)
        made = [*self._engine.adopt(self.site.plan, self.now), *self._engine.advance(self.now)]
        self._keep((Adopted(self.site.plan, "0.4.0"),), (*made, self._engine.snapshot()))

    def end(self) -> None:
        """Write it all down."""
        self._store.write(self._works)
        self._store.fold()
        self._store.close()
