"""The record and its copies: size, where it levels off, what writing takes; what databases and messages lack."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import SHOWN, Finding, Grade, milliseconds, size, span
from gateway.cli.show import date_time
from gateway.clock import SECOND
from gateway.daemon.health import Health, RecordHealth
from gateway.record.retention import ALARM
from gateway.record.wear import nearly_full
from gateway.study.survey import PATIENT, Behind
from gateway.wording import plural

LATE = 10 * 60 * SECOND
"""A database that lacks something for so long is not merely a moment behind."""

_DAY = 86_400 * SECOND


def record(facts: Facts) -> Iterator[Finding]:
    """How large it is and becomes, and what it costs the card."""
    growth, limit = facts.growth, facts.site.record.max_size
    share = growth.used * 100 // limit
    details: list[str] = []
    worries: list[str] = []
    if facts.live is not None:
        details.append(_writing(facts.live))
        worries += _live_worries(facts.live.record)
    if share >= ALARM:
        worries.append(
            f"{nearly_full(share)}. Nothing is thrown away: when it is full, sensors seem silent and their "
            "lamps take failsafe"
        )
    if growth.levels_off is not None and growth.levels_off > limit and share < ALARM:
        worries.append(
            f"at this rate it would need {size(growth.levels_off)}: raise record.max_size, or let "
            "record.keep be shorter"
        )
    worries += [
        f"begun anew in the place of {file}, which was damaged: {trouble}"
        for file, trouble in facts.survey.damaged.items()
    ]
    failing = facts.live is not None and bool(facts.live.record.trouble)
    if facts.unwritable and not failing:
        failing = True
        worries.append(f"{facts.unwritable}. It is written again as soon as that is over")
    yield Finding(
        Grade.FAIL if failing else Grade.WARN if worries else Grade.OK,
        "record",
        f"{size(growth.used)} of {size(limit)}, {_inside(facts)}",
        (*details, *worries),
        _commands(facts, full=share >= ALARM),
    )


def _commands(facts: Facts, *, full: bool) -> tuple[str, ...]:
    commands = []
    if facts.survey.damaged:
        commands.append("docs/restore.md")
    if full:
        commands.append("docs/guide.md, record:")
    return tuple(commands)


def _inside(facts: Facts) -> str:
    growth, keep = facts.growth, facts.site.record.keep_readings
    if growth.since is None:
        return "no readings inside yet"
    days = f"{span((facts.at - growth.since) / SECOND)} of readings inside"
    if growth.levels_off is None:
        return f"{days}; where it levels off shows after a day"
    return f"{days}; levels off at {size(growth.levels_off)} (readings: {keep // _DAY} days)"


def _writing(live: Health) -> str:
    found = live.record
    words = f"commit {milliseconds(found.commit_p50_seconds)} (p99 {milliseconds(found.commit_p99_seconds)})"
    if found.written_today_bytes is None:
        return f"{words}; this machine does not count what is written to the card"
    words += f"; {size(found.written_today_bytes)} written to the card today"
    return words if found.written_bytes_per_row is None else f"{words}, {found.written_bytes_per_row:.0f} B a reading"


def _live_worries(found: RecordHealth) -> Iterator[str]:
    if found.trouble:
        yield f"{found.trouble}. Nothing is acknowledged; the broker keeps what sensors send, and the light goes on"
    if found.dropped:
        yield f"{plural(found.dropped, 'entry', 'entries')} without acknowledgement lost since the start"


def databases(facts: Facts) -> Iterator[Finding]:
    """Each database: how far it is behind, why, and what it will not take."""
    live = {} if facts.live is None else {target.target: target for target in facts.live.targets}
    for found in facts.survey.targets:
        status = live.get(found.target)
        trouble = "" if status is None else status.trouble
        has = "never got any" if found.has_at is None else f"has all up to {date_time(found.has_at, facts.zone)}"
        behind = _behind(found, facts.at)
        words, details, commands = has, [], []
        if trouble:
            details.append(f"takes nothing: {trouble}")
        if behind or trouble:
            waiting = plural(found.entries, "entry waits", "entries wait")
            details.append(f"{waiting} in the record; nothing is lost, and the light does not need it")
            commands.append("journalctl -u reverbere -n 50")
            if facts.survey.unset:
                details.append(
                    f"{facts.survey.unset:,} of these wait for the clock: databases get them when it is right"
                )
        elif found.entries:
            words += f", {plural(found.entries, 'entry', 'entries')} behind"
        if found.refused:
            details.append(f"{plural(found.refused, 'line')} it would not take: kept, with its words")
            commands.append("reverbere forward refused list")
        grade = Grade.WARN if details else Grade.OK
        yield Finding(grade, found.target, words, tuple(details), tuple(commands))
    yield from _refused_by_nobody(facts)


def _behind(found: Behind, at: int) -> bool:
    return found.entries > PATIENT or (found.entries > 0 and found.has_at is not None and at - found.has_at > LATE)


def _refused_by_nobody(facts: Facts) -> Iterator[Finding]:
    """Lines that were refused by a database which the files do not name any more."""
    left = facts.survey.refused - sum(target.refused for target in facts.survey.targets)
    if left:
        words = f"{plural(left, 'line')} that a database would not take which is not in site.yaml any more"
        yield Finding(Grade.WARN, "refused", words, (), ("reverbere forward refused list",))


def rejected(facts: Facts) -> Iterator[Finding]:
    """What meant nothing in the last 24 hours, and who said it."""
    found = facts.survey
    if not found.rejected:
        yield Finding(Grade.OK, "rejected", "0 in the last 24 h")
        return
    details = [f"{times:,} from {topic}: {why}" for topic, why, times in found.rejected_from[:SHOWN]]
    if len(found.rejected_from) > SHOWN:
        details.append(f"and from {len(found.rejected_from) - SHOWN} more")
    yield Finding(
        Grade.WARN,
        "rejected",
        f"{found.rejected:,} in the last 24 h: kept, acknowledged, and no lamp was moved by them",
        tuple(details),
        ("reverbere rejected list",),
    )
