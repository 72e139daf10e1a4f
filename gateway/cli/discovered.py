"""How devices that wait are shown: a live table, a page, JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from devices.device import Kind
from devices.message import SECOND
from devices.reading import Quantity
from gateway.cli.hints import of_site
from gateway.cli.options import HERE
from gateway.cli.show import ago, iso, lasting
from gateway.onboarding.proposal import Example, Proposal, Unknown, Value

ROWS = 20
"""Devices in the live table."""

JUST_NOW = 5 * SECOND
"""Nanoseconds for which a movement stands out."""

SHOWN = 4
LONGEST_SHOWN = 100
"""Values of a device, and characters of a message, that are shown to people."""

UNITS = {Quantity.TEMPERATURE.value: "°C", Quantity.RSSI.value: "dBm", Quantity.ENERGY.value: "Wh"}
"""Units as people read them, where UCUM writes them otherwise."""


def picture(proposals: Sequence[Proposal], now: int, heard: int) -> Table:
    """The live table: who waits, the newest movement first."""
    table = Table(
        title="Wave at it now: whoever moves comes first",
        caption=f"{heard} messages heard. Ctrl-C ends it, and tells more.",
    )
    for column in ("id", "what", "sure", "says", "moved", "spoke"):
        table.add_column(column, no_wrap=column in ("id", "moved", "spoke"))
    for proposal in proposals[:ROWS]:
        fresh = proposal.moved is not None and now - proposal.moved < JUST_NOW
        cells = (
            proposal.id,
            f"{what(proposal)} ({proposal.convention})",
            proposal.sure.value,
            ", ".join(map(said, proposal.values[:SHOWN])) or "-",
            ago(proposal.moved, now) if proposal.moved else "-",
            ago(proposal.last or None, now),
        )
        table.add_row(*(Text(visible(cell)) for cell in cells), style="bold reverse" if fresh else "")
    return table


@dataclass(frozen=True, slots=True)
class Commands:
    """What the commands that approve need of a site: its folder, its zones, and its types of lamp by their names."""

    folder: Path = HERE
    zones: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    def approving(self, proposal: Proposal) -> str:
        """The command that approves somebody; words in capitals are for a person to say."""
        more = self._lamp() if proposal.kind is Kind.LUMINAIRE else ""
        return self.approve(proposal.id, more)

    def approve(self, who: str, more: str) -> str:
        """The command that approves who is called or heard so, with `more` options."""
        zone = self.zones[0] if len(self.zones) == 1 else "ZONE"
        return of_site(f"reverbere devices approve {who} --zone {zone} --at 30m{more}", self.folder)

    def _lamp(self) -> str:
        """Which type a lamp is of; without any its watts, of which approve makes one."""
        if not self.types:
            return " --watts WATTS"
        return f" --type {self.types[0] if len(self.types) == 1 else 'TYPE'}"


def page(proposals: Sequence[Proposal], now: int, commands: Commands) -> Iterator[str]:
    """Everything that is known of those who wait, for people."""
    useful = [proposal for proposal in proposals if proposal.useful]
    if not useful:
        yield "No device waits that could be approved."
    else:
        waits = "1 device waits" if len(useful) == 1 else f"{len(useful)} devices wait"
        yield f"{waits} for approval, the newest movement first."
    for proposal in useful:
        yield ""
        yield from _lines(proposal, now, commands)
    others = [proposal for proposal in proposals if not proposal.useful]
    if others:
        yield ""
        yield "Heard too, and nothing that moves a lamp:"
        for proposal in others:
            yield f"  {proposal.id}  {proposal.convention}, {', '.join(proposal.offers)}"


def strange(unknown: Sequence[Unknown]) -> Iterator[str]:
    """Topics of which nothing was understood."""
    if unknown:
        yield "Heard and not understood, the newest first (docs/deploy-a-sensor.md, Anything else):"
    for each in unknown:
        yield f"  {_cut(each.example)}"


def what(proposal: Proposal) -> str:
    """What it is, in a word or two."""
    if proposal.kind is Kind.LUMINAIRE:
        return "lamp"
    return f"sensor of {' and '.join(proposal.measures)}" if proposal.measures else "sensor"


def said(value: Value) -> str:
    """A value with its unit."""
    quantity = Quantity(value.quantity)
    channel = f" {value.channel}" if value.channel else ""
    if quantity.kind == "bool":
        return f"{value.quantity}{channel} {'yes' if value.value else 'no'}"
    unit = UNITS.get(value.quantity, "" if quantity.unit == "1" else quantity.unit)
    return f"{value.quantity}{channel} {value.value:g} {unit}".rstrip()


def doubts(proposal: Proposal) -> Iterator[str]:
    """What its approver should know before."""
    if not proposal.read and proposal.trouble:
        yield f"its messages were not understood: {proposal.trouble}"
    elif not proposal.read:
        yield "nothing was heard of it yet: move it, or switch it"
    elif proposal.trouble:
        yield f"its last message was not understood: {proposal.trouble}"
    if proposal.retains:
        yield "it lets the broker retain what it says, and what is retained moves no lamp: switch retaining off"
    if proposal.behind:
        late = lasting(proposal.behind // SECOND * SECOND)
        yield f"its clock is {late} behind, so that all it says is old: set it, or --set time_zone=UTC (or its own)"
    if proposal.kind is Kind.LUMINAIRE and proposal.measures:
        measures = " and ".join(proposal.measures)
        yield f"it says {measures} too: for that approve it once more, --kind sensor --as NAME"


def as_object(proposal: Proposal, now: int) -> dict[str, object]:
    """The same for programs; times are UTC."""
    return {
        **asdict(proposal),
        "kind": proposal.kind.value,
        "sure": proposal.sure.value,
        "measures": list(proposal.measures),
        "useful": proposal.useful,
        "doubts": list(doubts(proposal)),
        "first": iso(proposal.first),
        "last": iso(proposal.last) if proposal.last else None,
        "moved": iso(proposal.moved) if proposal.moved else None,
        "moved_seconds_ago": None if proposal.moved is None else max(0, now - proposal.moved) / SECOND,
        "gap": proposal.gap / SECOND,
        "values": [{**asdict(value), "time": iso(value.time)} for value in proposal.values],
        "examples": [as_message(example) for example in proposal.examples],
    }


def as_message(example: Example) -> dict[str, object]:
    """A message for programs."""
    return {**asdict(example), "time": iso(example.time)}


def _lines(proposal: Proposal, now: int, commands: Commands) -> Iterator[str]:
    yield f"{proposal.id}   {what(proposal)}   {proposal.sure.value}: {proposal.why}"
    also = f"; {', '.join(proposal.also)} would understand it too" if proposal.also else ""
    base = f", base {proposal.base}" if proposal.base else ""
    name = "topic" if proposal.convention == "custom" else "address"
    yield f"    {proposal.convention}, {name} {proposal.address}{base}{also}"
    if proposal.reads:
        yield f"    reads {', '.join(f'{name} at {_place(place)}' for name, place in proposal.reads.items())}"
    if proposal.values:
        yield f"    says {', '.join(map(said, proposal.values[:SHOWN]))}"
    moved = f"moved {ago(proposal.moved, now)}, " if proposal.moved else ""
    if proposal.last:
        yield f"    {moved}spoke {ago(proposal.last, now)}; by this message, for one:"
    for example in proposal.examples[-1:]:
        yield f"      {_cut(example)}"
    for doubt in doubts(proposal):
        yield f"    But {doubt}."
    yield f"    -> {commands.approving(proposal)}"


def _place(place: str | list[dict[str, str]]) -> str:
    return place if isinstance(place, str) else " and ".join(each["path"] for each in place)


def _cut(example: Example) -> str:
    line = f"{example.topic}  {example.payload}"
    cut = line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}..."
    return f"{cut}  (retained)" if example.retained else cut


def visible(line: str) -> str:
    """A line without signs that would move a terminal's cursor: names and topics come from the network."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
