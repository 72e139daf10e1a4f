"""What a simulated counter reports, and what its outbox keeps."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sims.outbox import Outbox
from firmware_sims.profile import steady
from firmware_sims.street import HOUR, Street
from firmware_sims.tally import Tally
from gateway.clock import SECOND

START = 1_795_302_000 * SECOND
MINUTE = 60 * SECOND


def a_street() -> Street:
    return Street(600.0, steady(300.0), "Europe/Paris", seed=3, start=START - HOUR)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(START, START + MINUTE), st.lists(st.integers(0, HOUR), max_size=8), st.sampled_from([1, 10, 60, 900])
)
def test_however_often_it_looks_a_counter_reports_everybody_once(start: int, looks: list[int], period: int) -> None:
    tally = Tally(a_street(), 200.0, period * SECOND, "b")
    tally.begin(start)
    reports = []
    for look in sorted(looks):
        reports += tally.due(start + look)
    reports += tally.finish(start + HOUR)
    messages = [json.loads(report.payload) for report in reports]
    millisecond = SECOND // 1000
    begun, ended = start // millisecond * millisecond, (start + HOUR) // millisecond * millisecond
    assert sum(message["period"] for message in messages) == pytest.approx((ended - begun) / SECOND)
    assert [message["seq"] for message in messages] == list(range(len(messages)))
    people = sum(message["pedestrians"]["in"] + message["pedestrians"]["out"] for message in messages)
    assert people == tally.people == len(a_street().passages(200.0, begun, ended))


def test_a_period_in_which_nobody_came_is_reported_as_zero() -> None:
    tally = Tally(Street(600.0, steady(0.0), "UTC", seed=1, start=0), 0.0, MINUTE, "9f3a")
    tally.begin(START)
    (report,) = tally.due(START + MINUTE)
    assert json.loads(report.payload) == {
        "v": 1,
        "pedestrians": {"in": 0, "out": 0},
        "period": 60.0,
        "time": 1_795_302_060.0,
        "boot": "9f3a",
        "seq": 0,
    }


def test_the_last_period_is_reported_with_its_real_shorter_length() -> None:
    tally = Tally(a_street(), 0.0, MINUTE, "b")
    tally.begin(START)
    *_, last = tally.finish(START + MINUTE + 12_500_000_000)
    assert json.loads(last.payload)["period"] == 12.5
    assert tally.finish(START + MINUTE + 12_500_000_000) == []


def taken(outbox: Outbox[bytes]) -> list[tuple[int, bytes]]:
    parcels = []
    while (parcel := outbox.take()) is not None:
        parcels.append((parcel.seq, parcel.payload))
    return parcels


def an_outbox_with(count: int, keep: float = 30.0, capacity: int = 100) -> Outbox[bytes]:
    outbox = Outbox[bytes](keep, capacity)
    for seq in range(count):
        outbox.add(seq, b"%d" % seq)
    return outbox


def test_messages_leave_once_per_connection_in_the_order_they_were_made() -> None:
    outbox = an_outbox_with(3)
    assert taken(outbox) == [(0, b"0"), (1, b"1"), (2, b"2")]
    assert taken(outbox) == []


def test_after_a_reconnect_everything_that_is_kept_goes_again_byte_for_byte() -> None:
    outbox = an_outbox_with(3)
    first = taken(outbox)
    outbox.acknowledge(0, now=1.0)
    outbox.disconnected()
    outbox.add(3, b"3")
    assert taken(outbox) == [*first, (3, b"3")]
    assert outbox.unacknowledged == 4


def test_an_acknowledged_message_goes_when_it_has_been_kept_long_enough() -> None:
    outbox = an_outbox_with(2)
    taken(outbox)
    outbox.acknowledge(0, now=1.0)
    outbox.acknowledge(1, now=30.9)
    assert len(outbox) == 2
    outbox.add(2, b"2")
    outbox.acknowledge(2, now=31.0)
    outbox.disconnected()
    assert [seq for seq, _ in taken(outbox)] == [1, 2]


def test_time_without_a_connection_does_not_count_as_kept() -> None:
    outbox = an_outbox_with(1)
    taken(outbox)
    outbox.acknowledge(0, now=1.0)
    outbox.disconnected()
    assert taken(outbox) == [(0, b"0")]
    outbox.acknowledge(0, now=1000.0)
    assert len(outbox) == 1


def test_a_full_outbox_gives_up_the_oldest_and_says_how_many_were_lost() -> None:
    outbox = an_outbox_with(5, capacity=3)
    assert outbox.lost == 2
    assert outbox.unacknowledged == 3
    assert [seq for seq, _ in taken(outbox)] == [2, 3, 4]


def test_what_the_broker_had_before_it_went_is_not_lost() -> None:
    outbox = an_outbox_with(3, capacity=3)
    taken(outbox)
    outbox.acknowledge(0, now=0.0)
    outbox.add(3, b"3")
    assert outbox.lost == 0


def test_without_keeping_an_outbox_is_empty_once_all_is_acknowledged() -> None:
    outbox = an_outbox_with(2, keep=0.0)
    taken(outbox)
    outbox.acknowledge(1, now=0.0)
    outbox.acknowledge(0, now=0.0)
    assert (len(outbox), outbox.unacknowledged) == (0, 0)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["make", "send", "ack", "drop"]), max_size=60))
def test_whatever_happens_the_broker_gets_every_message_that_fits(events: list[str]) -> None:
    outbox, made, received, in_flight = Outbox[bytes](5.0), 0, set[int](), list[int]()
    for now, event in enumerate([*events, "drop"]):
        if event == "make":
            outbox.add(made, b"")
            made += 1
        elif event == "send" and (parcel := outbox.take()) is not None:
            in_flight.append(parcel.seq)
        elif event == "ack" and in_flight:
            received.add(in_flight[0])
            outbox.acknowledge(in_flight.pop(0), float(now))
        elif event == "drop":
            outbox.disconnected()
            in_flight.clear()
    assert received | {seq for seq, _ in taken(outbox)} == set(range(made))
