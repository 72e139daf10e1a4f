"""The whole explanation for people: the answer first, 80 columns, no colour needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from devices.device import Device
from gateway.cli.explained.columns import WIDTH, beside
from gateway.cli.explained.proven import proven
from gateway.cli.explained.rows import rows
from gateway.cli.explained.sentence import because, confirmed, in_short
from gateway.cli.show import at_place, clock_time, date_time, lasting
from gateway.clock import SECOND
from gateway.lighting.decision import Decision
from gateway.lighting.plan import Place
from gateway.study.explain import Explanation
from gateway.study.forecast import Change
from gateway.study.verify import Verdict

_CUT = "..."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is told besides the answer: the lines of the files as they stood, and whether the record agrees."""

    files: bool = False
    verdict: Verdict | None = None


def page(found: Explanation, device: Device, zone: tzinfo, wanted: Wanted) -> Iterator[str]:
    """Every line of it."""
    yield from _title(found, device, zone)
    yield ""
    yield from _answer(found, zone)
    yield from _troubles(found, zone)
    yield ""
    yield from rows(found, zone)
    yield ""
    yield from _changes("Next", "if nobody is seen from now on", found.coming, found.at, zone)
    yield from _changes("Lately", "", found.lately, found.at, zone)
    yield from beside("  Rules   ", _rules(found, zone))
    if wanted.files:
        yield from _files(found)
    if wanted.verdict is not None:
        yield from beside("  Verify  ", verdict_in_words(wanted.verdict, found.at, zone))


def _title(found: Explanation, device: Device, zone: tzinfo) -> Iterator[str]:
    label = f"   ({device.label})" if device.label else ""
    name, when = f"{device.id}   {found.zone.label}, {found.lamp.at:g} m{label}", date_time(found.at, zone)
    if len(name) + 3 + len(when) <= WIDTH:
        yield name + when.rjust(WIDTH - len(name))
    else:
        yield from (name, when)


def _answer(found: Explanation, zone: tzinfo) -> Iterator[str]:
    lux = "" if not found.lux else f"about {found.lux:.1f} lx on average; "
    yield from beside(f"  {found.decision.level} %".ljust(10), f"{lux}{confirmed(found)}")
    yield from beside("  ", because(found, zone))


def _troubles(found: Explanation, zone: tzinfo) -> Iterator[str]:
    if found.away is not None:
        start = date_time(found.away.start, zone)
        end = "now" if found.away.end is None else date_time(found.away.end, zone)
        words = (
            f"But no gateway ran then: nothing was recorded from {start} to {end}. Lamps kept what they had been told, "
            f"or took their own failure level; this is what the rules would have given."
        )
        yield from beside("  ", words)
    if found.maintenance is not None:
        work = found.maintenance
        why = f" ({work.reason})" if work.reason else ""
        words = f"But {work.owner} works on it until {clock_time(work.expires, zone)}{why}: it is told nothing."
        yield from beside("  ", words)
    for fault in found.faults:
        where = "It has" if fault.device == found.lamp.id else f"Its feed {fault.device} has"
        yield from beside("  ", f"{where} a fault: {fault.channel} since {date_time(fault.time, zone)}.")
    if found.proof is not None:
        yield from beside("  ", proven(found.proof, zone))


def _changes(head: str, when: str, changes: Sequence[Change], at: int, zone: tzinfo) -> Iterator[str]:
    times = [_when(each.decision, at, zone) for each in changes]
    width = max(map(len, times), default=0)
    told = [(f"{time:>{width}}  ", _change(each)) for time, each in zip(times, changes, strict=True)]
    if when:
        told.insert(0, ("", f"{when}: {'it stays as it is for a day' if not told else ''}".rstrip()))
    for index, (time, line) in enumerate(told or [("", "nothing within a day")]):
        yield from beside(f"  {head if not index else '':<8}{time}", line)


def _change(change: Change) -> str:
    decision = change.decision
    over = f", over {lasting(decision.ramp)}" if decision.ramp else ""
    return f"{change.before:>3} -> {decision.level:>3} %  {in_short(change)}{over}"


def _when(decision: Decision, at: int, zone: tzinfo) -> str:
    """The time of day; with the day where it is another."""
    then, now = (datetime.fromtimestamp(time // SECOND, zone) for time in (decision.time, at))
    return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%a %H:%M:%S}"


def _rules(found: Explanation, zone: tzinfo) -> str:
    if found.adopted is None:
        return f"plan {found.plan}; when it was adopted is not kept"
    _, at, adopted = found.adopted
    who = f"applied by {adopted.by} on" if adopted.by else "adopted as the gateway read its files, on"
    note = f': "{adopted.note}"' if adopted.note else ""
    return f"plan {found.plan}, {who} {date_time(at, zone)}{note}"


def _files(found: Explanation) -> Iterator[str]:
    """The lines of the files that had a say, as they stood then."""
    stack, program = found.stack, found.program
    said = [cause.place for cause in stack.causes()]
    rules = [rule.place for rule in (program.presence, program.count, program.ramp) if rule is not None]
    places = {at_place(place): place for place in (*said, found.step.place, *rules) if place is not None and place.text}
    for index, place in enumerate(sorted(places.values(), key=_order)):
        head = f"  {'Files' if not index else '':<8}{at_place(place)}  "
        yield f"{head}{_excerpt(place, WIDTH - len(head))}"


def _excerpt(place: Place, room: int) -> str:
    """The line, or as much as there is room for of what stands at the place and behind it."""
    line = place.text.strip()
    begin = place.column - 1 - (len(place.text) - len(place.text.lstrip()))
    if len(line) <= room:
        return line
    start = max(0, min(begin, len(line) - room + len(_CUT))) if begin > room // 2 else 0
    head = _CUT if start else ""
    end = start + room - len(head)
    return f"{head}{line[start:end]}" if end >= len(line) else f"{head}{line[start : end - len(_CUT)]}{_CUT}"


def _order(place: Place) -> tuple[str, int]:
    return place.file, place.line


def verdict_in_words(verdict: Verdict, at: int, zone: tzinfo) -> str:
    """Whether the record and its tape agree, with both where they do not."""
    engines = "" if verdict.same_engine else f"; engine {verdict.version} decided then, {verdict.ours} now"
    rebuilt = _decided(verdict.rebuilt, at, zone)
    if verdict.agrees:
        return f"agrees: the tape gives {rebuilt}, and so says the record{engines}"
    recorded = "nothing" if verdict.recorded is None else _decided(verdict.recorded, at, zone)
    return f"DIFFERS: the record has {recorded}; the tape gives {rebuilt}{engines}"


def _decided(decision: Decision, at: int, zone: tzinfo) -> str:
    return f"{decision.level} % for {decision.decided.rank.value}, due {_when(decision, at, zone)}"
