"""`reverbere devices discover`, `approve` and `ignore` as their user meets them."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest

from devices.device import Kind
from devices.message import SECOND
from gateway.cli.approve import Wish, approve
from gateway.cli.discovered import Commands, as_object, doubts, page, picture
from gateway.cli.ignore import ignore
from gateway.cli.looking import Look
from gateway.cli.plugged import Plugged, command, overheard, plugged
from gateway.configuration.build import load
from gateway.configuration.problems import ConfigurationError
from gateway.configuration.starting import BrokerAt, Start, Street, files
from gateway.onboarding.block import Placement
from gateway.onboarding.errors import OnboardingError
from gateway.onboarding.proposal import Example, Proposal, Sure, Value
from gateway.onboarding.waiting import Waiting, read, update
from tests.cli.command import PLAIN, REVERBERE, reverbere
from tests.configuration.files import NAMES, example
from tests.devices.framed import FRAMED
from tests.integration.small_site import write_site
from tests.links.cable import speaking
from tests.links.inbox import PATIENCE
from tests.links.test_ports import Tree
from tests.servers import Server

NOW = 1_790_000_000 * SECOND
PIR = Proposal(
    *("hall-pir", Kind.SENSOR, "zigbee2mqtt", "Hall PIR", Sure.CERTAIN, "its bridge describes it", NOW, NOW),
    base="zigbee2mqtt",
    offers=("presence",),
    values=(Value("presence", "", 1.0, NOW), Value("temperature", "", 20.5, NOW)),
    examples=(Example("zigbee2mqtt/Hall PIR", '{"occupancy":true}', NOW),),
    moved=NOW,
    read=1,
    also=("homeassistant",),
)
BULB = replace(PIR, id="bulb", kind=Kind.LUMINAIRE, address="bulb", offers=("level",), moved=None, read=0)
THERE = Placement("quai", "30m")
DESCRIBED = b'[{"friendly_name":"Hall PIR","definition":{"exposes":[{"property":"occupancy"}]}}]'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example site, where a sensor and a lamp wait."""
    made = example(tmp_path)
    update(made / "state", lambda _: Waiting(proposals=(PIR, BULB)))
    return made


def fresh(folder: Path) -> Path:
    """A site as `reverbere init` writes it: one street, and no device."""
    broker, street = BrokerAt("mqtt://127.0.0.1:1883"), Street("Atelier", "40 m")
    start = Start("Atelier", "Salzburg (AT)", 47.8, 13.04, "Europe/Vienna", street, broker, "state", "90 days")
    for name, text in files(start).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml*")}


# ------------------------------------------------------------------------------------------------------------- discover
def publish(port: int, *messages: tuple[str, bytes, bool]) -> None:
    async def say() -> None:
        async with aiomqtt.Client("127.0.0.1", port) as maker:
            for topic, payload, retained in messages:
                await maker.publish(topic, payload, qos=1, retain=retained)

    asyncio.run(say())


@contextmanager
def discovering(site: Path) -> Iterator[subprocess.Popen[str]]:
    """`devices discover` for as long as the body needs it."""
    asked = [REVERBERE, "devices", "discover", "--for", "5min", "--config", str(site)]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=PLAIN) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_until(process: subprocess.Popen[str], words: str) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if words in line:
            return


