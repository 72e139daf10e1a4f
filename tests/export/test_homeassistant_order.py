"""What is ordered from Home Assistant, and what is said to it: by the smallest number of messages, and no less."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Malformed
from devices.device import DeviceId
from devices.light import LightState
from devices.message import SECOND
from devices.reading import Quality, Quantity, Reading
from gateway.export.homeassistant.description import CANCEL, SET
from gateway.export.homeassistant.gateway import Figures, gateway_state
from gateway.export.homeassistant.names import order_topic
from gateway.export.homeassistant.order import Address, address, level
from gateway.export.homeassistant.outbox import Outbox
from gateway.export.homeassistant.sensors import MOST_SERIES, Sensors
from gateway.export.homeassistant.state import LONGEST, MOST_ORDERS, deciding, lamp_state, zone_orders, zone_state
from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.facts import Override
from tests.lighting.street import DUSK, MOTION, WEST, street

LAMP = DeviceId("lamp-1")


# ------------------------------------------------------------------------------------------------------------ orders
def test_a_topic_of_orders_says_who_orders_what_and_no_other_topic_does() -> None:
    assert address("chalon", order_topic("chalon", "ana-ha", "quay", SET)) == Address("ana-ha", "quay", SET)
    for other in (
        "reverbere/lyon/order/a/quay/set",
        "reverbere/chalon/order/quay/set",
        "reverbere/chalon/order/a/b/on",
    ):
        assert address("chalon", other) is None


@pytest.mark.parametrize(
    ("said", "ordered"),
    [
        ({"state": "ON", "brightness": 80}, 80),
        ({"state": "ON", "brightness": 80.2, "transition": 2}, 81),
        ({"state": "ON"}, 100),
        ({"state": "ON", "brightness": 0}, None),
        ({"state": "OFF"}, None),
        ({"state": "OFF", "brightness": 30}, None),
    ],
)
def test_off_takes_an_order_back_and_on_is_full_light_unless_it_says_how_bright(
    said: object, ordered: int | None
) -> None:
    assert level(SET, json.dumps(said).encode()) == ordered


@given(st.integers(1, 100))
def test_every_brightness_of_the_scale_is_its_own_level(brightness: int) -> None:
    assert level(SET, json.dumps({"state": "ON", "brightness": brightness}).encode()) == brightness


@given(st.binary(max_size=60))
def test_what_means_nothing_is_malformed_and_a_press_cancels_whatever_it_says(payload: bytes) -> None:
    assert level(CANCEL, payload) is None
    try:
        found = level(SET, payload)
    except Malformed:
        return
    assert found is None or 0 < found <= 100


@pytest.mark.parametrize("said", [b"ON", b"", b"{}", b'{"state": "on"}', b'{"state": "ON", "brightness": 101}', b"[1]"])
def test_what_is_no_order_is_refused(said: bytes) -> None:
    with pytest.raises(Malformed):
        level(SET, said)


# ------------------------------------------------------------------------------------------------------------ outbox
TOPICS = st.sampled_from("abcde")
PAYLOADS = st.binary(min_size=1, max_size=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("want"), TOPICS, PAYLOADS),
        st.tuples(st.just("keep"), st.frozensets(TOPICS)),
        st.tuples(st.just("say"), st.integers(1, 3)),
        st.tuples(st.just("lose")),
    ),
    max_size=40,
)


class Broker:
    """What a broker holds, what it should hold, and an outbox between the two."""

    def __init__(self, held: dict[str, bytes]) -> None:
        self.held, self.wanted = dict(held), dict[str, bytes]()
        self.outbox = Outbox()
        for topic, payload in held.items():
            self.outbox.found(topic, payload)

    def want(self, topic: str, payload: bytes) -> None:
        self.outbox.want(topic, payload)
        self.wanted[topic] = payload

    def keep(self, topics: frozenset[str]) -> None:
        self.outbox.keep(topics)
        self.wanted = {topic: payload for topic, payload in self.wanted.items() if topic in topics}

    def lose(self) -> None:
        self.outbox.begin_anew()

    def say(self, most: int) -> int:
        messages = list(self.outbox.due(most))
        assert len(messages) <= most
        for message in messages:
            assert message.retained
            if message.payload:
                self.held[message.topic] = message.payload
            else:
                self.held.pop(message.topic, None)
        return len(messages)


@given(before=st.dictionaries(TOPICS, PAYLOADS), steps=STEPS)
def test_the_broker_holds_in_the_end_what_it_should_and_nothing_is_said_without_need(
    before: dict[str, bytes], steps: list[tuple[str, ...]]
) -> None:
    broker = Broker(before)
    for step, *arguments in steps:
        getattr(broker, step)(*arguments)
    while broker.say(2):
        pass
    assert broker.held == broker.wanted
    for topic, payload in broker.wanted.items():
        broker.outbox.want(topic, payload)
    assert not broker.say(2)


# ------------------------------------------------------------------------------------------------------------ states
def decision(lamp: str, level: int) -> Decision:
    return Decision(DUSK, DeviceId(lamp), level, 0, (Cause(Rank.DEFAULT, float(level)),))


def test_a_zone_is_on_while_a_lamp_is_and_as_bright_as_its_lamps_on_the_mean() -> None:
    assert zone_state([decision("a", 0), decision("b", 1)], 12.4, "why") == {
        "state": "ON",
        "level": 1,
        "flow": 12,
        "reason": "why",
        "color_mode": "brightness",
        "brightness": 1,
    }
    dark = zone_state([decision("a", 0)], None, "x" * 300)
    assert (dark["state"], dark["level"], "brightness" in dark) == ("OFF", 0, False)
    assert len(str(dark["reason"])) == LONGEST
    assert deciding([decision("a", 3), decision("b", 7), decision("c", 7)]) == decision("b", 7)
    assert deciding([]) is None


def test_the_orders_of_a_zone_are_those_for_it_and_its_lamps_and_not_too_many() -> None:
    zone = street()
    orders = [
        Override(f"o-{number}", DeviceId(target), 80, DUSK, DUSK + number * SECOND, "ana", "repair")
        for number, target in enumerate([zone.id, LAMP, DeviceId("elsewhere")])
    ]
    shown = zone_orders(zone, orders)
    assert [order["id"] for order in shown["orders"]] == ["o-0", "o-1"]  # type: ignore[attr-defined]
    assert shown["expires"] == "2026-11-21T16:00:01Z"
    assert zone_orders(zone, []) == {"expires": None, "orders": []}
    assert len(zone_orders(zone, orders[:1] * 100)["orders"]) == MOST_ORDERS  # type: ignore[arg-type]


def test_a_lamp_shows_what_it_says_what_it_is_told_and_its_faults() -> None:
    said = LightState(LAMP, 59.6, DUSK, power=16.5)
    shown = lamp_state(decision(LAMP, 60), said, ["lampFailure", "dimmingFailure"], ["power", "energy"])
    assert shown == {
        "level": 60,
        "ordered": 60,
        "power": 16.5,
        "energy": None,
        "fault": "ON",
        "faults": "dimmingFailure, lampFailure",
    }
    assert lamp_state(None, None, (), ()) == {"level": None, "ordered": None, "fault": "OFF", "faults": "none"}


def test_the_gateway_says_its_trouble_in_words() -> None:
    well = gateway_state(Figures(3, DUSK, 10, 20, 0, 1, 2, ("", "")))
    assert (well["says"], well["trouble"], well["last_commit"]) == ("all is well", "OFF", "2026-11-21T16:00:00Z")
    ill = gateway_state(Figures(3, None, 10, 20, 0, 1, 2, ("", "the disk is full", "influx: 401")))
    assert (ill["says"], ill["trouble"], ill["last_commit"]) == ("the disk is full; influx: 401", "ON", None)


def count(people: int, quality: Quality = Quality.GOOD) -> Reading:
    return Reading(WEST, Quantity.PEDESTRIANS, people, DUSK, period=SECOND, quality=quality)


def test_people_are_summed_up_late_ones_too_and_what_a_broker_repeats_is_not() -> None:
    sensors = Sensors(DUSK)
    sensors.hear([count(3), count(4, Quality.HISTORICAL), count(50, Quality.RETAINED)])
    shown = sensors.state(WEST, believed=True)
    assert (shown["pedestrians"], shown["since"], shown["distrusted"]) == (7, "2026-11-21T16:00:00Z", "OFF")


def test_what_is_old_or_repeated_says_nothing_of_now() -> None:
    sensors = Sensors(DUSK)
    for quality in (Quality.HISTORICAL, Quality.RETAINED):
        sensors.hear([Reading(MOTION[0], Quantity.PRESENCE, 1, DUSK, quality=quality)])
    assert sensors.state(MOTION[0], believed=False) == {
        "presence": None,
        "since": sensors.state(WEST, believed=True)["since"],
        "distrusted": "ON",
    }


def test_what_was_shown_before_a_restart_is_shown_until_something_newer_is_heard() -> None:
    sensors = Sensors(DUSK)
    sensors.hear([Reading(WEST, Quantity.TEMPERATURE, 11.0, DUSK)])
    sensors.remember(WEST, {"temperature": 9.0, "humidity": 80, "pedestrians": 500, "since": "x", "speed": {"a": 1}})
    shown = sensors.state(WEST, believed=True)
    assert (shown["temperature"], shown["humidity"], "pedestrians" in shown, "speed" in shown) == (11, 80, False, False)


def test_a_device_with_ever_new_channels_is_not_described_without_end() -> None:
    sensors = Sensors(DUSK)
    for number in range(2 * MOST_SERIES):
        sensors.hear([Reading(WEST, Quantity.DISTANCE, 1, DUSK, f"target{number}")])
    assert len(sensors.series(WEST)) == MOST_SERIES
    assert len(sensors.state(WEST, believed=True)) == MOST_SERIES + 2
