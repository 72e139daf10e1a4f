"""Facts of a street where all is well, for tests to spoil."""

from dataclasses import replace
from pathlib import Path

from gateway.cli.findings.facts import Facts, Files
from gateway.cli.findings.mosquitto import Limits
from gateway.configuration.site import MqttSettings, RecordSettings, SerialSettings, Site, TargetSettings
from gateway.daemon.machine import Machine
from gateway.record.growth import Growth
from gateway.record.retention import DAY
from gateway.study.light import Light
from gateway.study.survey import Behind, Survey
from tests.daemon.figures import HEALTH, MQTT
from tests.daemon.house import NIGHT
from tests.lighting.street import DUSK, HOUR, MINUTE, plan

RADAR = {"connected": True, "unsettled": 0, "trouble": "", "opened": 1, "frames": 36_000, "bad": 0, "dropped": 0}
LINE = SerialSettings("serial:/dev/radar", "/dev/radar", 256_000, "ld2450")
SHIPPED = Limits(queued=0, inflight=2000, persistence=True)

SITE = Site(
    "chalon",
    "Chalon",
    plan(),
    (),
    Path("state"),
    MqttSettings("127.0.0.1", 8883, tls=True),
    (LINE,),
    (TargetSettings("lab", 1, "http://127.0.0.1:8086", "street"),),
    RecordSettings(),
)
SURVEY = Survey(
    at=NIGHT,
    lamps=3,
    failsafe=(),
    silent=(),
    sensors=4,
    doubted=(),
    entries=512,
    rejected=0,
    refused=0,
    targets=(Behind("lab", 0, NIGHT),),
    damaged={},
    lit=True,
    dark=(),
    batteries={},
    rejected_from=(),
    unset=0,
    believed=NIGHT,
    clock_steps=(),
    light=Light(lamps=3, by_watts=2, by_lux=1, last=NIGHT - 20 * MINUTE),
)
GROWTH = Growth(
    used=1_200_000_000,
    since=NIGHT - 71 * DAY,
    readings_per_day=150_000.0,
    entries_per_day=150_000.0,
    bytes_per_reading=113.0,
    levels_off=1_600_000_000,
    messages_per_second=1.7,
)
WELL = Facts(
    at=NIGHT,
    site=SITE,
    running=True,
    survey=SURVEY,
    growth=GROWTH,
    broker=SHIPPED,
    memory=2_000_000_000,
    machine=Machine(None, 48.0, 32_000_000_000, 12_480_000_000),
    files=Files("a41f", NIGHT - 20 * 60 * 10**9),
    sun=(DUSK, DUSK + 15 * HOUR),
    live=replace(HEALTH, links={"mqtt": MQTT, LINE.name: RADAR}, start_time_seconds=NIGHT / 1e9 - 12 * 86400),
)
