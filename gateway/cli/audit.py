"""`reverbere audit`: who or what moved the light, when and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from devices.device import DeviceId
from gateway.cli.explained.sentence import in_short
from gateway.cli.explained.unknown import UnknownNameError
from gateway.cli.moment import instant
from gateway.cli.opened import Opened, opened
from gateway.cli.show import as_json, clock_time, console, date_time, iso, zone_of
from gateway.clock import SECOND
from gateway.configuration.problems import did_you_mean, suggest
from gateway.lighting.facts import Cancel, Maintenance, Override, Proof
from gateway.record.entry import Adopted, Declined
from gateway.study.audit import Item, Question, about, audit, by_people
from gateway.study.forecast import Change

DAY = 24 * 3600 * SECOND
"""So far back goes an audit that does not say how far."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of the command line: a zone or a lamp, and moments as people write them; None where left out."""

    name: str | None = None
    begin: str | None = None
    until: str | None = None
    people: bool = False
    """Only what persons did, and the changes of level by that."""


def show(folder: Path, asked: Asked) -> None:
    """Print a line for each order as it is found.

    Raises `UnknownNameError`, `RecordError`, and `ValueError` for a bad moment.
    """
    with opened(folder) as here:
        zone, question = zone_of(here.site.plan), _question(here, asked)
        empty = True
        for item in _items(here, asked, question):
            empty = False
            console.print(f"{date_time(item.at, zone)}  {_words(item, zone)}", markup=False)
        if empty:
            first, last = date_time(question.start, zone), date_time(question.end, zone)
            console.print(f"Nothing was ordered between {first} and {last}.")


def show_json(folder: Path, asked: Asked) -> None:
    """Print an object a line for each order. Raises what `show` raises."""
    with opened(folder) as here:
        question = _question(here, asked)
        for item in _items(here, asked, question):
            as_json(_object(item))


def _items(here: Opened, asked: Asked, question: Question) -> Iterator[Item]:
    return (by_people if asked.people else audit)(here.reader, question)


def _question(here: Opened, asked: Asked) -> Question:
    zone = zone_of(here.site.plan)
    end = here.now if asked.until is None else instant(asked.until, zone)
    start = end - DAY if asked.begin is None else instant(asked.begin, zone)
    if asked.name is None:
        return Question(start, end)
    device = here.site.device(asked.name)
    try:
        return Question(start, end, *about(here.site.plan, asked.name if device is None else device.id))
    except KeyError:
        known = [text for text in _names(here) if text]
        hint = did_you_mean(suggest(asked.name, known))
        raise UnknownNameError(f'"{asked.name}" is no zone and no lamp of {here.site.id}. {hint}'.rstrip()) from None


def _names(here: Opened) -> Iterator[str]:
    for zone in here.site.plan.zones:
        yield zone.id
        yield from (lamp.id for lamp in zone.luminaires)
    yield from (device.label for device in here.site.devices if device.label)


def _words(item: Item, zone: tzinfo) -> str:
    match item.act:
        case Change(before, decision):
            late = "" if item.at - decision.time < SECOND else f" (due {clock_time(decision.time, zone)})"
            return f"{decision.lamp}  {before} -> {decision.level} %  {in_short(item.act)}{late}"
        case Override() as order:
            forced = ", also under the floor" if order.force else ""
            term = f"{date_time(order.start, zone)} to {date_time(order.expires, zone)}"
            who = f"{_who(order.owner, order.caller)}: {order.reason or 'no reason given'}"
            return f"{order.target}  override {order.id}, {order.level} %{forced}, {term}, by {who}"
        case Cancel() as cancel:
            return f"{_taken(cancel, item.of)} taken back by {_who(cancel.owner, cancel.caller)}"
        case Maintenance() as work:
            who = f"{_who(work.owner, work.caller)}: {work.reason or 'no reason given'}"
            return f"{work.lamp}  maintenance {work.id} until {date_time(work.expires, zone)}, by {who}"
        case Proof() as proof:
            said = ", ".join(f"{found:.1f} lx at {level:g} %" for level, _, found in proof.points)
            return f"{proof.target}  {said}: {proof.verdict}, measured by {_who(proof.owner, proof.caller)}"
        case Adopted() as adopted:
            note = f': "{adopted.note}"' if adopted.note else ""
            by = f" by {adopted.by}" if adopted.by else ""
            return f"plan {adopted.plan.digest} adopted{by}, version {adopted.version}{note}"
        case Declined() as declined:
            note = f' ("{declined.note}")' if declined.note else ""
            more = f"; and {declined.total - 1} more" if declined.total > 1 else ""
            by = f" of {declined.by}" if declined.by else ""
            return f"edit{by}{note} not taken: {declined.mistakes[0]}{more}"


def _taken(cancel: Cancel, order: Override | Maintenance | None) -> str:
    match order:
        case Override():
            return f"{order.target}  override {order.id}, {order.level} %, of {order.owner}"
        case Maintenance():
            return f"{order.lamp}  maintenance {order.id} of {order.owner}"
        case None:
            return f"order {cancel.override}"


def _who(owner: str, caller: str) -> str:
    return owner if caller in ("", owner) else f"{owner} (login {caller})"


def _object(item: Item) -> dict[str, object]:
    return {"at": iso(item.at), "entry": item.seq, **_act(item)}


def _act(item: Item) -> dict[str, object]:
    match item.act:
        case Change(before, decision):
            by = [
                DeviceId(each.id) for cause in decision.causes for each in cause.because if isinstance(each, Override)
            ]
            return {
                "what": "level",
                "lamp": decision.lamp,
                "due": iso(decision.time),
                "before": before,
                "level": decision.level,
                "ramp": decision.ramp / SECOND,
                "decided_by": decision.decided.rank.value,
                "note": decision.decided.note,
                "overrides": by,
            }
        case Override() as order:
            return {
                "what": "override",
                "id": order.id,
                "target": order.target,
                "level": order.level,
                "force": order.force,
                "start": iso(order.start),
                "expires": iso(order.expires),
                **_person(order.owner, order.caller, order.reason),
            }
        case Cancel() as cancel:
            of = item.of
            target = None if of is None else of.target if isinstance(of, Override) else of.lamp
            return {
                "what": "cancel",
                "id": cancel.override,
                "target": target,
                "of": None if of is None else of.owner,
                **_person(cancel.owner, cancel.caller, ""),
            }
        case Maintenance() as work:
            return {
                "what": "maintenance",
                "id": work.id,
                "target": work.lamp,
                "start": iso(work.start),
                "expires": iso(work.expires),
                **_person(work.owner, work.caller, work.reason),
            }
        case Proof() as proof:
            points = [point._asdict() for point in proof.points]
            lux = {"what": "lux", "target": proof.target, "verdict": proof.verdict, "points": points}
            return {**lux, **_person(proof.owner, proof.caller, "")}
        case Adopted() as adopted:
            plan = {"what": "plan", "plan": adopted.plan.digest, "version": adopted.version}
            return {**plan, **_person(adopted.by, adopted.by, adopted.note)}
        case Declined() as declined:
            mistakes = {"mistakes": list(declined.mistakes), "total": declined.total}
            return {"what": "refused edit", **mistakes, **_person(declined.by, declined.by, declined.note)}


def _person(owner: str, caller: str, reason: str) -> dict[str, object]:
    return {"owner": owner, "caller": caller, "reason": reason}
