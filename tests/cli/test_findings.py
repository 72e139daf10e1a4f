"""What the doctor finds on a street where one thing is wrong: a word for it, what the street does, what to do next."""

import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from devices.device import Device, DeviceId, Kind
from gateway.cli.doctor import examine, status, tree, verdict
from gateway.cli.findings.facts import Facts, tonight, understood, unwritable
from gateway.cli.findings.finding import Finding, Grade
from gateway.configuration.site import MqttSettings
from gateway.daemon.health import FilesHealth
from gateway.lighting.plan import Place, Problem
from gateway.study.light import Light
from gateway.study.survey import Behind, Doubted, Faulty
from tests.cli.well import GROWTH, LINE, RADAR, SITE, SURVEY, WELL
from tests.daemon.figures import HEALTH, KEY, LAB, MQTT, RECORD
from tests.daemon.house import LAMPS, NIGHT
from tests.ground.pages import ROOT
from tests.lighting.street import DUSK, HOUR, MINUTE, MOTION, SECOND, plan

SHIPPED = (ROOT / "systemd" / "mosquitto-reverbere.conf").read_text(encoding="utf-8")


def living(**changes: Any) -> Facts:
    """All is well but what the running gateway says."""
    assert WELL.live is not None
    return replace(WELL, live=replace(WELL.live, **changes))


def surveyed(**changes: Any) -> Facts:
    """All is well but what the record says of the street."""
    return replace(WELL, survey=replace(SURVEY, **changes))


def grown(**changes: Any) -> Facts:
    """All is well but how the record grows."""
    return replace(WELL, growth=replace(GROWTH, **changes))


def served(**changes: Any) -> Facts:
    """All is well but the broker's configuration."""
    assert WELL.broker is not None
    return replace(WELL, broker=replace(WELL.broker, **changes))


def of(facts: Facts, subject: str) -> Finding:
    (found,) = [finding for finding in examine(facts) if finding.subject == subject]
    return found


def bad(facts: Facts) -> list[tuple[str, str]]:
    """The subjects that are not well, and how badly."""
    return [(finding.subject, finding.grade.value) for finding in examine(facts) if finding.grade is not Grade.OK]


def test_where_all_is_well_every_subject_has_its_line_and_the_exit_is_0() -> None:
    findings = examine(WELL)
    assert [finding.subject for finding in findings] == [
        *(
            "gateway",
            "street",
            "lamps",
            "light",
            "sensors",
            "keys",
            "broker",
            "serial",
            "record",
            "lab",
            "rejected",
            "files",
            "clock",
            "machine",
        )
    ]
    assert (bad(WELL), status(findings)) == ([], 0)
    assert verdict(WELL, findings) == "All is well. Nobody is in the dark."
    said = " ".join(word for finding in findings for word in (finding.words, *finding.details))
    for figure in (
        "3 of 3 lamps answer; 3 follow their rule",
        "4 of 4 trusted",
        "of 3 lamps 2 proven by watts, 1 by lux (last proof Sat 21 Nov 2026, 18:40",
        "mosquitto, TLS; 0 messages wait to be stored; window 500; queue allows 7 days of our absence",
        "1 of 1 line open; 36,000 frames, 0 bad",
        "1.2 GB of 4.0 GB, 71 days of readings inside; levels off at 1.6 GB (readings: 90 days)",
        "commit 9.0 ms (p99 31 ms); 17 MB written to the card today, 300 B a reading",
        "sun tonight 17:00 to 08:00",
        "48 C, card 61 % full, memory 57 MB, watchdog fed 0.4 s ago",
    ):
        assert figure in said


ON_A_LINE = Device(DeviceId("lamp-1"), Kind.LUMINAIRE, "dali:tridonic:/dev/dali/1", "dali", "1")
LIVELY = {"connected": True, "unsettled": 0, "trouble": "", "gear": 64, "linear": 2, "silent_gear": []}


def on_a_line(**status: object) -> Facts:
    """A street with lamps on a DALI line."""
    links = {"mqtt": MQTT, LINE.name: RADAR, ON_A_LINE.link: LIVELY | status}
    return replace(living(links=links), site=replace(WELL.site, devices=(ON_A_LINE,)))


