"""The files of a small street: a counter, two motion sensors and three lamps by MQTT, a radar on a serial line."""

from pathlib import Path

from gateway.clock import SECOND, ScaledClock

EVENING = 1_795_284_001 * SECOND
"""2026-11-21 18:00:01 UTC: the lamps are lit, no step begins, and the next counting window ends in ten minutes."""

SITE = "chalon"
ROOT = f"reverbere/{SITE}"
LAMPS = ("lamp-1", "lamp-2", "lamp-3")
EMPTY, FULL = 60, 100
"""Levels when nobody is there, by the floor of class P5, and for people."""


def evening(speed: float = 1.0) -> ScaledClock:
    """A clock that shows `EVENING` now."""
    return ScaledClock(EVENING, speed)


def write_site(folder: Path, port: int, *, broker: str = "mosquitto", counters: int = 2) -> Path:
    """Write the three files; the radar's line is to appear as `folder/radar`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(f"""\
version: 1
site: {{id: {SITE}, latitude: 46.7806, longitude: 4.8528, time_zone: Europe/Paris}}
mqtt: {{url: "mqtt://127.0.0.1:{port}", broker: {broker}}}
""")
    (folder / "devices.yaml").write_text(f"""\
version: 1
sensors:
  counter-01..{counters:02}:
    {{zone: street, at: 0 m, every: 10 m, convention: native, measures: pedestrians, heartbeat: 1h}}
  motion-1..2:
    {{zone: street, at: 20 m, every: 40 m, sees: 20 m, convention: native, measures: presence, heartbeat: 1h}}
  radar: {{zone: quay, at: 5 m, sees: 5 m, convention: ld2450, serial: "{folder / "radar"}", heartbeat: 1h}}
luminaires:
  lamp-1: {{zone: street, at: 10 m, convention: native, type: led, label: PL 0001}}
  lamp-2: {{zone: street, at: 50 m, convention: native, type: led}}
  lamp-3: {{zone: quay, at: 5 m, convention: native, type: led}}
types:
  led: {{full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W}}
""")
    (folder / "lighting.yaml").write_text("""\
version: 1
zones:
  street: {length: 100 m, class: P4, design: 5.0 lx, program: quiet}
  quay: {length: 10 m, class: P4, design: 5.0 lx, program: quiet}
programs:
  quiet:
    active: {from: sunset, to: sunrise}
    failsafe: 100%
    presence: {level: 100%, hold: 45s}
    ramp: {up: 2s, down: 45s}
    steps:
      - {from: sunset, class: P4, empty: P5}
""")
    return folder
