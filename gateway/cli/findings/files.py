"""The files of the site: whether they are those that the street follows, and what is wrong with them if not."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import Finding, Grade
from gateway.cli.show import day_time
from gateway.clock import SECOND
from gateway.configuration.problems import locate
from gateway.lighting.plan import Problem
from gateway.wording import plural

SHOWN = 3
"""Mistakes that are told before the rest is counted."""


def files(facts: Facts) -> Iterator[Finding]:
    """Mistakes first: the street then follows the last good plan, and so it does after a restart."""
    found = facts.files
    plan = f"plan {found.plan} of {day_time(found.adopted, facts.zone)}"
    if found.mistakes:
        details = [_mistake(problem) for problem in found.mistakes[:SHOWN]]
        if len(found.mistakes) > SHOWN:
            details.append(f"and {len(found.mistakes) - SHOWN} more")
        words = f"{plural(len(found.mistakes), 'mistake')} in them: the street keeps the last good one, {plan}"
        yield Finding(Grade.WARN, "files", words, tuple(details), ("reverbere check", "reverbere undo"))
    elif found.unread:
        words = f"good, and changed since: the street follows {plan} until they are read"
        yield Finding(Grade.OK, "files", words, tuple(_refused(facts)), ("reverbere diff", "reverbere reload"))
    else:
        yield Finding(Grade.OK, "files", f"good; the street follows them: {plan}")


def _mistake(problem: Problem) -> str:
    return f"{locate(problem.place)}: {problem.found}"


def _refused(facts: Facts) -> Iterator[str]:
    """Why the gateway did not take them when it read them last."""
    if facts.live is not None and facts.live.files.trouble:
        read = facts.live.files.read_time_seconds
        when = "" if read is None else f" {day_time(round(read * SECOND), facts.zone)}"
        yield f"refused when they were read last{when}: {facts.live.files.trouble}"