def test_lamps_that_nothing_has_proven_are_no_warning_and_told_how_to_prove_them() -> None:
    told = of(surveyed(light=Light(3, 0, 0, None, {}, {"yard": 1, "street": 2})), "light")
    assert (told.grade, told.next) == (Grade.OK, ("reverbere calibrate street",))
    assert told.words == "of 3 lamps 0 proven by watts, 0 by lux; 3 dimmed unproven"


STALE = Doubted(MOTION[0], "street", NIGHT - 17 * MINUTE, 5 * MINUTE, LAMPS[:1], "stale", NIGHT - 12 * MINUTE)

TURNED = replace(KEY, turned=True, turned_time_seconds=NIGHT / 1e9)

FAULTS = (
    Faulty(LAMPS[1], "controlGearCommFailure", NIGHT - 2 * HOUR),
    Faulty(DeviceId("C1-L2"), "supplyLoss", NIGHT - HOUR),
    Faulty(LAMPS[1], "lampTooHot", NIGHT),
)
MISTAKE = Problem(Place("lighting.yaml", 28, 7), '"hodl" is not known in presence', "Known here: level, hold")


def edited(**changes: Any) -> Facts:
    """All is well but the files."""
    return replace(WELL, files=replace(WELL.files, **changes))


TROUBLE: list[tuple[str, Facts, str, str, str, str]] = [
    ("no gateway", replace(WELL, running=False, live=None), "gateway", "FAIL", "own failure level", "systemctl status"),
    ("stalled", living(stalled="the lamplighter"), "gateway", "FAIL", "the lamplighter does not get on", "journalctl"),
    ("other version", replace(WELL, live=None, foreign=True), "gateway", "WARN", "another version", "restart"),
    ("silent lamp", surveyed(silent=LAMPS[:1]), "street", "WARN", "silent for 10 min: lamp-1", "explain lamp-1"),
    ("dark lamp", surveyed(dark=LAMPS[1:2]), "street", "FAIL", "told to shine: lamp-2", "explain lamp-2"),
    (
        "stale sensor",
        surveyed(doubted=(STALE,), failsafe=LAMPS[:1]),
        "sensors",
        "WARN",
        "motion-1  silent for 17 min, expected every 5 min. On failsafe for it since 18:48: lamp-1",
        "explain lamp-1",
    ),
    (
        "a sensor of which others know more",
        surveyed(doubted=(replace(STALE, why="flapping", failsafe=()),)),
        "sensors",
        "WARN",
        "motion-1  comes and goes too often; last heard 17 min ago, expected every 5 min; no lamp is on failsafe",
        "reverbere devices",
    ),
    (
        "a sensor that never spoke",
        surveyed(doubted=(Doubted(MOTION[0], "street", None, None, LAMPS[:1]),)),
        "sensors",
        "WARN",
        "never heard. On failsafe for it: lamp-1",
        "explain lamp-1",
    ),
    ("low battery", surveyed(batteries={MOTION[1]: 11.0}), "sensors", "WARN", "motion-2  battery 11 %", "devices"),
    (
        "faults of lamps",
        surveyed(faults=FAULTS),
        "lamps",
        "WARN",
        "orders go on lamp-2  controlGearCommFailure since Sat 21 Nov 2026, 17:00:00: does not answer C1-L2",
        "explain lamp-2",
    ),
    ("many faults", surveyed(faults=FAULTS[:1] * 7), "lamps", "WARN", "and 2 more", "docs/lamps.md"),
    (
        "a lamp that is darker than its level",
        surveyed(light=Light(3, 1, 0, NIGHT, {LAMPS[1]: "drew 4.0 W at 40 %, 12.0 expected"}, {"street": 1})),
        "light",
        "WARN",
        "; 1 dimmed unproven lamp-2  drew 4.0 W at 40 %, 12.0 expected: not dimmed",
        "reverbere calibrate street",
    ),
    (
        "mistakes in the files",
        edited(mistakes=(MISTAKE,) * 4),
        "files",
        "WARN",
        'keeps the last good one, plan a41f of Sat 21 Nov 2026, 18:40 lighting.yaml:28:7: "hodl" is not known',
        "check",
    ),
    (
        "a turned key",
        living(keys=(replace(TURNED, until_time_seconds=NIGHT / 1e9 + 3600),)),
        "keys",
        "WARN",
        "read at Sat 21 Nov 2026, 19:00:00: 100 % in street until Sat 21 Nov 2026, 20:00:00",
        "override list",
    ),
    (
        "a key that is left turned",
        living(keys=(TURNED,)),
        "keys",
        "WARN",
        "its time is over or its order was cancelled: light by the rules until it is turned again",
        "override list",
    ),
    (
        "a key that nobody reads",
        living(keys=(replace(KEY, turned=None),), links={"mqtt": MQTT, LINE.name: RADAR, "gpio": {"trouble": "no Pi"}}),
        "keys",
        "FAIL",
        "turning armoire does nothing: no Pi",
        "Key switches",
    ),
    (
        "a key that is read no more",
        living(keys=(KEY,), links={"mqtt": MQTT, LINE.name: RADAR, "gpio": {"trouble": "the chip is gone"}}),
        "keys",
        "FAIL",
        "what is turned now may go unnoticed: the chip is gone",
        "Key switches",
    ),
    (
        "broker away",
        living(links={"mqtt": MQTT | {"connected": False, "trouble": "refused"}, LINE.name: RADAR}),
        "broker",
        "FAIL",
        "is not reached: refused lamps hold their level for three minutes",
        "systemctl status mosquitto",
    ),
    ("short queue", served(queued=1000), "broker", "WARN", "after 10 min without us the broker drops", "install"),
    ("no persistence", served(persistence=False), "broker", "WARN", "forgets what waits", "install"),
    ("few in flight", served(inflight=20), "broker", "WARN", "less than our window 500", "install"),
    (
        "line unplugged",
        living(links={"mqtt": MQTT, LINE.name: RADAR | {"connected": False, "trouble": "/dev/radar is gone"}}),
        "serial",
        "WARN",
        "0 of 1 line open; 36,000 frames, 0 bad, since the start /dev/radar: /dev/radar is gone",
        "serial list",
    ),
    (
        "DALI line away",
        on_a_line(connected=False, trouble="cannot open /dev/dali/1"),
        "dali",
        "FAIL",
        "64 gear, 2 on a linear curve tridonic:/dev/dali/1: cannot open /dev/dali/1. Its lamps hold",
        "docs/lamps.md, DALI lines",
    ),
    (
        "silent gear",
        on_a_line(silent_gear=[3, 17]),
        "dali",
        "WARN",
        "1 of 1 line reached; 64 gear, 2 on a linear curve tridonic:/dev/dali/1: no answer of address 3, 17",
        "docs/lamps.md, DALI lines",
    ),
    (
        "two gear at one address",
        on_a_line(silent_gear=[3], disorderly_gear=[17]),
        "dali",
        "WARN",
        "no answer of address 3 tridonic:/dev/dali/1: address 17 answers as two gear do that have one address",
        "docs/lamps.md, DALI lines",
    ),
    ("85 % full", grown(used=3_400_000_000), "record", "WARN", "fills 85 % of record.max_size", "docs/guide.md"),
    ("too small", grown(levels_off=4_100_000_000), "record", "WARN", "it would need 4.1 GB", ""),
    ("damaged", surveyed(damaged={"record.db.damaged-1": "torn"}), "record", "WARN", "damaged: torn", "restore.md"),
    (
        "no room",
        living(record=replace(RECORD, trouble="the record cannot be written: disk full", dropped=1)),
        "record",
        "FAIL",
        "disk full. Nothing is acknowledged",
        "",
    ),
    (
        "database away",
        living(targets=(replace(LAB, trouble="HTTP 401: unauthorized"),)),
        "lab",
        "WARN",
        "takes nothing: HTTP 401: unauthorized 0 entries wait in the record; nothing is lost",
        "journalctl",
    ),
    (
        "database far behind",
        surveyed(targets=(Behind("lab", 12_400, NIGHT - 33 * MINUTE),)),
        "lab",
        "WARN",
        "12,400 entries wait in the record; nothing is lost",
        "journalctl",
    ),
    (
        "database late",
        surveyed(targets=(Behind("lab", 3, NIGHT - 33 * MINUTE),)),
        "lab",
        "WARN",
        "has all up to Sat 21 Nov 2026, 18:27:00 3 entries wait in the record",
        "journalctl",
    ),
    (
        "refused lines",
        surveyed(targets=(Behind("lab", 0, NIGHT, refused=2),), refused=2),
        "lab",
        "WARN",
        "2 lines it would not take",
        "forward refused list",
    ),
    ("refused by an old one", surveyed(refused=1), "refused", "WARN", "1 line that a database", "forward refused list"),
    (
        "rejected",
        surveyed(rejected=3, rejected_from=(("a/sensor/esp-test", "an empty payload", 3),)),
        "rejected",
        "WARN",
        "3 in the last 24 h: kept, acknowledged, and no lamp was moved by them 3 from a/sensor/esp-test: an empty",
        "rejected list",
    ),
    (
        "clock wrong",
        living(clock=replace(HEALTH.clock, sure=False)),
        "clock",
        "WARN",
        "not believed: it is night until it is set",
        "timedatectl",
    ),
    (
        "the record waits for the clock",
        replace(
            living(clock=replace(HEALTH.clock, sure=False)), survey=replace(SURVEY, unset=7, believed=NIGHT - HOUR)
        ),
        "clock",
        "WARN",
        "7 entries wait since Sat 21 Nov 2026, 18:00:00 until it is set: databases get them then, with the right times",
        "timedatectl",
    ),
    (
        "a clock that was not believed at the end",
        replace(surveyed(unset=1, believed=NIGHT - HOUR), live=None),
        "clock",
        "WARN",
        "not believed when the record ended; sun tonight 17:00 to 08:00 1 entry waits since",
        "timedatectl",
    ),
    (
        "a database waits for the clock",
        surveyed(targets=(Behind("lab", 6000, NIGHT - HOUR),), unset=5999),
        "lab",
        "WARN",
        "5,999 of these wait for the clock: databases get them when it is right",
        "",
    ),
    ("hot", replace(WELL, machine=replace(WELL.machine, temperature=83.0)), "machine", "WARN", "slows itself", "df"),
    ("card full", replace(WELL, machine=replace(WELL.machine, disk_free=1_000_000_000)), "machine", "WARN", "left", ""),
]


