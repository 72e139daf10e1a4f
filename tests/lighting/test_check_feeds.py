"""What is told of lamps on switched feeds: nothing of it is refused."""

from dataclasses import replace

from devices.device import DeviceId
from gateway.lighting.check import check, notes
from gateway.lighting.plan import Active, Moment, Place, Plan, Zone, ZoneId
from tests.lighting.street import MINUTE, QUIET, plan, street

FEED = "C1-L2"


def fed(zone: Zone, *numbers: int, feed: str = FEED) -> Zone:
    """A zone some of whose lamps, counted from 0, hang on a feed."""
    lamps = tuple(
        replace(lamp, feed=feed, place=Place("devices.yaml", 30 + number, 3)) if number in numbers else lamp
        for number, lamp in enumerate(zone.luminaires)
    )
    return replace(zone, luminaires=lamps)


def told(*zones: Zone) -> list[str]:
    whole: Plan = replace(plan(), zones=zones)
    assert check(whole) == ()
    return [note.text for note in notes(whole) if "feed" in note.text]


def test_of_lamps_without_a_feed_nothing_is_told() -> None:
    assert told(street()) == []


def test_when_a_feed_has_power_the_files_do_not_say() -> None:
    (text,) = told(fed(street(), 0, 1))
    assert text == (
        "when feed C1-L2 has power is not known here: while it is switched off, no order lights lamp-1, lamp-2"
    )
    (note,) = [note for note in notes(replace(plan(), zones=(fed(street(), 1, 2),))) if "feed" in note.text]
    assert note.place.line == 31


def test_a_lamp_that_is_alone_on_its_feed_is_told() -> None:
    texts = told(fed(street(), 2))
    assert len(texts) == 2
    assert texts[1].startswith("lamp-3 is alone on feed C1-L2: by day a dead lamp and a feed that is switched off look")


def test_lamps_of_one_feed_that_are_lit_at_different_times_are_told() -> None:
    early = Active(Moment("sunset", -30 * MINUTE), Moment("sunrise", 0))
    quay = fed(street(replace(QUIET, name="early", active=early)), 0)
    others = tuple(replace(lamp, id=DeviceId(f"quay-{lamp.id}")) for lamp in quay.luminaires)
    quay = replace(quay, id=ZoneId("quay"), label="Quai", luminaires=others)
    *_, text = told(fed(street(), 0), quay)
    assert text == (
        "the lamps of feed C1-L2 are lit at different times: sunset-sunrise (quiet-street of Rue des Tanneurs), "
        "sunset - 30 min-sunrise (early of Quai); it needs power at all of them"
    )
    same = replace(quay, program=QUIET)
    assert not [text for text in told(fed(street(), 0), same) if "different times" in text]
