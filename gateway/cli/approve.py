"""`reverbere devices approve`: a device that waits gets its line in devices.yaml, and the gateway reads it.

Every other line stays as it is. Files that would not be good are not written; those of before are kept.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from devices.convention import NAMES
from devices.device import Kind
from gateway.cli.approved import Advice, news, steps
from gateway.cli.edits import Edit, checked, drafted, written
from gateway.cli.hints import of_site
from gateway.cli.lamp_types import chosen, known
from gateway.cli.looking import EVERYTHING, Account, Look, broker_of, seconds
from gateway.cli.reload import ask_to_reload, told
from gateway.cli.show import as_json, console, errors
from gateway.configuration.build import load
from gateway.configuration.edit import Change, EditError
from gateway.configuration.problems import suggest
from gateway.configuration.site import Site
from gateway.control.ask import NoGatewayError
from gateway.control.words import Refused, Value
from gateway.onboarding import waiting
from gateway.onboarding.block import Placement, block, section_of
from gateway.onboarding.errors import OnboardingError, WaitingError
from gateway.onboarding.proposal import Proposal, Sure

LISTENING = 8.0
"""Seconds of listening for a device that nobody has heard before."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be approved: `name` is the id or address of who waits, or a new id where `convention` is said.

    `called` is its new id, `kind` "sensor" or "lamp" where it can be both; `address`, `base` and `convention` go before
    what was heard. `watts` is the full power of a lamp whose type devices.yaml does not have yet.
    """

    name: str
    placement: Placement
    called: str = ""
    kind: str = ""
    convention: str = ""
    address: str = ""
    base: str = ""
    watts: float | None = None
    dry: bool = False


def approve(folder: Path, wish: Wish, *, as_object: bool) -> int:
    """Write the device down and let the gateway read it; the exit status.

    Raises `ConfigurationError` with what would be wrong with the files then, `OnboardingError` for a device that nobody
    knows, a file that cannot be changed safely, or one that cannot be written.
    """
    site = load(folder)
    proposal = _proposal(folder, site, wish)
    if not wish.convention:
        _refuse_known(site, proposal)
    change = _edit(folder, wish, proposal)
    after = checked(folder, change)
    advice = Advice(news(site, after), list(steps(folder, after, change.device)))
    if not as_object:
        for line in change.lines():
            console.print(line, markup=False)
    if wish.dry:
        return _done(change, advice, None, None, as_object=as_object)
    kept = written(folder, change)
    _no_longer_waiting(site, proposal)
    try:
        value = ask_to_reload(folder, f"approved {change.device}")
    except NoGatewayError:
        value = None
    except Refused as refused:
        errors.print(f"The file is written, and the gateway did not take it:\n{refused}", markup=False)
        return 1
    return _done(change, advice, kept, value, as_object=as_object)


# ----------------------------------------------------------------------------------------------------- who is meant
def _proposal(folder: Path, site: Site, wish: Wish) -> Proposal:
    """Who is meant: by what was heard, or by the options alone."""
    if wish.convention and wish.convention not in NAMES:
        hint = suggest(wish.convention, NAMES)
        raise OnboardingError(
            f'expected a convention ({", ".join(NAMES)}), found "{wish.convention}"'
            + (f"; did you mean {hint} ?" if hint else "")
        )
    try:
        found = waiting.read(site.state).named(wish.name)
    except WaitingError as error:
        errors.print(f"{error}", markup=False)
        found = None
    if found is None and wish.convention:
        found = Proposal(wish.name, Kind.SENSOR, wish.convention, wish.address or wish.name, Sure.GUESS, "", 0, 0)
        lamp = bool(wish.placement.type) or wish.watts is not None
        found = replace(found, kind=Kind.LUMINAIRE if lamp else Kind.SENSOR)
    if found is None:
        found = _heard(folder, site, wish.name)
    if wish.kind:
        found = replace(found, kind=Kind.LUMINAIRE if wish.kind == "lamp" else Kind.SENSOR)
    return replace(
        found,
        convention=wish.convention or found.convention,
        address=wish.address or found.address,
        base=wish.base or found.base,
    )


def _heard(folder: Path, site: Site, name: str) -> Proposal:
    """Listen a few seconds for somebody. Raises `OnboardingError` if nobody is called so."""
    errors.print(f"{name} is not among those who wait: listening for {LISTENING:g} s.", markup=False)
    look = Look(site)
    asyncio.run(look.listen(broker_of(site, Account()), EVERYTHING, seconds(LISTENING)))
    found = look.everybody().named(name)
    if found is None:
        others = [proposal.id for proposal in look.proposals() if proposal.useful]
        waits = f"those who wait are {', '.join(others)}" if others else "nobody waits"
        longer = of_site("reverbere devices discover", folder)
        raise OnboardingError(
            f'nobody was heard who is called "{name}"; {waits}. '
            f"{longer}  listens longer; --convention and --address approve somebody unheard"
        )
    return found


def _refuse_known(site: Site, proposal: Proposal) -> None:
    """Raise `OnboardingError` for what the site hears already by the convention of another make."""
    device = Look(site).discovery.already(proposal)
    if device is not None:
        raise OnboardingError(
            f"{proposal.id} is {device.id}, which devices.yaml has already by {device.convention}: "
            f"nothing is left to approve; --convention {proposal.convention} writes it a second time all the same"
        )


# ------------------------------------------------------------------------------------------------- what is written
def _edit(folder: Path, wish: Wish, proposal: Proposal) -> Edit:
    device, placement = wish.called or proposal.id, wish.placement
    if proposal.kind is Kind.SENSOR and not (placement.measures or proposal.measures or "ld24" in proposal.convention):
        says = f"only {', '.join(proposal.offers)}" if proposal.offers else "nothing that was heard yet"
        raise OnboardingError(
            f"{device} says {says}, which moves no lamp; if you know better: --measures presence, or pedestrians"
        )
    changes: list[Change] = []
    if proposal.kind is Kind.LUMINAIRE:
        lamp_type = chosen(known(folder), placement.type, wish.watts)
        placement = replace(placement, type=lamp_type.name)
        changes += [lamp_type.new] if lamp_type.new is not None else []
    its = Change(section_of(proposal.kind), entries={device: block(proposal, placement)})
    try:
        return drafted(folder, device, [its, *changes])
    except EditError as error:
        raise OnboardingError(f"{error}") from error


def _no_longer_waiting(site: Site, proposal: Proposal) -> None:
    try:
        waiting.update(site.state, lambda those: those.without(proposal.id))
    except WaitingError as error:
        errors.print(f"{error}", markup=False)


def _done(change: Edit, advice: Advice, kept: str | None, value: Value | None, *, as_object: bool) -> int:
    """Say what became of it: `kept` is the ending of the file of before, `value` what the gateway made of it."""
    if as_object:
        as_json(
            {
                "id": change.device,
                "file": change.file,
                "lines": change.added(),
                "kept": None if kept is None else f"{change.file}.{kept}",
                "reload": None if value is None else dict(value),
                "notes": advice.news,
                "next": advice.steps,
            }
        )
        return 0
    if kept is None:
        _told(["Nothing was written (--dry-run)."], advice)
        return 0
    end = ["No gateway runs: the next start reads it."] if value is None else told(value)
    _told([f"{change.device} is approved; the file of before is kept as {change.file}.{kept}.", *end], advice)
    return 0


def _told(lines: Sequence[str], advice: Advice) -> None:
    for line in (*lines, *(f"! {note}" for note in advice.news), *advice.steps):
        console.print(line, markup=False)