@pytest.mark.parametrize(
    ("facts", "subject", "grade", "said", "command"), [case[1:] for case in TROUBLE], ids=[case[0] for case in TROUBLE]
)
def test_what_is_wrong_is_said_once_with_what_the_street_does_and_what_to_do(
    facts: Facts, subject: str, grade: str, said: str, command: str
) -> None:
    assert bad(facts) == [(subject, grade)]
    found = of(facts, subject)
    assert said in " ".join((found.words, *found.details))
    assert command in " ".join(found.next)
    assert status(examine(facts)) == 1


def test_the_last_line_counts_and_says_whether_anybody_is_in_the_dark() -> None:
    def last(facts: Facts) -> str:
        return verdict(facts, examine(facts))

    assert last(surveyed(doubted=(STALE,))) == "1 warning, no failure. Nobody is in the dark."
    assert last(surveyed(dark=LAMPS[:1])) == "No warning, 1 failure. It is dark at lamp-1."
    assert last(surveyed(silent=LAMPS[:2])).endswith("go and look at lamp-1, lamp-2.")
    assert last(surveyed(lit=False)) == "All is well. No lamp need shine now."
    assert "when the record ended" in last(replace(WELL, running=False, live=None))


def test_without_a_gateway_that_answers_the_record_is_told_all_the_same() -> None:
    silent = replace(WELL, live=None)
    assert bad(silent) == []
    assert "levels off at 1.6 GB" in of(silent, "record").words
    assert not of(silent, "record").details
    assert "serial" not in {finding.subject for finding in examine(silent)}


