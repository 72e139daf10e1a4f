"""The whole explanation for people: the answer first, 80 columns, no colour needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from devices.device import Device
from gateway.cli.explained.columns import WIDTH, beside
from gateway.cli.explained.rows import rows
from gateway.cli.explained.sentence import because, confirmed, in_short
from gateway.cli.show import at_place, clock_time, date_time, lasting
from gateway.clock import SECOND
from gateway.lighting.decision import Decision
from gateway.lighting.plan import Place
from gateway.study.explain import Explanation
from gateway.study.forecast import Change
from gateway.study.verify import Verdict


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
    yield ""
    yield from rows(found, zone)
    yield ""
    yield from _troubles(found, zone)
    yield from _changes("Next", "if nobody else comes", found.coming, found.at, zone)
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
    lux = "" if found.lux is None else f"about {found.lux:.1f} lx on average; "
    yield from beside(f"  {found.decision.level} %".ljust(10), f"{lux}{confirmed(found)}")
    yield from beside("  ", because(found, zone))


def _troubles(found: Explanation, zone: tzinfo) -> Iterator[str]:
    if found.maintenance is not None:
        work = found.maintenance
        words = f"until {clock_time(work.expires, zone)}, {work.owner}: {work.reason} (the lamp is told nothing)"
        yield from beside("  Work    ", words)
    for fault in found.faults:
        where = "" if fault.device == found.lamp.id else f" of {fault.device}"
        yield from beside("  Fault   ", f"{fault.channel}{where} since {date_time(fault.time, zone)}")


def _changes(head: str, when: str, changes: Sequence[Change], at: int, zone: tzinfo) -> Iterator[str]:
    told = [f"{_when(each.decision, at, zone)}  {_change(each)}" for each in changes]
    if when:
        told.insert(0, f"{when}: {'it stays as it is for a day' if not told else ''}".rstrip())
    for index, line in enumerate(told or ["nothing within a day"]):
        yield from beside(f"  {head if not index else '':<8}", line)


def _change(change: Change) -> str:
    decision = change.decision
    over = f", over {lasting(decision.ramp)}" if decision.ramp else ""
    return f"{change.before:>3} -> {decision.level:>3} %  {in_short(decision)}{over}"


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
        yield f"{head}{place.text.strip()}"[:WIDTH]


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
