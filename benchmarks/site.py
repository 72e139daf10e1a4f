"""Writes the sites that are measured: a hundred sensors, so that a figure says what a district costs."""

from dataclasses import dataclass
from pathlib import Path

SITE = "bench"
"""The id of every site that is measured."""

SENSORS = 100

RECEIVE_MAXIMUM = 500
"""Messages that the broker sends before it waits for an acknowledgement: the gateway's default."""

HEAD = """\
version: 1
site: {{id: {site}, latitude: 46.78, longitude: 4.85, time_zone: Europe/Paris}}
mqtt: {{url: "mqtt://127.0.0.1:{port}", receive_maximum: {window}}}
refresh: 1h
record: {{commit_interval: {interval}, max_size: 20 GB, keep: {{readings: 10 years}}}}
influxdb: [{targets}]
"""

ALWAYS = "{from: 12:00, to: 12:00}"
"""Noon to noon: lamps may be lit whenever somebody measures."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server that gets a copy: version 1 or 2 of InfluxDB's interface."""

    version: int
    url: str

    def block(self) -> str:
        """What site.yaml says of it."""
        where = "database: bench" if self.version == 1 else "org: bench, bucket: bench"
        return f'{{name: copy, version: {self.version}, url: "{self.url}", {where}}}'


def sensor_topic(number: int) -> str:
    """Where sensor `number` of a hundred speaks."""
    return f"reverbere/{SITE}/sensor/sensor-{number + 1:03}"


def lamp_topic(number: int) -> str:
    """Where the lamp beside sensor `number` listens."""
    return f"reverbere/{SITE}/lamp/lamp-{number + 1:03}/set"


def crossings(folder: Path, port: int) -> None:
    """A hundred zones of one presence sensor and one lamp each, without hold: each word of a sensor is one order."""
    sensors, lamps, zones = [], [], []
    for number in range(1, SENSORS + 1):
        place = f"zone: zone-{number:03}, at: 5 m, convention: native"
        sensors.append(f"  sensor-{number:03}: {{{place}, sees: 5 m, measures: presence, heartbeat: 30min}}")
        lamps.append(f"  lamp-{number:03}: {{{place}, type: led}}")
        zones.append(f"  zone-{number:03}: {{length: 10 m, class: P4, design: 5 lx, program: passage}}")
    program = "presence: {level: 100%, hold: 0s}"
    _write(folder, port, sensors, lamps, zones, f"  passage: {_program(program)}", ())


def streets(folder: Path, port: int, *targets: Target, interval: str = "0s") -> None:
    """Ten streets of ten counters and ten lamps each; the record commits every `interval`."""
    sensors, lamps, zones = [], [], []
    for street in range(10):
        name = f"zone: street-{street}"
        numbers = f"{street * 10 + 1:03}..{street * 10 + 10:03}"
        spread = f"{name}, at: 10 m, every: 20 m, convention: native"
        sensors.append(f"  sensor-{numbers}: {{{spread}, measures: pedestrians, heartbeat: 10min}}")
        lamps.append(f"  lamp-{numbers}: {{{spread}, type: led}}")
        zones.append(f"  street-{street}: {{length: 200 m, class: P4, design: 5 lx, program: street}}")
    count = 'count: {window: 10min, hold: 10min, confirm: 2, curve: {"0/h": 40%, "20/h": 60%, "60/h": 100%}}'
    _write(folder, port, sensors, lamps, zones, f"  street: {_program(count)}", targets, interval)


def _program(rule: str) -> str:
    ramp = "ramp: {up: 0s, down: 0s}"
    steps = "steps: [{from: 12:00, class: P4, empty: P6}]"
    return f"{{active: {ALWAYS}, failsafe: 100%, {rule}, {ramp}, {steps}}}"


def _write(
    folder: Path,
    port: int,
    sensors: list[str],
    lamps: list[str],
    zones: list[str],
    program: str,
    targets: tuple[Target, ...],
    interval: str = "0s",
) -> None:
    folder.mkdir(parents=True)
    devices = ["version: 1", "sensors:", *sensors, "luminaires:", *lamps, "types:"]
    devices.append("  led: {full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W}")
    copies = ", ".join(target.block() for target in targets)
    (folder / "site.yaml").write_text(
        HEAD.format(site=SITE, port=port, window=RECEIVE_MAXIMUM, targets=copies, interval=interval)
    )
    (folder / "devices.yaml").write_text("\n".join(devices) + "\n")
    (folder / "lighting.yaml").write_text("\n".join(["version: 1", "zones:", *zones, "programs:", program]) + "\n")
