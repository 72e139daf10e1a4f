"""The clock and the machine."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import Finding, Grade, size
from gateway.cli.show import clock_time, date_time
from gateway.clock import SECOND
from gateway.wording import plural

HOT = 80.0
"""Degrees Celsius from which a Raspberry Pi slows itself down (its firmware's soft limit)."""
TIGHT = 10
"""Per cent of a disk that should stay free, for a copy of the record and the system's own logs."""
SHOWN = 3
"""Clock steps that are told."""


def clock(facts: Facts) -> Iterator[Finding]:
    """Whether it is believed, when it was set, and what the sun does tonight."""
    believed = facts.live.clock.sure if facts.live is not None else None
    words = [] if believed is None else ["believed" if believed else "not believed: it is night until it is set"]
    if believed is None and facts.survey.unset:
        words.append("not believed when the record ended")
    if facts.sun is None:
        words.append("the sun does not set tonight")
    else:
        down, up = (clock_time(moment, facts.zone)[:5] for moment in facts.sun)
        words.append(f"sun tonight {down} to {up}")
    steps = facts.survey.clock_steps
    details = list(_waiting(facts))
    if steps:
        told = ", ".join(f"{date_time(at, facts.zone)} by {shift / SECOND:+.1f} s" for at, shift in steps[-SHOWN:])
        details.append(
            f"set {plural(len(steps), 'time')} in the last 7 days: {told}. Holds and ramps kept what was left"
        )
    worry = believed is False or (believed is None and facts.survey.unset > 0)
    yield Finding(
        Grade.WARN if worry else Grade.OK,
        "clock",
        "; ".join(words),
        tuple(details),
        ("timedatectl status",) if worry else (),
    )


def _waiting(facts: Facts) -> Iterator[str]:
    """What the record holds of a time in which the clock was not believed."""
    waits = facts.survey.unset
    if waits and facts.live is not None and facts.live.clock.sure:
        yield f"the times of {plural(waits, 'entry', 'entries')} are being put right; databases get them then"
    elif waits:
        since = date_time(facts.survey.believed, facts.zone)
        waiting = plural(waits, "entry waits", "entries wait")
        yield f"{waiting} since {since} until it is set: databases get them then, with the right times"


def machine(facts: Facts) -> Iterator[Finding]:
    """Heat, room on the disk, memory, and the watchdog."""
    words, worries = [], []
    found = facts.machine
    if found.temperature is not None:
        words.append(f"{found.temperature:.0f} C")
        if found.temperature >= HOT:
            worries.append(f"{found.temperature:.0f} C: it slows itself down; give it air")
    if found.disk and found.disk_free is not None:
        full = 100 - found.disk_free * 100 // found.disk
        words.append(f"card {full} % full")
        if full > 100 - TIGHT:
            worries.append(f"{size(found.disk_free)} left on the card: a full one stops the record")
    if facts.live is not None:
        if facts.live.machine.memory_bytes is not None:
            words.append(f"memory {size(facts.live.machine.memory_bytes)}")
        if facts.live.machine.watchdog_fed_ago_seconds is not None:
            words.append(f"watchdog fed {facts.live.machine.watchdog_fed_ago_seconds:.1f} s ago")
    if words:
        grade = Grade.WARN if worries else Grade.OK
        yield Finding(grade, "machine", ", ".join(words), tuple(worries), ("df -h",) if worries else ())