def test_whoever_waves_is_told_at_once_and_the_page_comes_at_the_end(mosquitto: Server, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", mosquitto.port)
    publish(mosquitto.port, ("zigbee2mqtt/bridge/devices", DESCRIBED, True))
    with discovering(site) as process:
        assert "certain: its bridge describes it (Zigbee2MQTT)" in list(lines_until(process, "hall-pir: sensor"))[-1]
        publish(mosquitto.port, ("zigbee2mqtt/Hall PIR", b'{"occupancy":true}', False))
        publish(mosquitto.port, ("odd/who", b'{"who":"me"}', False))
        assert "presence yes" in list(lines_until(process, "hall-pir moved"))[-1]
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "1 device waits for approval" in out
    assert f"-> reverbere devices approve hall-pir --zone ZONE --at 30m --config {site}" in out
    assert 'odd/who  {"who":"me"}' in out
    assert read(site / "state").named("Hall PIR")


def test_without_a_broker_it_says_so_and_exits_1(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", 1)
    ended = reverbere("devices", "discover", "--for", "1s", "--config", site)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "no broker at 127.0.0.1:1" in ended.stderr


def test_where_only_our_own_topics_are_heard_the_acl_is_named(mosquitto: Server, tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", mosquitto.port)
    publish(mosquitto.port, ("reverbere/chalon/sensor/new", b'{"v":1,"presence":true}', True))
    with discovering(site) as process:
        list(lines_until(process, "new: sensor"))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert "At a broker with an ACL this account must be allowed" in out


def test_the_page_has_the_doubts_and_the_next_command() -> None:
    text = "\n".join(
        page([PIR, BULB, replace(BULB, id="air", kind=Kind.SENSOR, offers=("humidity",))], NOW + 3 * SECOND, Commands())
    )
    assert "2 devices wait for approval" in text
    assert "hall-pir   sensor of presence   certain: its bridge describes it" in text
    assert "zigbee2mqtt, address Hall PIR, base zigbee2mqtt; homeassistant would understand it too" in text
    assert "says presence yes, temperature 20.5 °C" in text
    assert "moved 3 s ago, spoke 3 s ago" in text
    assert "But nothing was heard of it yet" in text
    assert "-> reverbere devices approve bulb --zone ZONE --at 30m --watts WATTS" in text
    assert "Heard too, and nothing that moves a lamp:\n  air  zigbee2mqtt, humidity" in text


@pytest.mark.parametrize(
    ("proposal", "words"),
    [
        (replace(PIR, retains=True), "switch retaining off"),
        (replace(PIR, behind=3600 * SECOND), "its clock is 60 min behind"),
        (replace(PIR, trouble="expected a, found b"), "its last message was not understood: expected a, found b"),
        (replace(PIR, read=0, trouble="expected a, found b"), "its messages were not understood"),
        (replace(BULB, read=1, offers=("level", "presence")), "--kind sensor"),
    ],
)
def test_what_its_approver_should_know_is_said(proposal: Proposal, words: str) -> None:
    (doubt,) = doubts(proposal)
    assert words in doubt
    assert as_object(proposal, NOW)["doubts"] == [doubt]


def test_the_picture_shows_no_more_than_fits_and_no_signs_of_control() -> None:
    table = picture([replace(PIR, id=f"pir-{at}\x1b") for at in range(50)], NOW, 7)
    assert table.row_count == 20
    assert all("\x1b" not in str(cell) for cell in table.columns[0].cells)


# -------------------------------------------------------------------------------------------------------------- approve
def test_a_device_is_written_behind_the_others_and_nothing_else_changes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = texts(folder)
    assert approve(folder, Wish("hall-pir", THERE), as_object=False) == 0
    after = texts(folder)
    (kept,) = after.keys() - before.keys()
    assert kept.startswith("devices.yaml.bak-")
    assert after[kept] == before["devices.yaml"]
    start, _, rest = after["devices.yaml"].partition("  hall-pir:\n")
    block, end, rest = rest.partition("    heartbeat: 2h\n")
    assert start + rest == before["devices.yaml"]
    assert start.endswith("heartbeat: 5min}\n")
    assert "    address: Hall PIR\n" in block
    assert end
    device = load(folder).device("hall-pir")
    assert device is not None
    assert (device.convention, device.address, device.options["base"]) == ("zigbee2mqtt", "Hall PIR", "zigbee2mqtt")
    printed = capsys.readouterr().out
    assert "+    address: Hall PIR" in printed
    assert f"kept as {kept}" in printed
    assert "No gateway runs: the next start reads it." in printed
    assert read(folder / "state").named("hall-pir") is None


def test_files_that_would_not_be_good_are_not_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(folder)
    with pytest.raises(ConfigurationError, match="hall-pir would hang at 500 m"):
        approve(folder, Wish("hall-pir", replace(THERE, at="500m")), as_object=False)
    with pytest.raises(ConfigurationError, match='"seas" is not known'):
        approve(folder, Wish("hall-pir", replace(THERE, more={"seas": "7 m"})), as_object=False)
    assert texts(folder) == before
    assert "Nothing was written" in capsys.readouterr().err
    assert read(folder / "state").named("hall-pir")


def test_a_dry_run_shows_the_change_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = texts(folder)
    assert approve(folder, Wish("Hall PIR", THERE, called="pir-1", dry=True), as_object=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["id"], said["kept"], said["reload"], said["lines"][0]) == ("pir-1", None, None, "  pir-1:")
    assert texts(folder) == before


def test_a_lamp_needs_its_type_where_there_are_several(folder: Path) -> None:
    with pytest.raises(OnboardingError, match=r"expected --type, one of the types of devices.yaml \(led-28w, led-9w\)"):
        approve(folder, Wish("bulb", THERE), as_object=False)
    assert approve(folder, Wish("bulb", replace(THERE, type="led-9w")), as_object=False) == 0
    device = load(folder).device("bulb")
    assert device is not None
    assert device.kind is Kind.LUMINAIRE


@pytest.mark.parametrize(("types", "words"), [(("led",), "--type led"), (("a", "b"), "--type TYPE")])
def test_the_next_command_of_a_lamp_knows_the_types_of_the_site(types: tuple[str, ...], words: str) -> None:
    assert Commands(types=types).approving(BULB).endswith(words)


def test_the_next_command_names_the_only_zone_and_the_folder() -> None:
    said = Commands(Path("my site"), ("quai",)).approving(PIR)
    assert said == "reverbere devices approve hall-pir --zone quai --at 30m --config 'my site'"


def test_the_first_lamp_of_a_site_brings_its_type_by_its_watts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = fresh(tmp_path)
    update(site / "state", lambda _: Waiting(proposals=(BULB, replace(BULB, id="next", address="next"))))
    there = Placement("atelier", "10m")
    with pytest.raises(OnboardingError, match="expected --watts 28, the lamp's full power"):
        approve(site, Wish("bulb", there), as_object=False)
    assert approve(site, Wish("bulb", there, watts=28.0), as_object=False) == 0
    assert approve(site, Wish("next", replace(there, at="30m")), as_object=True) == 0
    text = (site / "devices.yaml").read_text(encoding="utf-8")
    assert "# full is from approve --watts; dimmed and standby are estimates" in text
    assert text.count("led-28w: {full: 28 W, dimmed: 3.9 W at 10%, standby: 0.5 W}") == 1
    assert text.count("base: zigbee2mqtt, type: led-28w}\n") == 2
    (zone,) = load(site).plan.zones
    assert [lamp.type.nominal for lamp in zone.luminaires] == [28.0, 28.0]
    assert "+  led-28w:" in capsys.readouterr().out


def test_a_sensor_that_moves_no_lamp_yet_says_so_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = fresh(tmp_path)
    update(site / "state", lambda _: Waiting(proposals=(PIR, BULB)))
    assert approve(site, Wish("hall-pir", Placement("atelier", "10m")), as_object=False) == 0
    printed = capsys.readouterr().out
    assert "! lit does not use presence, so hall-pir moves no lamp" in printed
    assert "Next: give atelier a program with  presence:  in lighting.yaml, such as  program: quiet, then" in printed
    text = (site / "lighting.yaml").read_text(encoding="utf-8")
    (site / "lighting.yaml").write_text(text.replace("program: lit ", "program: quiet "), encoding="utf-8")
    assert approve(site, Wish("bulb", Placement("atelier", "12m"), watts=9.0), as_object=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert "does not use presence" not in str(said["notes"])
    assert said["next"] == []


def test_watts_that_a_type_has_are_that_type_and_others_are_not_written_over_it(folder: Path) -> None:
    assert approve(folder, Wish("bulb", THERE, watts=9.0), as_object=False) == 0
    assert "type: led-9w" in (folder / "devices.yaml").read_text(encoding="utf-8").partition("  bulb:")[2]
    update(folder / "state", lambda _: Waiting(proposals=(replace(BULB, id="b2", address="b2"),)))
    with pytest.raises(OnboardingError, match=r"expected the watts of led-9w as devices\.yaml has them"):
        approve(folder, Wish("b2", replace(THERE, type="led-9w"), watts=30.0), as_object=False)


def test_types_in_a_file_of_their_own_grow_there(folder: Path) -> None:
    path = folder / "devices.yaml"
    head, _, types = path.read_text(encoding="utf-8").partition("\ntypes:")
    lines = [line[2:] for line in types.splitlines() if line.startswith("  led-")]
    (folder / "types.yaml").write_text("\n".join([*lines, ""]), encoding="utf-8")
    path.write_text(f"{head}\ntypes: !include types.yaml\n", encoding="utf-8")
    assert approve(folder, Wish("bulb", THERE, watts=50.0), as_object=False) == 0
    assert "\nled-50w: {full: 50 W" in (folder / "types.yaml").read_text(encoding="utf-8")
    assert "type: led-50w" in path.read_text(encoding="utf-8")


def test_somebody_unheard_is_approved_by_options_alone(folder: Path) -> None:
    wish = Wish("radar-2", replace(THERE, sees="5m"), convention="ld2450", address="/dev/serial/by-id/usb-X")
    assert approve(folder, wish, as_object=False) == 0
    assert "serial:/dev/serial/by-id/usb-X" in {device.link for device in load(folder).devices}
    with pytest.raises(OnboardingError, match="did you mean zigbee2mqtt"):
        approve(folder, replace(wish, convention="zigbee"), as_object=False)


def test_a_device_is_not_approved_a_second_time_by_another_convention(folder: Path) -> None:
    topics = ("zigbee2mqtt/Hall PIR",)
    twin = replace(PIR, id="a4cf", convention="homeassistant", address="a4cf", base="homeassistant", topics=topics)
    assert approve(folder, Wish("hall-pir", THERE), as_object=False) == 0
    update(folder / "state", lambda _: Waiting(proposals=(twin,)))
    assert Look(load(folder)).proposals() == []
    with pytest.raises(OnboardingError, match=r"a4cf is hall-pir, which devices\.yaml has already by zigbee2mqtt"):
        approve(folder, Wish("a4cf", THERE), as_object=False)
    assert load(folder).device("a4cf") is None


def test_what_moves_no_lamp_is_not_approved_unless_its_approver_knows_better(folder: Path) -> None:
    update(folder / "state", lambda _: Waiting(proposals=(replace(PIR, offers=("illuminance",)),)))
    with pytest.raises(OnboardingError, match="says only illuminance, which moves no lamp"):
        approve(folder, Wish("hall-pir", THERE), as_object=False)
    assert approve(folder, Wish("hall-pir", replace(THERE, measures=("presence",))), as_object=False) == 0


def test_a_section_in_a_file_of_its_own_is_written_there(folder: Path) -> None:
    devices = (folder / "devices.yaml").read_text(encoding="utf-8")
    head, _, rest = devices.partition("sensors:\n")
    sensors, _, lamps = rest.partition("\nluminaires:")
    (folder / "street").mkdir()
    (folder / "street" / "sensors.yaml").write_text(sensors.replace("\n  ", "\n")[2:] + "\n", encoding="utf-8")
    whole = f"{head}sensors: !include street/sensors.yaml\nluminaires:{lamps}"
    (folder / "devices.yaml").write_text(whole, encoding="utf-8")
    assert approve(folder, Wish("hall-pir", THERE), as_object=False) == 0
    assert (folder / "devices.yaml").read_text(encoding="utf-8") == whole
    assert (folder / "street" / "sensors.yaml").read_text(encoding="utf-8").count("\nhall-pir:\n  zone: quai\n") == 1
    assert load(folder).device("hall-pir")


def test_the_name_of_another_device_is_refused(folder: Path) -> None:
    before = texts(folder)
    with pytest.raises(OnboardingError, match="not there yet"):
        approve(folder, Wish("hall-pir", THERE, called="radar-quai"), as_object=False)
    assert texts(folder) == before
    assert set(before) == set(NAMES)


def test_options_that_cannot_be_are_usage() -> None:
    for options in (("--kind", "both"), ("--set", "label")):
        ended = reverbere("devices", "approve", "x", "--zone", "quai", "--at", "1m", *options)
        assert ended.returncode == 2
        assert "expected" in ended.stderr


# ------------------------------------------------------------------------------------------------------- ignore, serial
def test_somebody_who_is_ignored_is_kept_out_of_sight(folder: Path) -> None:
    ignore(folder, "Hall PIR", again=False)
    assert read(folder / "state").ignored == ("hall-pir",)
    with pytest.raises(OnboardingError, match="one of those who are ignored"):
        ignore(folder, "bulb", again=True)
    with pytest.raises(OnboardingError, match='nobody waits who is called "x"'):
        ignore(folder, "x", again=False)
    ignore(folder, "hall-pir", again=True)
    assert read(folder / "state").ignored == ()


def test_a_port_of_nobodys_is_told_with_what_to_try(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    tree = Tree(tmp_path / "machine")
    radar = "serial/by-id/usb-Silicon_Labs_CP2102N_4f1a-if00-port0"
    tree.node("ttyUSB0").link(radar, "ttyUSB0").node("ttyACM0").link("serial/by-id/usb-New", "ttyACM0")
    (new,) = plugged(tree.machine(), load(example(tmp_path)))
    assert new == Plugged("/dev/serial/by-id/usb-New", "USB")
    assert "--convention ld2450 --address /dev/serial/by-id/usb-New" in command(new, Commands())


def test_who_is_approved_or_ignored_while_somebody_looks_stays_so(folder: Path) -> None:
    look = Look(load(folder))
    update(folder / "state", lambda known: known.without(PIR.id))
    ignore(folder, BULB.id, again=False)
    look.keep([PIR, replace(BULB, last=NOW + 1)])
    kept = read(folder / "state")
    assert [each.id for each in kept.proposals] == [BULB.id]
    assert kept.ignored == (BULB.id,)


@pytest.mark.parametrize(
    ("framing", "options"), [("ld2450", "--convention ld2450 "), ("slip", "--convention native --set framing=slip ")]
)
def test_what_speaks_on_a_port_is_in_the_line_that_approves_it(tmp_path: Path, framing: str, options: str) -> None:
    with speaking(tmp_path, FRAMED[framing]) as port:
        (heard,) = overheard([Plugged(port, "USB")], 2.0)
    assert heard.speaks.startswith(f"{framing} at 115200 baud")
    said = command(heard, Commands())
    assert all(option in said for option in (*options.split(" --"), f"--address {port}", "--set baud=115200"))


def test_a_port_that_cannot_be_opened_is_told_and_no_line_pretends_to_know_it() -> None:
    (heard,) = overheard([Plugged("/dev/none", "USB")], 0.1)
    assert "cannot be listened to" in heard.speaks
    assert heard.keys == {}
