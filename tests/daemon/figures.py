"""A gateway's figures as tests want them: all is well, and nothing is missing."""

from devices.device import DeviceId
from gateway.daemon.health import (
    ClockHealth,
    FaultHealth,
    Health,
    KeyHealth,
    LightHealth,
    MachineHealth,
    RecordHealth,
    TargetHealth,
)
from gateway.record.wear import LATENCIES

RECORD = RecordHealth(
    seq=512,
    entries=500,
    rows=700,
    pending=0,
    dropped=0,
    failures=0,
    commits=14,
    commit_p50_seconds=0.009,
    commit_p99_seconds=0.031,
    commit_total_seconds=0.2,
    commit_classes=(1,) * (len(LATENCIES) + 1),
    last_commit_time_seconds=1_795_302_000.5,
    written_bytes=210_000,
    written_today_bytes=17_000_000,
    written_bytes_per_row=300.0,
    file_bytes=1_300_000,
    used_bytes=1_200_000,
    limit_bytes=4_000_000_000,
    alarm="",
    trouble="",
    damage="",
)
KEY = KeyHealth(
    "armoire", "GPIO22", turned=False, turned_time_seconds=None, level=100, zones=("street",), until_time_seconds=None
)
DEAD = FaultHealth("lamp-1", "lampFailure", 1_795_301_000.0)
LAB = TargetHealth("lab", 512, 0, 0.0, 690, 0, 1_795_302_000.0, 0, "")
MQTT = {
    "connected": True,
    "protocol": "5",
    "unsettled": 0,
    "trouble": "",
    "received": 600,
    "sent": 40,
    "dropped": 2,
    "connections": 1,
    "thrown_out": 0,
}
HEALTH = Health(
    version="0.1.0",
    plan="a41f",
    start_time_seconds=1_794_265_200.0,
    stalled="",
    messages=600,
    rejected=1,
    duplicates=2,
    commands=40,
    record=RECORD,
    links={"mqtt": MQTT},
    targets=(LAB,),
    light=LightHealth(3, 3, 3, 0, 4, 4),
    clock=ClockHealth(sure=True, steps=0, last_step_seconds=0.0),
    machine=MachineHealth(4242, 57_000_000, 48.0, 32_000_000_000, 12_480_000_000, 0.4),
    keys=(KEY,),
    faults=(DEAD,),
)
LEVELS = {DeviceId("lamp-1"): 60, DeviceId("lamp-2"): 100}
