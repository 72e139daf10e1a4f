"""From three files to a site, or to all that is wrong with them."""

from pathlib import Path

import pytest

from devices.device import DeviceId, Kind
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.site import MetricsSettings, OverrideSettings, SerialSettings, Site
from tests.configuration.files import EXAMPLE, example

MINUTE = 60_000_000_000


def problems(folder: Path) -> list[str]:
    """What loading a folder complains of, a line each: file:line found; expected; hint."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    return [
        f"{Path(problem.place.file).name}:{problem.place.line} {problem.found}; {problem.expected}; {problem.hint}"
        for problem in caught.value.problems
    ]


def only(folder: Path) -> str:
    (problem,) = problems(folder)
    return problem


@pytest.fixture
def site() -> Site:
    return load(EXAMPLE)


def test_the_example_site_is_good(site: Site) -> None:
    assert (site.id, [zone.id for zone in site.plan.zones]) == ("chalon", ["tanneurs", "quai"])
    assert len(site.lamps()) == 25
    assert site.state == EXAMPLE / "state"
    assert site.mqtt is not None
    assert (site.mqtt.host, site.mqtt.port, site.mqtt.tls) == ("127.0.0.1", 1883, False)
    assert [(target.version, target.database) for target in site.targets] == [(1, "street")]


def test_a_range_puts_its_lamps_in_a_row_and_a_later_line_refines_one(site: Site) -> None:
    lamps = site.plan.zones[0].luminaires
    assert [lamp.at for lamp in lamps] == [30.0 * index for index in range(20)]
    assert [lamp.id for lamp in lamps if lamp.never_dim] == ["lamp-11"]
    device = site.device("PL 0417")
    assert device is not None
    assert (device.id, device.kind) == ("lamp-07", Kind.LUMINAIRE)


def test_a_sensor_sees_each_way_along_its_zone_and_not_beyond_it(site: Site) -> None:
    watches = {watch.sensor: (watch.start, watch.end) for zone in site.plan.zones for watch in zone.watches}
    assert watches[DeviceId("motion-02")] == (60.0, 120.0)
    assert watches[DeviceId("radar-quai")] == (69.0, 81.0)
    assert all(start >= 0 for start, _ in watches.values())


def test_serial_sensors_are_heard_by_their_port(site: Site) -> None:
    radar = site.device("radar-quai")
    assert radar is not None
    assert radar.options == {"heartbeat": MINUTE, "count_line": 2.0}
    lines = {line.name: line for line in site.serials}
    line = lines[radar.link]
    assert line == SerialSettings(f"serial:{radar.address}", radar.address, 256_000, "ld2450")
    counter = site.device("counter-quai")
    assert counter is not None
    assert (lines[counter.link].framing, lines[counter.link].baud) == ("lines", 115_200)


def test_a_program_that_is_like_another_has_all_that_it_does_not_say(site: Site) -> None:
    quiet, riverside = (zone.program for zone in site.plan.zones)
    assert (riverside.count, riverside.presence, riverside.ramp) == (quiet.count, quiet.presence, quiet.ramp)
    assert [step.owed for step in riverside.steps] == ["P5"]


def test_every_mistake_of_all_three_files_is_told_at_once(tmp_path: Path) -> None:
    folder = example(
        tmp_path,
        ("latitude: 46.7806", "latitude: 46,7806"),
        ("time_zone: Europe/Paris", "timezone: Europe/Paris"),
        ("heartbeat: 5min               # silent", "heartbeat: 5               # silent"),
        ("zone: tanneurs\n    at: 30 m", "zone: taneurs\n    at: 30 m"),
        ("type: led-28w", "type: led-28"),
        ("design: 5.0 lx", "design: 5,0 lx"),
        ("program: riverside", "program: riversite"),
    )
    told = problems(folder)
    for expected in (
        'site.yaml:8 "46,7806" has a decimal comma',
        'site.yaml:10 "timezone" is not known in site',
        'devices.yaml:12 "5" has no unit',
        'devices.yaml:15 "taneurs" is not known in zones',
        'devices.yaml:47 "led-28" is not known in types',
        'lighting.yaml:9 "5,0 lx" has a decimal comma',
        'lighting.yaml:16 "riversite" is not known in programs',
    ):
        assert any(line.startswith(expected) for line in told), (expected, told)
    assert len(told) == 7
    assert sum("Did you mean" in line for line in told) == 5


def test_a_range_with_one_mistake_is_told_once(tmp_path: Path) -> None:
    assert only(example(tmp_path, ("type: led-28w\n", "type: lid-28w\n"))).endswith("Did you mean  led-28w ?")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("measures: presence\n    heartbeat: 5min", "measures: presence", '"heartbeat" is missing'),
        ("    sees: 30 m  ", "    # sees: 30 m  ", '"sees" is missing'),
        ("measures: presence\n", "measures: motion\n", '"motion" is not known here'),
        ("at: 600 m", "at: 601 m", "counter-east would hang at 601 m, and tanneurs is 600 m long"),
        ("counter-east:", "Counter East:", "Did you mean  counter-east ?"),
        ("counter-east:", "tanneurs:", "already the name of a zone"),
        ("quai-01..05:", "motion-01..05:", "already the name of another device"),
        ("lamp-11: {", "lamp-19..21: {", "lamp-19 is already there"),
        ("lamp-11: {", "lamp-21: {", '"zone" is missing'),
        ("lamp-07: {label: PL 0417}", "lamp-01..07: {label: PL 0417}", 'a range cannot share one "label"'),
        ("lamp-11: {never", "lamp-11: {label: PL 0417, never", 'lamp-07 is labelled "PL 0417" too'),
        ("    every: 30 m\n", "", "all of the range hang at one place"),
        ("convention: native\n    type", "convention: ld2450\n    type", "no lamp speaks ld2450"),
        ("    count_line: 2 m", "    measures: presence\n    count_line: 2 m", "is not told what it measures"),
        ("    count_line: 2 m", "    count_line: 2 m\n    wraps_at: 9999", "an ld2450 has no running total"),
        ("measures: presence\n", "measures: presence\n    wraps_at: 9999\n", '"wraps_at" belongs to a counter'),
        (
            "usb-Silicon_Labs_CP2102N_4f1a-if00-port0",
            "usb-Espressif_USB_JTAG_serial_debug_unit_34B7-if00",
            "port already",
        ),
        ("full: 28 W", "full: 3 W", "do not rise"),
        (
            "version: 1\n\nsensors",
            "version: 2\n\nsensors",
            "the file is of version 2, and this gateway reads version 1",
        ),
        ("version: 1\n\nsensors", "version: one\n\nsensors", "no version of the files' format"),
        ("length: 600 m", "length: 0 m", "a zone without length"),
        ("class: P4     ", "class: M4     ", "class of luminance"),
        ("    class: P5\n", "", '"class" is missing in quai'),
        ("like: quiet-street ", "like: riverside ", "riverside would be like itself"),
        ("20/h: 60%", "0/min: 60%", "two points of the curve have the same flow"),
        ("20/h: 60%", "20/h: 30%", "the curve falls"),
        ("failsafe: 100%", "failsafe: 50%", "failsafe 50% is less light"),
        ("confirm: 2", "confirm: two", "not a whole number"),
        ("Europe/Paris", "Europe/Pari", "Did you mean  Europe/Paris ?"),
        ("    count_line: 2 m", "    time_zone: UTC\n    count_line: 2 m", "an ld2450 tells no times"),
        ("measures: presence\n", "measures: presence\n    time_zone: CETT\n", '"CETT" is no time zone'),
        ("mqtt://127.0.0.1:1883", "mqtt://me:secret@127.0.0.1:1883", "there is a user or a password in this address"),
        ("  # username: gateway", "  password: hunter2", "a password may not stand in this file"),
        ("mqtt://127.0.0.1:1883", "http://127.0.0.1:1883", "not an address of this kind"),
        ("    database: street", "    bucket: street", '"database" is missing in lab'),
        ("id: chalon", "id: Chalon", "Did you mean  chalon ?"),
        ("id: chalon", "id:", "nothing is written here"),
        ("    label: Rue des Tanneurs", "    label:", 'nothing is written after "label"'),
    ],
)
def test_a_mistake_is_told_in_words(tmp_path: Path, old: str, new: str, said: str) -> None:
    told = problems(example(tmp_path, (old, new)))
    assert any(said in line for line in told), told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mqtt://127.0.0.1:1883", "mqtt://me:hunter2@127.0.0.1:1883"),
        ("  # username: gateway", "  password: hunter2"),
        ("  # username: gateway", "  token: 'hunter2'"),
    ],
)
def test_a_password_in_the_files_is_refused_and_not_repeated(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(example(tmp_path, (old, new)))
    assert "site.yaml" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_mqtt_devices_need_a_broker(tmp_path: Path) -> None:
    folder = example(tmp_path, ("mqtt:\n  url: mqtt://127.0.0.1:1883", "# no broker"))
    assert '"mqtt" is missing; counter-west speaks MQTT' in only(folder)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    assert [line.split(";")[0] for line in problems(tmp_path)] == [
        "site.yaml:0 the file is not there",
        "devices.yaml:0 the file is not there",
        "lighting.yaml:0 the file is not there",
    ]


def test_files_from_windows_mean_the_same(tmp_path: Path, site: Site) -> None:
    folder = example(tmp_path)
    for file in folder.iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert load(folder).plan == site.plan


def test_a_misspelt_key_is_told_once_and_not_as_missing_too(tmp_path: Path) -> None:
    folder = example(tmp_path, ("    sees: 30 m ", "    seas: 30 m "))
    assert only(folder).startswith('devices.yaml:18 "seas" is not known in motion-01..10')


def test_a_zone_is_not_called_unwatched_because_its_sensor_is_misspelt(tmp_path: Path) -> None:
    folder = example(tmp_path, ("    sees: 30 m ", "    sees: 30 "))
    assert "has no unit" in only(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Where this gateway stands", "# Where that gateway hangs"),
        ("label: Rue des Tanneurs", "label: Tanners' Street"),
        ("label: PL 0417", "label: PL 0418"),
        ("heartbeat: 5min               #", "heartbeat: 300s               #"),
        ("length: 600 m", "length: 0.6 km"),
        ("curve: {0/h: 40%, 20/h: 60%, 60/h: 100%}", "curve: {60/h: 100%, 0/h: 40%, 20/h: 60.0 %}"),
        ("ramp: {up: 2s, down: 45s}", "ramp:\n      down: 45s\n      up: 2000ms"),
        ("url: http://127.0.0.1:8086", "url: http://127.0.0.1:8087"),
        ("failure_level: 100%           #", "failure_level: 90%           #"),
    ],
)
def test_the_digest_stays_when_the_meaning_stays(tmp_path: Path, site: Site, old: str, new: str) -> None:
    assert load(example(tmp_path, (old, new))).plan.digest == site.plan.digest


def test_the_digest_stays_when_devices_and_zones_change_places_in_the_files(tmp_path: Path, site: Site) -> None:
    folder = example(tmp_path)
    devices = (folder / "devices.yaml").read_text(encoding="utf-8")
    east = next(line for line in devices.splitlines() if line.startswith("  counter-east"))
    moved = devices.replace(east + "\n", "").replace("  counter-west:", east + "\n  counter-west:")
    (folder / "devices.yaml").write_text(moved, encoding="utf-8")
    lighting = (folder / "lighting.yaml").read_text(encoding="utf-8")
    head, tanneurs, rest = lighting.partition("  tanneurs:")
    tanneurs_block, quai, after = (tanneurs + rest).partition("  quai:")
    quai_block, programs, tail = (quai + after).partition("\nprograms:")
    swapped = head + quai_block + "\n" + tanneurs_block + programs + tail
    (folder / "lighting.yaml").write_text(swapped, encoding="utf-8")
    other = load(folder)
    assert [zone.id for zone in other.plan.zones] == ["quai", "tanneurs"]
    assert other.plan.digest == site.plan.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("latitude: 46.7806", "latitude: 46.7807"),
        ("Europe/Paris", "Europe/Berlin"),
        ("heartbeat: 5min               #", "heartbeat: 4min               #"),
        ("sees: 30 m ", "sees: 31 m "),
        ("{never_dim: crossing}", "{never_dim: school}"),
        ("full: 28 W", "full: 29 W"),
        ("length: 600 m", "length: 601 m"),
        ("design: 5.0 lx", "design: 5.1 lx"),
        ("20/h: 60%", "20/h: 61%"),
        ("confirm: 2", "confirm: 3"),
        ("hold: 45s", "hold: 46s"),
        ("max_on: 10min", "max_on: 11min"),
        ("up: 2s", "up: 3s"),
        ("to: sunrise}", "to: sunrise + 1min}"),
        ("from: 22:30", "from: 22:31"),
        ("max: 80%", "max: 81%"),
    ],
)
def test_the_digest_changes_with_the_meaning(tmp_path: Path, site: Site, old: str, new: str) -> None:
    assert load(example(tmp_path, (old, new))).plan.digest != site.plan.digest


def test_what_people_may_order_is_read_and_has_its_defaults(tmp_path: Path, site: Site) -> None:
    assert site.overrides == OverrideSettings()
    own = OverrideSettings(lasts=30 * MINUTE, needs_reason=False, below_floor=True)
    written = "overrides: {lasts: 30min, reason: optional, below_floor: allowed}\n"
    assert load(example(tmp_path, more=written)).overrides == own


def test_an_order_that_would_last_longer_than_any_may_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(example(tmp_path, more="overrides: {lasts: 30h}\n"))
    assert "an override would last 30h" in f"{refused.value}"


@pytest.mark.parametrize(
    ("written", "said"),
    [("0", '"0" is no port'), ("65536", "there is no port 65536"), ("http", '"http" is no port')],
)
def test_a_port_for_metrics_that_is_none_is_told_in_words(tmp_path: Path, written: str, said: str) -> None:
    assert said in only(example(tmp_path, more=f"metrics: {{port: {written}}}\n", file="site.yaml"))


def test_metrics_are_served_only_where_the_site_says_so(tmp_path: Path, site: Site) -> None:
    assert site.metrics is None
    assert load(example(tmp_path, more="metrics: {port: 9464}\n", file="site.yaml")).metrics == MetricsSettings(9464)
