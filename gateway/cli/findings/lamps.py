"""The faults of lamps and feeds that stand: since when, what they mean, and what the street does about them."""

from collections.abc import Iterator

from devices.conventions.dali import WRONG_CURVE
from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import SHOWN, Finding, Grade
from gateway.cli.show import date_time
from gateway.lighting.lamps.faults import Fault
from gateway.study.survey import Faulty
from gateway.wording import plural

_MEANS: dict[str, str] = {
    Fault.LAMP_FAILURE: "should shine and does not",
    Fault.DIMMING_FAILURE: "shines, but not as it is told",
    Fault.UNEXPECTED_ON: "shines though it is told to be off",
    Fault.CYCLING: "goes out and comes back",
    Fault.COMMUNICATION: "does not answer",
    Fault.SUPPLY_LOSS: "has no power: none of its lamps answers",
    WRONG_CURVE: "its gear dims on another curve than dimming_curve says; it is given the brighter of both levels",
}
"""What is wrong, by TALQ's names (docs/lamps.md); what a lamp calls a fault itself speaks for itself."""


def lamps(facts: Facts) -> Iterator[Finding]:
    """Each fault that stands, the oldest first."""
    found = facts.survey.faults
    if not found:
        yield Finding(Grade.OK, "lamps", "no fault")
        return
    devices = {fault.device for fault in found}
    details = [_fault(fault, facts) for fault in found[:SHOWN]]
    if len(found) > SHOWN:
        details.append(f"and {len(found) - SHOWN} more")
    names = {lamp.id for zone in facts.site.plan.zones for lamp in zone.luminaires}
    lamp = next((fault.device for fault in found if fault.device in names), None)
    yield Finding(
        Grade.WARN,
        "lamps",
        f"{plural(len(found), 'fault')} at {plural(len(devices), 'lamp or feed', 'lamps and feeds')}; orders go on",
        tuple(details),
        (*([f"reverbere explain {lamp}"] if lamp else []), "docs/lamps.md"),
    )


def _fault(fault: Faulty, facts: Facts) -> str:
    means = next((words for name, words in _MEANS.items() if name == fault.fault), "by its own word")
    return f"{fault.device}  {fault.fault} since {date_time(fault.since, facts.zone)}: {means}"
