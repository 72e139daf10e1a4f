"""Whether a level is the light that it says: which lamps have proven it, which are not dimmed for want of a proof."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import SHOWN, Finding, Grade
from gateway.cli.show import date_time
from gateway.study.light import Light
from gateway.wording import plural


def light(facts: Facts) -> Iterator[Finding]:
    """How many lamps have proven it, by what; who is held at full light; in which zones nothing proves it."""
    found = facts.survey.light
    unproven = sum(found.unproven.values())
    if not found.lamps:
        yield Finding(Grade.OK, "light", "no lamp is dimmed")
        return
    words = f"of {plural(found.lamps, 'lamp')} {found.by_watts} proven by watts, {found.by_lux} by lux"
    if found.last is not None:
        words += f" (last proof {date_time(found.last, facts.zone)})"
    if unproven:
        words += f"; {unproven} dimmed unproven"
    details = [f"{lamp}  {why}: not dimmed" for lamp, why in list(found.held.items())[:SHOWN]]
    if len(found.held) > SHOWN:
        details.append(f"and {len(found.held) - SHOWN} more")
    grade = Grade.WARN if found.held else Grade.OK
    yield Finding(grade, "light", words, tuple(details), tuple(_commands(found, facts)))


def _commands(found: Light, facts: Facts) -> Iterator[str]:
    """The zone that most needs it is named; a proof by watts needs nobody in the street."""
    zones = [zone.id for zone in facts.site.plan.zones if any(lamp.id in found.held for lamp in zone.luminaires)]
    names = [str(zone) for zone in zones] or sorted(found.unproven)
    for name in names[:1]:
        yield f"reverbere calibrate {name}"
    if zones:
        yield "docs/lamps.md"
