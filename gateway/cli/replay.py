"""`reverbere replay`: what links once brought, played into a gateway of its own."""

import asyncio
import signal
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ruamel.yaml import YAML

from devices.convention import Rejected
from devices.reading import Reading
from gateway.cli.show import as_json, console, errors, table
from gateway.clock import SECOND, Clock, ScaledClock
from gateway.configuration.build import load
from gateway.configuration.site import Site
from gateway.configuration.texts import fetch_all
from gateway.daemon.routes import Routes
from gateway.daemon.service import Gateway
from gateway.daemon.wiring import Connected, LinkSpec
from gateway.lighting.decision import Decision
from gateway.links.captured import Captured, CaptureError, messages
from gateway.links.delivery import Link
from gateway.links.replayed import ReplayedLink
from gateway.record.reader import Reader

STATE = "state"
"""The folder of a replay's record, beside its copy of the files."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `readings` are by device and quantity: how many, and the sum of their values."""

    messages: int
    readings: Mapping[str, Mapping[str, tuple[int, float]]]
    rejected: int
    decisions: int
    elsewhere: Mapping[str, int]
    """Messages of links that the site does not have: they were not played."""


def replay(folder: Path, file: Path, speed: float, keep: Path | None) -> Outcome:
    """Play a capture into a gateway with the files of `folder` and a record of its own; no order leaves it.

    The record stays in `keep`, with the files, if that is given. Raises `CaptureError` and `ConfigurationError`.
    """
    load(folder)
    captured = read(file)
    if not captured:
        raise CaptureError(f"{file}: expected messages, found none")
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="reverbere-") as own:
            return _replay(_copied(folder, Path(own)), captured, speed)
    if keep.exists() and any(keep.iterdir()):
        raise CaptureError(f"{keep}: expected a folder that is not there or empty")
    return _replay(_copied(folder, keep), captured, speed)


def read(file: Path) -> list[Captured]:
    """The messages of a capture in the order of their times. Raises `CaptureError`."""
    try:
        with file.open(encoding="utf-8") as lines:
            return sorted(messages(lines, str(file)), key=lambda captured: captured.time)
    except (OSError, UnicodeDecodeError) as error:
        raise CaptureError(f"{file}: expected a capture, found {error}") from None


def _copied(folder: Path, own: Path) -> Site:
    """The site of a copy of the files, whose record is beside them and nowhere else."""
    for name, text in fetch_all(folder).items():
        if isinstance(text, bytes):
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            (own / name).write_bytes(text)
    _keep_state_in(own / "site.yaml")
    return replace(load(own), state=own / STATE)


def _keep_state_in(site_file: Path) -> None:
    """Let other commands find the replay's own record by this copy, however `state:` was written in it."""
    yaml = YAML(typ="rt")
    settings = yaml.load(site_file.read_bytes())
    settings["state"] = STATE
    with site_file.open("wb") as file:
        yaml.dump(settings, file)


def _replay(site: Site, captured: list[Captured], speed: float) -> Outcome:
    mqtt = None if site.mqtt is None else replace(site.mqtt, password_file=None, ca_file=None)
    alone = replace(site, mqtt=mqtt, targets=(), metrics=None, keys=())
    links = {device.link for device in site.devices} | ({mqtt.name} if mqtt is not None else set())
    elsewhere = Counter(one.link for one in captured if one.link not in links)
    by_link: defaultdict[str, list[Captured]] = defaultdict(list)
    for one in captured:
        if one.link in links:
            by_link[one.link].append(one)
    asyncio.run(_play(alone, by_link, ScaledClock(captured[0].time - SECOND, speed)))
    return _outcome(site, sum(map(len, by_link.values())), elsewhere)


async def _play(site: Site, by_link: Mapping[str, list[Captured]], clock: ScaledClock) -> None:
    links: list[ReplayedLink] = []

    def make(name: str, _spec: LinkSpec, _site: Site, _routes: Routes, clock: Clock, _connected: Connected) -> Link:
        links.append(ReplayedLink(name, by_link.get(name, ()), clock))
        return links[-1]

    ready = asyncio.Event()
    living = asyncio.create_task(Gateway(site, clock, make=make).run(ready.set), name="gateway")
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, living.cancel)
    playing = asyncio.create_task(_all_finished(ready, links), name="replay")
    await asyncio.wait([living, playing], return_when=asyncio.FIRST_COMPLETED)
    for task in (living, playing):
        task.cancel()
    results = await asyncio.gather(living, playing, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _all_finished(ready: asyncio.Event, links: list[ReplayedLink]) -> None:
    await ready.wait()
    for link in links:
        await link.finished.wait()


def _outcome(site: Site, played: int, elsewhere: Mapping[str, int]) -> Outcome:
    counts: defaultdict[str, defaultdict[str, tuple[int, float]]]
    counts = defaultdict(lambda: defaultdict(lambda: (0, 0.0)))
    rejected = decisions = 0
    reader = Reader(site.state)
    try:
        for entry in reader.entries():
            for item in (*entry.learned, *entry.made):
                rejected += isinstance(item, Rejected)
                decisions += isinstance(item, Decision)
                if isinstance(item, Reading):
                    number, total = counts[item.device][item.quantity.value]
                    counts[item.device][item.quantity.value] = number + 1, total + item.value
    finally:
        reader.close()
    return Outcome(played, counts, rejected, decisions, elsewhere)


def show(outcome: Outcome, keep: Path | None) -> None:
    """Print it for people."""
    rows = [
        (device, quantity, str(number), f"{total:g}" if quantity == "pedestrians" else "")
        for device, quantities in sorted(outcome.readings.items())
        for quantity, (number, total) in sorted(quantities.items())
    ]
    console.print(
        f"{outcome.messages} messages were played; {outcome.rejected} meant nothing; {outcome.decisions} decisions",
        markup=False,
    )
    if rows:
        table(("device", "quantity", "readings", "people"), rows)
    for link, number in sorted(outcome.elsewhere.items()):
        errors.print(f"{number} messages were not played: this site has no link {link}", markup=False)
    if keep is not None:
        console.print(f"Every verb that reads works on it:  reverbere tail --config {keep}", markup=False)


def show_json(outcome: Outcome) -> None:
    """Print it for programs."""
    readings = {
        device: {quantity: {"readings": number, "sum": total} for quantity, (number, total) in quantities.items()}
        for device, quantities in outcome.readings.items()
    }
    as_json(
        {
            "messages": outcome.messages,
            "rejected": outcome.rejected,
            "decisions": outcome.decisions,
            "readings": readings,
            "elsewhere": dict(outcome.elsewhere),
        }
    )
