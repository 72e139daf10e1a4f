"""What a plan must satisfy before it may light a street."""

from dataclasses import replace
from datetime import date

import pytest

from devices.device import DeviceId
from devices.message import SECOND
from gateway.lighting.check import check, check_sensing, notes
from gateway.lighting.nights import Dates, Nights, Weekday, YearDays
from gateway.lighting.plan import (
    Active,
    Counter,
    CountRule,
    Curve,
    Dark,
    LampType,
    Line,
    Luminaire,
    Moment,
    Plan,
    PresenceRule,
    Program,
    Ramp,
    Step,
    Watch,
    Zone,
    ZoneId,
)

MINUTE = 60 * SECOND
SUNSET, SUNRISE = Moment("sunset", 0), Moment("sunrise", 0)
EVENING = Step(SUNSET, "P4", "P5", 0.0, 100.0)
STREET = Program(
    name="street",
    active=Active(SUNSET, SUNRISE),
    failsafe=100.0,
    count=CountRule(10 * MINUTE, Curve(((0.0, 40.0), (60.0, 100.0))), 10 * MINUTE, 2),
    presence=PresenceRule(100.0, 45 * SECOND, 10 * MINUTE),
    ramp=Ramp(2 * SECOND, 45 * SECOND),
    steps=(EVENING,),
)
ZONE = Zone(
    id=ZoneId("street"),
    label="Street",
    length=60.0,
    luminaires=tuple(Luminaire(DeviceId(f"lamp-{at}"), float(at), LampType(28, 4, 10, 0.5)) for at in (0, 30)),
    watches=(Watch(DeviceId("motion"), 0.0, 60.0, 5 * MINUTE),),
    counters=(Counter(DeviceId("counter"), 0.0, 5 * MINUTE),),
    program=STREET,
    design_class="P4",
    design=5.0,
)


def clock(hours: int) -> Moment:
    return Moment("clock", hours * 60 * MINUTE)


def plan(zone: Zone, latitude: float = 46.78, longitude: float = 4.85, timezone: str = "Europe/Paris") -> Plan:
    return Plan("", latitude, longitude, timezone, (zone,))


def following(program: Program) -> Plan:
    return plan(replace(ZONE, program=program))


def found(plan: Plan) -> str:
    return " | ".join(f"{problem.found} {problem.expected} {problem.hint}" for problem in check(plan))


def test_a_street_that_is_covered_watched_and_counted_is_good() -> None:
    assert check(plan(ZONE)) == ()
    assert notes(plan(ZONE)) == ()


@pytest.mark.parametrize(
    ("latitude", "longitude", "timezone"),
    [
        (78.22, 15.63, "Arctic/Longyearbyen"),
        (-77.84, 166.69, "Antarctica/McMurdo"),
        (69.73, 30.05, "Europe/Oslo"),
        (-36.85, 174.76, "Pacific/Auckland"),
        (0.0, -90.0, "UTC"),
    ],
)
def test_from_sunset_to_sunrise_is_good_everywhere(latitude: float, longitude: float, timezone: str) -> None:
    assert check(plan(ZONE, latitude, longitude, timezone)) == ()


def test_switching_on_a_quarter_of_an_hour_after_sunset_is_no_dark_night() -> None:
    late = Active(Moment("sunset", 15 * MINUTE), Moment("sunrise", -15 * MINUTE))
    assert check(following(replace(STREET, active=late))) == ()


def test_a_night_that_ends_before_dawn_is_refused_with_its_length() -> None:
    said = found(following(replace(STREET, active=Active(SUNSET, clock(5)))))
    assert '"to: 05:00" ends before dawn' in said
    assert "Street would be dark from 05:00 to dawn on all nights of the year" in said
    assert "2 h 50 min on 2 January" in said
    assert "Write  to: sunrise" in said


def test_a_night_that_begins_after_dusk_is_refused_with_the_nights_it_concerns() -> None:
    said = found(following(replace(STREET, active=Active(clock(19), SUNRISE))))
    assert '"from: 19:00" begins after dusk' in said
    assert "nights of the year" in said
    assert "all nights" not in said


def test_a_period_that_is_never_is_refused() -> None:
    assert "leaves a part out" in found(following(replace(STREET, active=Active(clock(23), clock(22)))))


