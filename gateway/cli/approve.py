"""`reverbere devices approve`: a device that waits gets its line in devices.yaml, and the gateway reads it.

Every other line stays as it is. Files that would not be good are not written; those of before are kept.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from devices.convention import NAMES
from devices.device import Kind
from gateway.cli.looking import EVERYTHING, Account, Look, broker_of, seconds
from gateway.cli.reload import ask_to_reload, told
from gateway.cli.show import as_json, console, errors
from gateway.configuration import edit
from gateway.configuration.build import load, understand
from gateway.configuration.edit import EditError
from gateway.configuration.problems import ConfigurationError, suggest
from gateway.configuration.replacing import put
from gateway.configuration.site import Site
from gateway.configuration.source import parse
from gateway.configuration.texts import fetch_all
from gateway.control.ask import NoGatewayError
from gateway.control.words import Refused, Value
from gateway.lighting.plan import Problem
from gateway.onboarding import waiting
from gateway.onboarding.block import Placement, block, section_of
from gateway.onboarding.errors import OnboardingError, WaitingError
from gateway.onboarding.proposal import Proposal, Sure

DEVICES = "devices.yaml"
LISTENING = 8.0
"""Seconds of listening for a device that nobody has heard before."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be approved: `name` is the id or address of who waits, or a new id where `convention` is said.

    `called` is its new id, `kind` "sensor" or "lamp" where it can be both; `address`, `base` and `convention` go before
    what was heard.
    """

    name: str
    placement: Placement
    called: str = ""
    kind: str = ""
    convention: str = ""
    address: str = ""
    base: str = ""
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file of a site, not yet written: its name in the folder, its text before and after."""

    device: str
    file: str
    before: str
    after: str

    def lines(self) -> list[str]:
        """The change as a diff."""
        old, new = self.before.splitlines(), self.after.splitlines()
        return list(unified_diff(old, new, self.file, self.file, n=1, lineterm=""))


def approve(folder: Path, wish: Wish, *, as_object: bool) -> int:
    """Write the device down and let the gateway read it; the exit status.

    Raises `ConfigurationError` with what would be wrong with the files then, `OnboardingError` for a device that nobody
    knows, a file that cannot be changed safely, or one that cannot be written.
    """
    site = load(folder)
    proposal = _proposal(site, wish)
    if not wish.convention:
        _refuse_known(site, proposal)
    change = _edit(folder, wish.called or proposal.id, proposal, _whole(folder, proposal, wish.placement))
    _checked(folder, change)
    if not as_object:
        for line in change.lines():
            console.print(line, markup=False)
    if wish.dry:
        return _done(change, None, None, as_object=as_object)
    kept = _written(folder, change)
    _no_longer_waiting(site, proposal)
    try:
        return _done(change, kept, ask_to_reload(folder, f"approved {change.device}"), as_object=as_object)
    except NoGatewayError:
        return _done(change, kept, None, as_object=as_object)
    except Refused as refused:
        errors.print(f"The file is written, and the gateway did not take it:\n{refused}", markup=False)
        return 1


# ----------------------------------------------------------------------------------------------------- who is meant
def _proposal(site: Site, wish: Wish) -> Proposal:
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
        found = replace(found, kind=Kind.LUMINAIRE if wish.placement.type else Kind.SENSOR)
    if found is None:
        found = _heard(site, wish.name)
    if wish.kind:
        found = replace(found, kind=Kind.LUMINAIRE if wish.kind == "lamp" else Kind.SENSOR)
    return replace(
        found,
        convention=wish.convention or found.convention,
        address=wish.address or found.address,
        base=wish.base or found.base,
    )


def _heard(site: Site, name: str) -> Proposal:
    """Listen a few seconds for somebody. Raises `OnboardingError` if nobody is called so."""
    errors.print(f"{name} is not among those who wait: listening for {LISTENING:g} s.", markup=False)
    look = Look(site)
    asyncio.run(look.listen(broker_of(site, Account()), EVERYTHING, seconds(LISTENING)))
    found = look.everybody().named(name)
    if found is None:
        known = [proposal.id for proposal in look.proposals() if proposal.useful]
        waits = f"those who wait are {', '.join(known)}" if known else "nobody waits"
        raise OnboardingError(
            f'nobody was heard who is called "{name}"; {waits}. '
            "reverbere devices discover  listens longer; --convention and --address approve somebody unheard"
        )
    return found


