"""Sparkplug B: births, aliases, deaths, history, and lamps by command."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Asker, Convention, Heard, Heir, hear
from devices.conventions.sparkplug.birth import placed, whole
from devices.conventions.sparkplug.payload import BOOLEAN, DOUBLE, FLOAT, LONGEST, MOST, Metric, read, write
from devices.message import SECOND, Message
from devices.reading import Quality, Reading
from tests.devices.speech import NOON, announced, command, convention, lamp, message, online, refused, said, sensor
from tests.devices.speech import states as states_of

INT32, INT64, UINT32, STRING = 3, 4, 7, 12
NOW = NOON // 1_000_000
DEVICE = "spBv1.0/street/{}/edge/box"
NODE = "spBv1.0/street/{}/edge"
BOX = sensor("sparkplug", "street/edge/box")
LAMP = lamp("sparkplug", "street/edge/box")


def told(spoken: Convention, topic: str, *metrics: Metric, time: int | None = NOW) -> list[Heard]:
    return list(hear(spoken, message(topic, write(metrics, time))))


def varint(number: int) -> bytes:
    head = b""
    while number > 0x7F:
        head += bytes([number & 0x7F | 0x80])
        number >>= 7
    return head + bytes([number])


def part(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def count(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


def test_bytes_as_the_protobuf_file_of_the_specification_lays_them_out() -> None:
    unit = part(1, b"engUnit") + part(2, count(1, 12) + part(8, b"lx"))
    metric = part(1, b"Sky/Light") + count(2, 5) + count(3, NOW - 1000) + count(4, FLOAT) + count(5, 1)
    metric += part(8, part(8, b"metadata that nobody reads")) + part(9, unit) + b"\x65" + struct.pack("<f", 21.3)
    (found,) = read(count(1, NOW) + part(2, metric) + count(3, 255)).metrics
    properties = {"engUnit": "lx"}
    assert found == Metric("Sky/Light", 5, NOW - 1000, FLOAT, historical=True, raw=21.3, properties=properties)
    assert write([Metric("On", datatype=BOOLEAN, raw=True)], 7) == count(1, 7) + part(
        2, part(1, b"On") + count(3, 7) + count(4, BOOLEAN) + count(14, 1)
    )


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric("PIR/Motion", datatype=BOOLEAN, raw=True), {("presence", "", 1)}),
        (Metric("Presence", datatype=STRING, raw="occupied"), {("presence", "", 1)}),
        (Metric("Counter/In", datatype=UINT32, raw=12), {("pedestrians_total", "in", 12)}),
        (Metric("People Total", datatype=INT64, raw=12), {("pedestrians_total", "", 12)}),
        (Metric("Pedestrians", datatype=INT32, raw=2), {("pedestrians", "", 2)}),
        (Metric("Hall/People Count", datatype=INT32, raw=2), {("occupancy", "", 2)}),
        (Metric("Air/Temperature", datatype=FLOAT, raw=21.5), {("temperature", "", 21.5)}),
        (Metric("Air/Temperature", datatype=1, raw=-5), {("temperature", "", -5)}),
        (Metric("Air/Temperature", datatype=INT64, raw=-5), {("temperature", "", -5)}),
        (Metric("Air/Temperature", datatype=FLOAT, raw=float("nan")), set()),
        (Metric("CPU/Temperature", datatype=FLOAT, raw=61.5), set()),
        (Metric("Sky/Lux", datatype=DOUBLE, raw=8.25), {("illuminance", "", 8.25)}),
        (Metric("Sky/Light", datatype=INT32, raw=512), set()),
        (Metric("Setpoint/Temperature", datatype=FLOAT, raw=20.0), set()),
        (Metric("Node Control/Rebirth", datatype=BOOLEAN, raw=False), set()),
        (Metric("Node Info/Temperature", datatype=FLOAT, raw=20.0), set()),
        (Metric("Motion", datatype=16), set()),
        (Metric("Motion", datatype=BOOLEAN, raw=None), set()),
        (Metric("Inputs/A", datatype=BOOLEAN, raw=True), set()),
    ],
)
def test_a_metric_is_what_its_name_its_datatype_and_its_unit_say(metric: Metric, expected: set[object]) -> None:
    null = part(2, part(1, b"Motion") + count(4, BOOLEAN) + count(7, 1))
    written = write([metric], NOW) if metric.raw is not None else null
    items = hear(convention(BOX), message(DEVICE.format("DDATA"), written))
    assert said(items) == expected
    assert not refused(items)


def with_properties(metric: bytes, **properties: str) -> bytes:
    keys = b"".join(part(1, key.encode()) for key in properties)
    values = b"".join(part(2, count(1, STRING) + part(8, value.encode())) for value in properties.values())
    return part(2, metric + part(9, keys + values))


def test_units_come_from_the_birth_and_names_by_alias() -> None:
    spoken = convention(BOX)
    born = part(1, b"Air/Temperature") + count(2, 7) + count(4, FLOAT) + b"\x65" + struct.pack("<f", 68)
    items = hear(spoken, message(DEVICE.format("DBIRTH"), with_properties(born, engUnit="°F")))
    assert (said(items), online(items)) == ({("temperature", "", 20)}, [True])
    data = count(2, 7) + b"\x65" + struct.pack("<f", 50)
    assert said(hear(spoken, message(DEVICE.format("DDATA"), part(2, data)))) == {("temperature", "", 10)}
    unknown = hear(spoken, message(DEVICE.format("DDATA"), part(2, count(2, 8) + count(10, 3))))
    assert not said(unknown)
    assert "alias 8" in refused(unknown)[0]


def test_a_node_whose_aliases_nobody_knows_is_asked_for_a_rebirth_once_a_minute() -> None:
    spoken = convention(BOX)
    assert isinstance(spoken, Asker)
    data = part(2, count(2, 8) + count(10, 3))
    hear(spoken, message(DEVICE.format("DDATA"), data))
    (question,) = spoken.questions()
    assert (question.topic, read(question.payload).metrics[0].name) == (NODE.format("NCMD"), "Node Control/Rebirth")
    hear(spoken, message(DEVICE.format("DDATA"), data, time=NOON + 59 * SECOND))
    assert not spoken.questions()
    hear(spoken, message(DEVICE.format("DDATA"), data, time=NOON + 60 * SECOND))
    assert len(spoken.questions()) == 1
    hear(spoken, message("spBv1.0/else/DDATA/edge/box", data))
    assert not spoken.questions(), "who is not configured is not asked"


def test_after_its_death_a_node_has_no_aliases() -> None:
    spoken = convention(BOX)
    born = part(1, b"Motion") + count(2, 7) + count(4, BOOLEAN) + count(14, 0)
    hear(spoken, message(DEVICE.format("DBIRTH"), part(2, born)))
    data = part(2, count(2, 7) + count(14, 1))
    assert said(hear(spoken, message(DEVICE.format("DDATA"), data))) == {("presence", "", 1)}
    assert online(told(spoken, NODE.format("NDEATH"))) == [False]
    assert refused(hear(spoken, message(DEVICE.format("DDATA"), data)))


def test_a_death_of_an_earlier_connection_is_none() -> None:
    spoken = convention(BOX)
    told(spoken, NODE.format("NBIRTH"), Metric("bdSeq", datatype=INT64, raw=4))
    assert not told(spoken, NODE.format("NDEATH"), Metric("bdSeq", datatype=INT64, raw=3))
    assert len(told(spoken, NODE.format("NDEATH"), Metric("bdSeq", datatype=INT64, raw=4))) == 1
    assert online(told(spoken, DEVICE.format("DDEATH"))) == [False]


def test_what_is_historical_is_marked_and_moves_no_lamp() -> None:
    written = part(2, part(1, b"Motion") + count(3, NOW) + count(4, BOOLEAN) + count(5, 1) + count(14, 1))
    (reading,) = hear(convention(BOX), message(DEVICE.format("DDATA"), written))
    assert isinstance(reading, Reading)
    assert reading.quality == Quality.HISTORICAL
    spoken = convention(LAMP)
    told(spoken, DEVICE.format("DBIRTH"), Metric("Dimmer", datatype=INT32, raw=10))
    level = part(2, part(1, b"Dimmer") + count(5, 1) + count(10, 90))
    assert not hear(spoken, message(DEVICE.format("DDATA"), level))


def test_a_metric_has_its_own_time_before_that_of_its_message() -> None:
    metric = part(2, part(1, b"Lux") + count(3, NOW - 5000) + count(4, INT32) + count(10, 8))
    (own,) = hear(convention(BOX), message(DEVICE.format("DDATA"), count(1, NOW) + metric))
    (of_message,) = told(convention(BOX), DEVICE.format("DDATA"), Metric("Lux", datatype=INT32, raw=8), time=NOW - 9000)
    assert isinstance(own, Reading)
    assert isinstance(of_message, Reading)
    assert [own.time, of_message.time] == [NOON - 5 * SECOND, NOON - 9 * SECOND]


def test_a_value_of_bad_quality_is_none() -> None:
    stale = part(1, b"Quality") + part(2, count(1, INT32) + count(3, 500))
    metric = part(2, part(1, b"Motion") + count(4, BOOLEAN) + part(9, stale) + count(14, 1))
    assert not hear(convention(BOX), message(DEVICE.format("DDATA"), metric))


def test_a_birth_counts_nobody_again_and_totals_are_said() -> None:
    metrics = (Metric("Pedestrians", datatype=INT32, raw=2), Metric("People Total", datatype=INT32, raw=40))
    items = told(convention(BOX), DEVICE.format("DBIRTH"), *metrics)
    assert said(items) == {("pedestrians_total", "", 40)}


def test_two_of_a_kind_are_told_apart_by_their_folders() -> None:
    metrics = [Metric(f"Zone {zone}/Motion", datatype=BOOLEAN, raw=zone == "A") for zone in "AB"]
    items = told(convention(BOX), DEVICE.format("DBIRTH"), *metrics)
    assert said(items) == {("presence", "zone a", 1), ("presence", "zone b", 0)}


@pytest.mark.parametrize(
    "payload", [b'{"timestamp":1,"metrics":[]}', b"\x12\xff", bytes(LONGEST + 1), b"\x12\0" * (MOST + 1)]
)
def test_what_is_no_payload_is_refused(payload: bytes) -> None:
    assert refused(hear(convention(BOX), message(DEVICE.format("DDATA"), payload)))


# -------------------------------------------------------------------------------------------------------------- lamps
def order(spoken: Convention, level: int) -> tuple[str, list[tuple[str, int | None, object]]]:
    (sent,) = spoken.encode(command(level))
    assert not sent.retained
    return sent.topic, [(metric.name, metric.alias, metric.raw) for metric in read(sent.payload).metrics]


def test_a_lamp_that_was_not_born_here_is_asked_to_be_born_again() -> None:
    assert order(convention(LAMP), 50) == (NODE.format("NCMD"), [("Node Control/Rebirth", None, True)])


def test_a_lamp_is_told_by_name_or_by_the_alias_of_its_birth() -> None:
    spoken = convention(LAMP)
    dimmer, switch = Metric("Light/Dimmer", datatype=FLOAT, raw=0.0), Metric("Light/On", datatype=BOOLEAN, raw=False)
    told(spoken, DEVICE.format("DBIRTH"), dimmer, switch)
    assert order(spoken, 40) == (DEVICE.format("DCMD"), [("Light/Dimmer", None, 40.0), ("Light/On", None, True)])
    assert order(spoken, 0) == (DEVICE.format("DCMD"), [("Light/On", None, False)])
    born = part(1, b"Dimmer") + count(2, 9) + count(4, INT32) + count(10, 0)
    hear(spoken, message(DEVICE.format("DBIRTH"), part(2, born)))
    assert order(spoken, 40) == (DEVICE.format("DCMD"), [("", 9, 40)])


def test_a_node_is_told_by_ncmd_and_of_two_lamps_the_folder_tells_which() -> None:
    spoken = convention(lamp("sparkplug", "street/edge//Lamp 2"))
    told(spoken, NODE.format("NBIRTH"), *(Metric(f"Lamp {number}/Level", datatype=INT32, raw=0) for number in (1, 2)))
    assert order(spoken, 70) == (NODE.format("NCMD"), [("Lamp 2/Level", None, 70)])
    assert not told(spoken, NODE.format("NDATA"), Metric("Lamp 1/Level", datatype=INT32, raw=100))


@given(level=st.integers(0, 100), datatype=st.sampled_from([1, INT32, INT64, UINT32, FLOAT, DOUBLE]))
def test_every_level_comes_back(level: int, datatype: int) -> None:
    spoken = convention(LAMP)
    told(spoken, DEVICE.format("DBIRTH"), Metric("Dimmer", datatype=datatype, raw=0.0 if datatype > 8 else 0))
    (sent,) = spoken.encode(command(level))
    items = hear(spoken, Message(DEVICE.format("DDATA"), sent.payload, NOON))
    assert states_of(items) == [(level, level)]


def test_level_and_watts_of_one_message_are_one_state() -> None:
    spoken = convention(LAMP)
    written = with_properties(
        part(1, b"Lamp/Watts") + count(4, FLOAT) + b"\x65" + struct.pack("<f", 9.5), engUnit="W"
    ) + with_properties(part(1, b"Lamp/Dimmer") + count(4, INT32) + count(10, 50), engUnit="%")
    items = hear(spoken, message(DEVICE.format("DBIRTH"), written))
    assert said(items) == {("level", "", 50), ("power", "", 9.5)}
    assert len(states_of(items)) == 1


# --------------------------------------------------------------------------------------------------------- who speaks
def test_who_is_not_configured_is_announced_by_its_birth() -> None:
    metrics = (Metric("Dimmer", datatype=INT32, raw=0), Metric("Motion", datatype=BOOLEAN, raw=False))
    items = told(convention(BOX), "spBv1.0/yard/DBIRTH/new/box", *metrics)
    assert announced(items) == {"yard/new/box": ("level", "presence")}


def test_a_reload_keeps_births() -> None:
    before, now = convention(LAMP), convention(LAMP)
    told(before, DEVICE.format("DBIRTH"), Metric("Dimmer", datatype=INT32, raw=0))
    assert isinstance(now, Heir)
    now.inherit(before)
    assert order(now, 40)[0] == DEVICE.format("DCMD")


@pytest.mark.parametrize("topic", ["spBv1.0/street", "spAv1.0/a/NDATA/b", "spBv1.0/a/NDATA/b/c", "spBv1.0//NDATA/b"])
def test_a_topic_that_is_none_is_refused(topic: str) -> None:
    assert refused(hear(convention(BOX), message(topic, b"")))


def test_commands_and_the_state_of_hosts_say_nothing() -> None:
    spoken = convention(BOX)
    assert not hear(spoken, message(DEVICE.format("DCMD"), b""))
    assert not hear(spoken, message("spBv1.0/STATE/scada", b'{"online":true}'))


@given(st.text(st.sampled_from("/aB"), min_size=1))
def test_a_metric_is_found_again_by_its_folder_and_name_wherever_its_slashes_are(name: str) -> None:
    assert whole(placed(name)) == name


def test_a_birth_with_a_name_that_begins_with_a_slash_is_heard() -> None:
    metrics = Metric("/dSeq", datatype=INT64, raw=3), Metric("Lamp/Dimmer", datatype=INT32, raw=50)
    heard = told(convention(lamp("sparkplug", "street/edge")), NODE.format("NBIRTH"), *metrics)
    assert not refused(heard)