def test_a_step_that_never_runs_is_refused() -> None:
    idle = replace(EVENING, start=clock(11))
    assert "the step from 11:00 never runs" in found(following(replace(STREET, steps=(EVENING, idle))))


def test_a_program_without_steps_is_refused() -> None:
    assert "has no steps" in found(following(replace(STREET, steps=())))


def test_a_maximum_under_the_class_is_refused_in_lux() -> None:
    said = found(following(replace(STREET, steps=(replace(EVENING, owed="P5", empty="P6", max=30.0),))))
    assert "30% is less light than EN 13201 class P5 asks" in said
    assert "3.0 lx. Street gives 5.0 lx at 100%, so 30% is 1.5 lx. max must be 60% or more" in said
    assert "designed for 10.0 lx" in said


def test_the_least_maximum_that_is_named_would_be_accepted() -> None:
    zone = replace(ZONE, design=7.5, program=replace(STREET, steps=(replace(EVENING, max=66.0),)))
    assert "max must be 67% or more" in found(plan(zone))
    better = replace(zone, program=replace(STREET, steps=(replace(EVENING, max=67.0),)))
    assert check(plan(better)) == ()


def test_a_class_that_the_street_was_not_designed_for_is_refused() -> None:
    assert "class P3 is more light than Street can give" in found(
        following(replace(STREET, steps=(replace(EVENING, owed="P3"),)))
    )
    assert "its design gives less" in found(plan(replace(ZONE, design_class="P2")))


def test_more_light_for_nobody_than_for_people_is_refused() -> None:
    said = found(following(replace(STREET, steps=(replace(EVENING, owed="P5", empty="P4"),))))
    assert "an empty street would get more light (P4) than people (P5)" in said


def test_a_failsafe_under_the_class_is_refused() -> None:
    assert "failsafe 60% is less light" in found(following(replace(STREET, failsafe=60.0)))


def test_a_curve_that_falls_is_refused() -> None:
    rule = CountRule(10 * MINUTE, Curve(((0.0, 60.0), (20.0, 40.0))), 10 * MINUTE, 2)
    assert "the curve falls from 60% at 0/h to 40% at 20/h" in found(following(replace(STREET, count=rule)))


def test_a_counter_that_may_be_silent_for_longer_than_the_window_is_refused() -> None:
    rare = replace(ZONE, counters=(Counter(DeviceId("counter"), 0.0, 15 * MINUTE),))
    assert "counter may be silent for 15 min, longer than the window of the count" in found(plan(rare))


def test_counting_without_a_counter_is_refused() -> None:
    assert "counts people, and Street has no counter" in found(plan(replace(ZONE, counters=())))


def test_presence_that_nobody_reports_is_refused() -> None:
    assert "no presence sensor watches any lamp" in found(plan(replace(ZONE, watches=())))


def test_a_lamp_that_no_sensor_watches_is_told() -> None:
    partly = replace(ZONE, watches=(Watch(DeviceId("motion"), 20.0, 60.0, 5 * MINUTE),))
    assert check_sensing(plan(partly)) == ()
    assert [note.text for note in notes(plan(partly))] == [
        "no presence sensor watches lamp-0: always on failsafe, 100%"
    ]


def test_a_sensor_whose_death_nobody_would_learn_is_told() -> None:
    trusted = replace(ZONE, watches=(Watch(DeviceId("motion"), 0.0, 60.0, None),))
    assert "if it dies, nobody learns it" in notes(plan(trusted))[0].text
    slow = replace(ZONE, watches=(Watch(DeviceId("motion"), 0.0, 60.0, 120 * MINUTE),))
    assert "Street learns it after 2 h" in notes(plan(slow))[0].text


def test_sensors_that_move_no_lamp_are_told() -> None:
    idle = replace(ZONE, program=replace(STREET, count=None, presence=None))
    assert [note.text for note in notes(plan(idle))] == [
        "street does not use presence, so motion moves no lamp",
        "street does not count, so the counts of counter move no lamp",
    ]


UNTIL_FIVE = replace(STREET, active=Active(SUNSET, clock(5)))
FEAST = replace(STREET, name="feast", active=Active(SUNSET, clock(5)))
CHRISTMAS = Nights((YearDays((12, 24), (1, 1)),))
DECREE = Dark(clock(5), SUNRISE, "town decree")