def test_a_gateway_that_cannot_write_its_record_is_told_apart_from_one_that_is_well() -> None:
    waiting = replace(WELL, live=None, unwritable="/state is on a file system that can only be read")
    assert bad(waiting) == [("gateway", "FAIL"), ("record", "FAIL")]
    assert "runs without a record" in of(waiting, "gateway").words
    assert "waits at the broker" in of(waiting, "gateway").details[0]
    assert "can only be read" in of(waiting, "record").details[-1]


def test_only_what_can_be_read_and_what_is_full_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert unwritable(tmp_path) == unwritable(tmp_path / "nowhere") == ""
    found = os.statvfs(tmp_path)
    full = os.statvfs_result((*found[:4], 0, *found[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert "full" in unwritable(tmp_path)


def test_each_fault_says_what_it_means_and_a_lamp_may_name_its_own() -> None:
    told = of(surveyed(faults=FAULTS), "lamps")
    assert told.words == "3 faults at 2 lamps and feeds; orders go on"
    assert told.details[1:] == (
        "C1-L2  supplyLoss since Sat 21 Nov 2026, 18:00:00: has no power: none of its lamps answers",
        "lamp-2  lampTooHot since Sat 21 Nov 2026, 19:00:00: by its own word",
    )


def test_files_that_nobody_has_read_yet_are_told_and_are_no_warning() -> None:
    found = of(edited(unread=True), "files")
    assert found.grade is Grade.OK
    assert "changed since: the street follows plan a41f of Sat 21 Nov 2026, 18:40 until they are read" in found.words
    refused = replace(edited(unread=True), live=living(files=FilesHealth("the id is macon", NIGHT / 1e9)).live)
    assert of(refused, "files").details == ("refused when they were read last Sat 21 Nov 2026, 19:00: the id is macon",)


def test_clock_steps_are_told_and_are_no_warning() -> None:
    found = of(surveyed(clock_steps=((NIGHT - HOUR, -90 * SECOND),)), "clock")
    assert found.grade is Grade.OK
    assert "set 1 time in the last 7 days: Sat 21 Nov 2026, 18:00:00 by -90.0 s" in found.details[0]


def test_times_that_are_just_being_put_right_are_told_and_are_no_warning() -> None:
    found = of(surveyed(unset=3), "clock")
    assert found.grade is Grade.OK
    assert found.details == ("the times of 3 entries are being put right; databases get them then",)


def test_a_machine_that_counts_no_bytes_is_said_to_count_none() -> None:
    bare = living(record=replace(RECORD, written_bytes=None, written_today_bytes=None, written_bytes_per_row=None))
    assert "does not count what is written" in of(bare, "record").details[0]


def test_nats_has_its_own_limits_and_another_machines_mosquitto_cannot_be_read() -> None:
    nats = replace(SITE, mqtt=MqttSettings("127.0.0.1", 1883, broker="nats"))
    assert "its disk keeps what comes" in of(replace(WELL, site=nats, broker=None), "broker").words
    assert "cannot be read from here" in of(replace(WELL, broker=None), "broker").words
    assert "broker" not in {each.subject for each in examine(replace(WELL, site=replace(SITE, mqtt=None)))}


def test_the_json_has_every_finding_and_the_figures_behind_them() -> None:
    facts = surveyed(doubted=(STALE,))
    said = tree(facts, examine(facts))
    assert (said["site"], said["running"], said["warnings"], said["failures"]) == ("chalon", True, 1, 0)
    findings: Any = said["findings"]
    assert {"sensors": "WARN", "record": "ok"}.items() <= {each["subject"]: each["grade"] for each in findings}.items()
    assert said["street"] == asdict(facts.survey)
    assert said["record"] == asdict(GROWTH)


def test_what_the_socket_says_is_understood_and_what_another_version_says_is_not() -> None:
    said = json.loads(json.dumps(asdict(HEALTH))) | {"pid": 4242, "uptime": 3.5}
    assert understood(said) == HEALTH
    del said["record"]["used_bytes"]
    assert understood(said) is None


def test_the_sun_of_tonight_is_that_of_the_night_one_is_in() -> None:
    before, after = tonight(plan(), DUSK + 2 * HOUR), tonight(plan(), DUSK + 12 * HOUR)
    assert before == after
    assert before is not None
    assert abs(before[0] - DUSK) < 2 * MINUTE
    assert tonight(plan(), DUSK + 21 * HOUR) != before


def test_a_feed_that_is_switched_off_by_day_is_shown_as_one_and_is_no_warning() -> None:
    found = of(surveyed(feeds_off={"C1-L2": 2}, lit=False), "street")
    assert (found.grade.value, found.words[:21]) == ("ok", "1 of 3 lamps answer; ")
    assert found.details == ("feed C1-L2 is off, with its 2 lamps: none of them need shine",)


def test_a_dali_line_that_is_well_has_its_line() -> None:
    found = of(on_a_line(), "dali")
    assert (found.grade, found.words) == (Grade.OK, "1 of 1 line reached; 64 gear, 2 on a linear curve")
