"""Who waits for approval, of all that is heard at a broker."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.device import Device, DeviceId, Kind
from devices.message import SECOND
from gateway.onboarding.discovery import MOST_UNKNOWN, Discovery
from gateway.onboarding.proposal import LONGEST_EXAMPLE, Proposal, Sure
from tests.onboarding.heard import NOW, SITE, found, hear

PIR = {"friendly_name": "Hall PIR", "definition": {"exposes": [{"property": "occupancy"}, {"property": "battery"}]}}
BULB = {
    "friendly_name": "bulb",
    "definition": {"exposes": [{"type": "light", "features": [{"property": "state"}, {"property": "brightness"}]}]},
}
BRIDGE = ("zigbee2mqtt/bridge/devices", [PIR, BULB])
DISCOVERED = (
    "homeassistant/binary_sensor/0x1/occupancy/config",
    {
        "dev_cla": "occupancy",
        "stat_t": "zigbee2mqtt/Hall PIR",
        "val_tpl": "{{ value_json.occupancy }}",
        "pl_on": True,
        "pl_off": False,
        "dev": {"ids": ["zigbee2mqtt_0x1"]},
        "avty": [{"t": "zigbee2mqtt/bridge/state"}],
    },
)
SOMEBODY = ("zigbee2mqtt/Hall PIR", {"occupancy": True, "battery": 90})
NOBODY = ("zigbee2mqtt/Hall PIR", {"occupancy": False, "battery": 90})


def configured(convention: str, address: str, **options: object) -> Device:
    return Device(DeviceId("ours"), Kind.SENSOR, "mqtt", convention, address, "", options)


def test_a_device_that_its_bridge_describes_waits_before_it_has_spoken() -> None:
    discovery = Discovery(SITE)
    hear(discovery, BRIDGE, retained=True)
    pir, bulb = found(discovery)["hall-pir"], found(discovery)["bulb"]
    assert (pir.kind, pir.convention, pir.base, pir.address) == (Kind.SENSOR, "zigbee2mqtt", "zigbee2mqtt", "Hall PIR")
    assert (pir.sure, pir.measures, pir.read, pir.moved, pir.last) == (Sure.CERTAIN, ("presence",), 0, None, 0)
    assert (bulb.kind, bulb.sure, bulb.useful) == (Kind.LUMINAIRE, Sure.CERTAIN, True)


@pytest.mark.parametrize("order", [(BRIDGE, DISCOVERED, SOMEBODY), (DISCOVERED, SOMEBODY, BRIDGE)])
def test_one_device_that_is_described_twice_waits_once_by_the_convention_of_its_make(order: tuple[object, ...]) -> None:
    discovery = Discovery(SITE)
    for told in order:
        hear(discovery, told, retained=told is not SOMEBODY)  # type: ignore[arg-type]  # a topic and its payload
    assert list(found(discovery)) == ["hall-pir", "bulb"]
    pir = found(discovery)["hall-pir"]
    assert (pir.convention, pir.sure, pir.also) == ("zigbee2mqtt", Sure.CERTAIN, ("homeassistant",))


def test_whoever_moved_last_comes_first() -> None:
    discovery = Discovery(SITE)
    assert hear(discovery, BRIDGE, retained=True) == []
    assert hear(discovery, SOMEBODY, start=NOW + 10 * SECOND) == ["hall-pir"]
    assert hear(discovery, ("zigbee2mqtt/Door", {"occupancy": True}), start=NOW + 20 * SECOND) == ["door"]
    assert [*found(discovery)][:2] == ["door", "hall-pir"]
    assert hear(discovery, NOBODY, start=NOW + 30 * SECOND) == []
    assert hear(discovery, SOMEBODY, start=NOW + 40 * SECOND) == ["hall-pir"]
    assert [*found(discovery)][:2] == ["hall-pir", "door"]
    assert found(discovery)["hall-pir"].moved == NOW + 40 * SECOND
    assert found(discovery)["hall-pir"].gap == 20 * SECOND


def test_what_the_broker_repeats_is_no_movement_and_what_a_device_retains_is_told() -> None:
    discovery = Discovery(SITE)
    assert hear(discovery, SOMEBODY, retained=True) == []
    assert not found(discovery)["hall-pir"].retains
    assert hear(discovery, SOMEBODY, retained=True, start=NOW + 9 * SECOND) == []
    assert found(discovery)["hall-pir"].retains
    discovery.begin()
    again = Discovery(SITE)
    hear(again, SOMEBODY, retained=True)
    again.begin()
    hear(again, SOMEBODY, retained=True)
    assert not found(again)["hall-pir"].retains


def test_of_homie_only_the_first_word_of_a_topic_is_a_repetition() -> None:
    discovery = Discovery(SITE)
    motion = ("homie/yard/motion/motion", "true")
    assert hear(discovery, motion, retained=True) == []
    assert hear(discovery, motion, retained=True, start=NOW + 9 * SECOND) == ["yard"]


def test_who_is_configured_does_not_wait_by_whatever_convention_it_is_heard() -> None:
    ours = configured("zigbee2mqtt", "Hall PIR", base="zigbee2mqtt")
    discovery = Discovery(SITE, [ours])
    hear(discovery, BRIDGE, DISCOVERED, SOMEBODY)
    assert list(found(discovery)) == ["bulb"]
    described = Discovery(SITE, [configured("homeassistant", "zigbee2mqtt_0x1")])
    hear(described, DISCOVERED, BRIDGE, SOMEBODY)
    assert list(found(described)) == ["bulb"]
    mapped = Discovery(SITE, [configured("senml", "shop/door")])
    hear(mapped, ("shop/door", {"motion": True}), ("shop/gate", {"motion": True}))
    assert list(found(mapped)) == ["gate"]


def test_a_bridge_below_another_base_topic_is_found() -> None:
    discovery = Discovery(SITE)
    hear(discovery, ("z2m/yard/bridge/devices", [PIR]), retained=True)
    assert hear(discovery, ("z2m/yard/Hall PIR", {"occupancy": True})) == ["hall-pir"]
    assert found(discovery)["hall-pir"].base == "z2m/yard"


def test_a_make_that_names_no_presence_gives_way_to_its_description() -> None:
    discovery = Discovery(SITE)
    state, config = "node/binary_sensor/gpio27/state", "homeassistant/binary_sensor/node/gpio27/config"
    hear(discovery, ("node/sensor/wifi_signal/state", "-60"))
    hear(discovery, (config, {"dev_cla": "motion", "stat_t": state, "dev": {"ids": ["node"]}}), retained=True)
    assert hear(discovery, (state, "ON")) == ["node"]
    (node,) = found(discovery).values()
    assert (node.convention, node.address, node.also) == ("homeassistant", "node", ("esphome",))


NODE_SAYS = ("atelier/binary_sensor/pir/state", "ON")
NODE_IS = (
    "homeassistant/binary_sensor/atelier/pir/config",
    {"dev_cla": "motion", "stat_t": NODE_SAYS[0], "dev": {"ids": ["a4cf12345678"]}},
)


def node_at_two_times() -> tuple[Proposal, Proposal]:
    """One node: as it was heard while it spoke, and by its retained description alone."""
    once, again = Discovery(SITE), Discovery(SITE)
    hear(once, NODE_IS, retained=True)
    hear(once, NODE_SAYS)
    hear(again, NODE_IS, retained=True)
    (spoke,), (described,) = found(once).values(), found(again).values()
    return spoke, described


def test_a_device_that_is_only_described_at_the_second_look_waits_once() -> None:
    spoke, described = node_at_two_times()
    assert (spoke.convention, described.convention) == ("esphome", "homeassistant")
    for both in ([spoke, described], [described, spoke]):
        assert Discovery(SITE).once(both) == [replace(spoke, also=("homeassistant",))]
    other = replace(described, address="b1", topics=("cellar/binary_sensor/pir/state",))
    assert Discovery(SITE).once([other, spoke]) == [spoke, other]
    deaf = replace(spoke, offers=("temperature",))
    assert Discovery(SITE).once([deaf, described]) == [replace(described, also=("esphome",))]


def test_what_waited_by_another_convention_waits_no_longer_when_the_device_is_approved() -> None:
    spoke, described = node_at_two_times()
    site = Discovery(SITE, [configured("esphome", spoke.address)])
    assert site.once([described]) == []
    known = site.already(described)
    assert known is not None
    assert known.id == "ours"
    assert site.already(spoke) is None


def test_two_devices_of_one_name_get_two_ids_that_stay() -> None:
    discovery = Discovery(SITE, taken={"door"})
    hear(discovery, ("zigbee2mqtt/door", {"occupancy": True}), ("tele/door/SENSOR", {"Switch1": "ON"}))
    ids = {proposal.convention: name for name, proposal in found(discovery).items()}
    assert ids == {"zigbee2mqtt": "zigbee2mqtt-door", "tasmota": "tasmota-door"}
    remembered = {proposal.key: proposal.id for proposal in discovery.proposals()}
    later = Discovery(SITE, remembered=remembered)
    hear(later, ("tele/door/SENSOR", {"Switch1": "ON"}), ("zigbee2mqtt/door", {"occupancy": True}))
    assert {proposal.convention: name for name, proposal in found(later).items()} == ids


def test_a_sensor_of_nothing_that_moves_lamps_waits_behind_and_is_not_useful() -> None:
    discovery = Discovery(SITE)
    hear(discovery, ("zigbee2mqtt/air", {"temperature": 20.5}), SOMEBODY)
    hear(discovery, ("zigbee2mqtt/air", {"temperature": 20.6}), start=NOW + 60 * SECOND)
    assert [(name, proposal.useful) for name, proposal in found(discovery).items()] == [
        ("hall-pir", True),
        ("air", False),
    ]


def test_messages_that_are_not_understood_are_counted_with_the_reason() -> None:
    discovery = Discovery(SITE)
    hear(discovery, SOMEBODY, ("zigbee2mqtt/Hall PIR", {"occupancy": "perhaps"}))
    pir = found(discovery)["hall-pir"]
    assert (pir.read, pir.refused) == (1, 1)
    assert "found perhaps" in pir.trouble
    hear(discovery, SOMEBODY)
    assert found(discovery)["hall-pir"].trouble == ""


def test_a_clock_that_is_behind_is_told_since_old_words_move_nothing() -> None:
    discovery = Discovery(SITE)
    slow = ("tele/radar/SENSOR", {"Time": "2026-09-21T13:13:20", "Switch1": "ON"})
    assert hear(discovery, slow) == []
    assert found(discovery)["radar"].behind == 3600 * SECOND


def test_topics_of_which_nothing_is_understood_are_kept_and_few() -> None:
    discovery = Discovery(SITE)
    hear(discovery, *((f"odd/{number}", {"x": number}) for number in range(MOST_UNKNOWN + 5)))
    hear(discovery, ("odd/1", {"x": "y" * 1000}))
    listed = discovery.unknown(10_000)
    assert len(listed) == MOST_UNKNOWN
    assert listed[0].example.topic == "odd/1"
    assert len(listed[0].example.payload) <= LONGEST_EXAMPLE + len("...")
    assert discovery.proposals() == []


def test_of_a_picture_nothing_is_kept() -> None:
    discovery = Discovery(SITE)
    hear(discovery, ("frigate/yard/person/snapshot", b"\xff\xd8\xff\xe0" * 1000), ("cam/jpeg", b"\xff\xd8\xff" * 1000))
    assert [each.example.payload for each in discovery.unknown(9)] == [
        "3000 bytes that are no text",
        "4000 bytes that are no text",
    ]


def test_what_gateways_say_is_nobodys_word() -> None:
    discovery = Discovery(SITE)
    hear(
        discovery, ("reverbere/chalon/lamp/a/set", {"v": 1, "level": 40}), ("reverbere/chalon/gateway/health", {"v": 1})
    )
    assert (discovery.proposals(), discovery.unknown(9)) == ([], [])


TOPICS = st.sampled_from(
    [
        *(
            "zigbee2mqtt/a",
            "zigbee2mqtt/bridge/devices",
            "tele/a/SENSOR",
            "a/b/c/d/state",
            "homie/a/$homie",
            "homie/5/a/b/c",
        ),
        *("homeassistant/sensor/a/config", "homeassistant/device/a/config", "spBv1.0/g/NBIRTH/n", "v3/a/devices/d/up"),
        *(
            "application/1/device/0/event/up",
            "a/light/b/state",
            "shellies/a/relay/0",
            "a/events/rpc",
            "frigate/a/person",
        ),
        *(
            "reverbere/chalon/sensor/a",
            "reverbere/chalon/lamp/a/state",
            "paxout",
            "home/lpp",
            "btto/x",
            "",
            "/",
            "#",
            "a//b",
        ),
        *("x/bridge/devices", "x/available", "x/5/a/$description", "tasmota/discovery/A/config", "motion"),
    ]
)
PAYLOADS = st.binary(max_size=30) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["motion", "people_in", "n", "t", "rl", "friendly_name", "definition", "stat_t", "dev", "ids"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(TOPICS | st.text(max_size=12), PAYLOADS, st.booleans()), max_size=12))
def test_whatever_comes_nobody_stumbles(told: list[tuple[str, object, bool]]) -> None:
    discovery = Discovery(SITE, [configured("zigbee2mqtt", "a")])
    for at, (topic, payload, retained) in enumerate(told):
        moved = hear(discovery, (topic, payload), retained=retained, start=NOW + at * SECOND)
        assert set(moved) <= found(discovery).keys()
    proposals = discovery.proposals()
    assert len({proposal.id for proposal in proposals}) == len(proposals)
    assert len({proposal.key for proposal in proposals}) == len(proposals)