def _refuse_known(site: Site, proposal: Proposal) -> None:
    """Raise `OnboardingError` for what the site hears already by the convention of another make."""
    known = Look(site).discovery.already(proposal)
    if known is not None:
        raise OnboardingError(
            f"{proposal.id} is {known.id}, which devices.yaml has already by {known.convention}: "
            f"nothing is left to approve; --convention {proposal.convention} writes it a second time all the same"
        )


# ------------------------------------------------------------------------------------------------- what is written
def _whole(folder: Path, proposal: Proposal, placement: Placement) -> Placement:
    """The placement, with the type of lamp where there is only one."""
    if proposal.kind is Kind.SENSOR or placement.type:
        return placement
    text = fetch_all(folder)[DEVICES]
    types = {} if isinstance(text, Problem) else parse(text, DEVICES)[0].value.get("types")
    names = list(types) if isinstance(types, dict) else []
    if len(names) == 1:
        return replace(placement, type=names[0])
    raise OnboardingError(f"expected --type, one of the types of devices.yaml ({', '.join(names) or 'none yet'})")


def _edit(folder: Path, device: str, proposal: Proposal, placement: Placement) -> Edit:
    if proposal.kind is Kind.SENSOR and not (placement.measures or proposal.measures or "ld24" in proposal.convention):
        says = f"only {', '.join(proposal.offers)}" if proposal.offers else "nothing that was heard yet"
        raise OnboardingError(
            f"{device} says {says}, which moves no lamp; if you know better: --measures presence, or pedestrians"
        )
    section = section_of(proposal.kind)
    try:
        file, section, text = _home(folder, section)
        return Edit(device, file, text, edit.add(text, section, device, block(proposal, placement)))
    except EditError as error:
        raise OnboardingError(f"{error}") from error


def _home(folder: Path, section: str) -> tuple[str, str, str]:
    """The file in which a section stands, its section there, and its text; one that is included is a whole file."""
    file, texts = DEVICES, fetch_all(folder)
    for _ in texts:
        text = _text(texts, file)
        inner = edit.included(text, section)
        if inner is None:
            return file, section, text
        file, section = (Path(file).parent / inner).as_posix(), ""
    raise OnboardingError(f"expected a file with {section}, found only files that include others")


def _text(texts: Mapping[str, bytes | Problem], file: str) -> str:
    data = texts.get(file, b"")
    if isinstance(data, Problem):
        raise OnboardingError(f"{file}: {data.found}")
    return data.decode()


def _checked(folder: Path, change: Edit) -> None:
    """Raise `ConfigurationError` with all that would be wrong with the site after a change, which is not written."""
    try:
        understand(folder, {**fetch_all(folder), change.file: change.after.encode()})
    except ConfigurationError:
        errors.print("Nothing was written: with this line the files would not be good.", markup=False)
        for line in change.lines()[2:]:
            errors.print(f"  {line}", markup=False)
        raise


def _written(folder: Path, change: Edit) -> str:
    if _text(fetch_all(folder), change.file) != change.before:
        raise OnboardingError(f"{change.file} was changed meanwhile by somebody else: nothing was written, try again")
    try:
        return put(folder, {change.file: change.after.encode()})
    except OSError as error:
        raise OnboardingError(f"{folder / change.file} cannot be written: {error.strerror}") from error


def _no_longer_waiting(site: Site, proposal: Proposal) -> None:
    try:
        waiting.update(site.state, lambda known: known.without(proposal.id))
    except WaitingError as error:
        errors.print(f"{error}", markup=False)


def _done(change: Edit, kept: str | None, value: Value | None, *, as_object: bool) -> int:
    """Say what became of it: `kept` is the ending of the file of before, `value` what the gateway made of it."""
    if as_object:
        as_json(
            {
                "id": change.device,
                "file": change.file,
                "lines": [line[1:] for line in change.lines()[2:] if line.startswith("+")],
                "kept": None if kept is None else f"{change.file}.{kept}",
                "reload": None if value is None else dict(value),
            }
        )
        return 0
    if kept is None:
        console.print("Nothing was written (--dry-run).", markup=False)
        return 0
    console.print(f"{change.device} is approved; the file of before is kept as {change.file}.{kept}.", markup=False)
    for line in ["No gateway runs: the next start reads it."] if value is None else told(value):
        console.print(line, markup=False)
    return 0
