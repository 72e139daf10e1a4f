"""A simulated people counter on an RS-485 line: it knows what its answers tell whoever reads them as running totals."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices import totals
from devices.totals import Standing, Total
from firmware_sims.ailment import Ailment
from firmware_sims.breakage import Breakage
from firmware_sims.modbus import Bus, Unit, closed
from firmware_sims.modbus_counter import CountingUnit
from firmware_sims.profile import steady
from firmware_sims.sight import Steps
from firmware_sims.street import Street
from gateway.clock import SECOND

START = 1_790_000_000 * SECOND
HOUR = 3600 * SECOND
AT = 300.0
STREET = Street(600.0, steady(90), "UTC", seed=7, start=START - HOUR)
QUESTION = closed(struct.pack(">BBHH", 3, 4, 0, 4))


class Asker:
    """Asks a unit for its totals, and counts as totals are counted."""

    def __init__(self, *breakages: Breakage[Ailment]) -> None:
        self.unit = CountingUnit(Unit(3), Steps(STREET, AT), START, breakages)
        self.people = 0.0
        self.unreadable = 0
        self._bus = Bus({3: self.unit.unit})
        self._standing: list[Standing | None] = [None, None]
        self.unit.begin(START)

    def ask(self, at: int) -> bool:
        """Ask at an instant (ns); whether anything was answered."""
        self.unit.live(at)
        answer = self._bus.feed(QUESTION)
        self.unit.asked()
        if answer and closed(answer[:-2]) != answer:
            self.unreadable += 1
        elif answer:
            for channel, total in enumerate(struct.unpack(">II", answer[3:11])):
                step = totals.advance(self._standing[channel], Total(total, at))
                self._standing[channel] = step.standing
                self.people += step.increment or 0
        return bool(answer)

    def ask_all(self, every: int, until: int) -> None:
        for at in range(START, until + 1, every):
            self.ask(at)


def passed(after: int, until: int) -> int:
    return len(STREET.passages(AT, after, until))


def test_who_passes_between_two_questions_is_told_by_the_next_answer() -> None:
    asker = Asker()
    asker.ask(START)
    asker.ask(START + HOUR)
    assert asker.people == asker.unit.people == passed(START, START + HOUR) > 50
    assert asker.unit.people_lost == 0
    assert not asker.unit.untold


def test_where_its_totals_stand_at_first_is_nobody() -> None:
    asker = Asker()
    asker.ask(START + HOUR)
    assert asker.people == asker.unit.people == 0
    assert asker.unit.people_lost == passed(START, START + HOUR)


def instants() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(1, 400), min_size=1, max_size=30).map(
        lambda gaps: [START + sum(gaps[: number + 1]) * SECOND for number in range(len(gaps))]
    )


@given(
    asked=instants(),
    ailments=st.lists(st.builds(Breakage, st.sampled_from(Ailment), st.integers(0, 3600).map(lambda s: s * SECOND))),
)
def test_whatever_is_wrong_with_it_it_knows_whom_its_answers_told(
    asked: list[int], ailments: list[Breakage[Ailment]]
) -> None:
    asker = Asker(*ailments)
    for at in asked:
        asker.ask(at)
    assert asker.unit.people == asker.people


@pytest.mark.parametrize(
    ("ailment", "times"),
    [(Ailment.STUCK, 0), (Ailment.FLAPPING, 3), (Ailment.NOISY, 1), (Ailment.AHEAD, 1), (Ailment.LONG_AGO, 1)],
)
def test_a_fault_changes_how_often_each_person_is_told(ailment: Ailment, times: int) -> None:
    asker = Asker(Breakage(ailment))
    asker.ask_all(2 * SECOND, START + HOUR)
    asker.ask(START + HOUR)
    assert asker.people == times * passed(START, START + HOUR)
    assert (asker.unreadable > 100) is (ailment is Ailment.NOISY)


def test_a_silent_one_answers_nobody_and_makes_up_for_it_when_it_is_mended() -> None:
    asker = Asker(Breakage(Ailment.SILENT, SECOND), Breakage(Ailment.NONE, HOUR))
    assert asker.ask(START)
    assert not asker.ask(START + HOUR // 2)
    assert not asker.unit.untold
    assert asker.ask(START + HOUR)
    assert asker.people == passed(START, START + HOUR)


def test_one_that_starts_anew_loses_only_whom_nobody_asked_for_in_time() -> None:
    asker = Asker(Breakage(Ailment.RESTARTING))
    asker.ask_all(2 * SECOND, START + HOUR)
    everybody = passed(START, START + HOUR)
    assert everybody * 0.9 <= asker.people == asker.unit.people <= everybody
    assert asker.unit.people + asker.unit.people_lost == everybody