def with_lines(*lines: Line) -> Plan:
    return plan(replace(ZONE, calendar=lines))


def test_legal_darkness_covers_a_part_of_the_night() -> None:
    assert check(following(replace(UNTIL_FIVE, dark=DECREE))) == ()


def test_legal_darkness_that_ends_too_early_leaves_a_part_of_the_night_uncovered() -> None:
    said = found(following(replace(UNTIL_FIVE, dark=replace(DECREE, end=clock(6)))))
    assert (
        "Write  to: sunrise  - or, if the town has decided it:  dark: {from: 05:00, to: sunrise, because: ...}" in said
    )


def test_legal_darkness_by_day_alone_is_refused() -> None:
    never = Dark(clock(10), clock(11), "town decree")
    assert "dark from 10:00 to 11:00 is never" in found(following(replace(STREET, dark=never)))


def test_a_program_of_some_nights_is_refused_for_those_nights_alone() -> None:
    said = found(with_lines(Line(CHRISTMAS, FEAST)))
    assert "Street would be dark from 05:00 to dawn on 9 nights of the year, 2 h 49 min on 24 December" in said
    summer = Nights((YearDays((6, 10), (6, 20)),))
    late = replace(FEAST, active=Active(SUNSET, clock(6)))
    assert check(with_lines(Line(summer, late))) == ()


def test_a_program_of_one_night_that_is_years_away_is_looked_at_too() -> None:
    once = Nights((Dates(date(2071, 1, 15), date(2071, 1, 15)),))
    assert "on 1 night of the year" in found(with_lines(Line(once, FEAST)))


def test_a_step_that_runs_on_no_night_of_its_program_is_refused() -> None:
    evening = replace(STREET, name="feast", steps=(EVENING, replace(EVENING, start=clock(20), owed="P4", empty="P4")))
    winter, june = Nights((YearDays((12, 1), (12, 31)),)), Nights((YearDays((6, 20), (6, 20)),))
    assert check(with_lines(Line(winter, evening))) == ()
    assert "the step from sunset never runs" in found(with_lines(Line(june, evening)))


def test_lines_of_the_calendar_that_never_decide_are_told() -> None:
    hidden = Line(Nights((Dates(date(2030, 12, 25), date(2030, 12, 25)),)), STREET)
    monday = Nights((Dates(date(2030, 12, 25), date(2030, 12, 25)),), (Weekday(0),))  # a Wednesday
    rules = with_lines(Line(CHRISTMAS, replace(STREET, name="feast")), hidden, Line(monday, STREET))
    assert [note.text.rpartition(": ")[2] for note in notes(rules)] == [
        "earlier lines have all its nights",
        "there is no such night",
    ]


def test_every_program_of_the_calendar_is_held_against_the_design() -> None:
    dim = replace(STREET, name="dim", steps=(replace(EVENING, max=50.0),))
    assert "50% is less light than EN 13201 class P4 asks" in found(with_lines(Line(CHRISTMAS, dim)))


def test_without_a_design_nothing_below_all_the_light_is_accepted() -> None:
    unknown = replace(ZONE, design=None)
    assert check(plan(unknown)) == ()
    assert [note.text for note in notes(plan(unknown))] == [
        "Street has no design illuminance, so it is never dimmed below 100%"
    ]
    dimmed = replace(STREET, failsafe=80.0, steps=(replace(EVENING, max=80.0),))
    said = found(plan(replace(unknown, program=dimmed)))
    assert "80% of a design that is not known" in said
    assert "failsafe 80% of a design that is not known" in said


def by_class(*classes: tuple[float, str]) -> Plan:
    rule = replace(STREET.count or CountRule(1, Curve(()), 1, 1), classes=classes)
    return following(replace(STREET, count=rule))


def test_classes_by_flow_must_rise_with_it_and_be_within_the_design() -> None:
    assert check(by_class((0.0, "P6"), (20.0, "P5"), (60.0, "P4"))) == ()
    assert "the class falls from P5 at 0/h to P6 at 20/h" in found(by_class((0.0, "P5"), (20.0, "P6")))
    said = found(by_class((0.0, "P6"), (60.0, "P3")))
    assert "class P3 is more light than Street can give From 60/h on P3 asks 7.5 lx, and the design is 5.0 lx." in said
