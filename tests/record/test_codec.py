import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.convention import Rejected
from devices.message import Message
from gateway.lighting.decision import Decision, Snapshot
from gateway.lighting.plan import Place
from gateway.record.codec import decode, encode
from gateway.record.entry import Adopted, Files, Learned
from gateway.record.errors import RecordError
from tests.record import builders
from tests.record.builders import PLAN


@given(st.lists(builders.learned).map(tuple), st.lists(builders.made).map(tuple))
def test_whatever_is_written_is_read_back(learned: tuple[Learned, ...], made: tuple[Decision | Snapshot, ...]) -> None:
    assert decode(encode(learned, made)) == (learned, made)


@given(builders.decisions)
def test_a_decision_keeps_the_places_of_its_causes(decision: Decision) -> None:
    ((), (read,)) = decode(encode((), (decision,)))
    assert isinstance(read, Decision)
    assert [cause.place for cause in read.causes] == [cause.place for cause in decision.causes]


def test_an_adopted_plan_keeps_every_place() -> None:
    zone = PLAN.zones[0]
    place = Place("lighting.yaml", 12, 3, "  quiet-street:")
    lamp = replace(zone.luminaires[0], place=place, never_dim="crossing")
    program = replace(zone.program, place=place, failsafe_place=place)
    plan = replace(PLAN, zones=(replace(zone, program=program, luminaires=(lamp, *zone.luminaires[1:]), place=place),))
    ((read,), ()) = decode(encode((Adopted(plan, "0.1.0"),), ()))
    assert isinstance(read, Adopted)
    assert repr(read.plan) == repr(plan)


def test_who_adopted_a_plan_and_why_is_kept_and_the_files_by_their_digest() -> None:
    ((read,), ()) = decode(encode((Adopted(PLAN, "0.1.0", "g.morel", "council vote", Files("f00d", b"much")),), ()))
    assert read == Adopted(PLAN, "0.1.0", "g.morel", "council vote", Files("f00d"))


def test_a_plan_that_the_first_release_adopted_is_read() -> None:
    tag, version, plan, *_ = json.loads(encode((Adopted(PLAN, "0.1.0"),), ()))[0][0]
    ((read,), ()) = decode(json.dumps([[[tag, version, plan]], []]).encode())
    assert read == Adopted(PLAN, "0.1.0")


def test_text_that_is_no_unicode_is_kept_with_backslashes() -> None:
    odd = Rejected(Message("t", b"\xff"), "text", "'\ud800'")
    ((read,), ()) = decode(encode((odd,), ()))
    assert read == replace(odd, found="'\\ud800'")


@pytest.mark.parametrize("body", [b"", b"{}", b"[[],[],[]]", b'[[["?",1]],[]]', b'[[["d",1]],[]]', b'[[["r","a"]],[]]'])
def test_a_damaged_row_is_named(body: bytes) -> None:
    with pytest.raises(RecordError, match="expected an entry"):
        decode(body)
