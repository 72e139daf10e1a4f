"""What the doctor looks at: the files, the record, this machine, and what the running gateway says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from gateway.cli.findings.certificates import Shown, shown
from gateway.cli.findings.mosquitto import Limits, configured, free_memory
from gateway.cli.live import Said
from gateway.cli.opened import Opened
from gateway.cli.show import zone_of
from gateway.clock import SECOND
from gateway.configuration import texts
from gateway.configuration.site import Site
from gateway.daemon.health import Health
from gateway.daemon.machine import Machine, look
from gateway.lighting.calendar import Calendar
from gateway.lighting.plan import Active, Moment, Plan, Problem
from gateway.record.growth import Growth, growth
from gateway.record.retention import Keep
from gateway.study.survey import Survey, survey

_HERE = ("127.0.0.1", "::1", "localhost")
_AFTERNOON = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Files:
    """The plan that holds, when it was adopted (ns), and how the files as they stand differ from those it came from.

    `unread` ones are good, and others; `mistakes` keep them from being read.
    """

    plan: str
    adopted: int
    mistakes: tuple[Problem, ...] = ()
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it as of `at` (ns). `live` is what the running gateway says; None if none runs or none answers.

    `broker` are mosquitto's own limits where its files can be read here, `memory` the bytes that are free on this
    machine, `sun` when it sets and rises tonight (ns), None where it does not.
    """

    at: int
    site: Site
    running: bool
    survey: Survey
    growth: Growth
    broker: Limits | None
    memory: int | None
    machine: Machine
    sun: tuple[int, int] | None
    files: Files
    live: Health | None = None
    foreign: bool = False
    """Whether the running gateway answered, and its figures have other names than this software knows."""
    refusal: str = ""
    """Why the running gateway does not say how it fares; empty if it does, or none runs."""
    unwritable: str = ""
    """Why nobody can write the record now; empty if somebody can."""
    certificate: Shown | None = None
    """What the broker shows as its certificate; None where it shows none."""

    @property
    def zone(self) -> tzinfo:
        """The street's own time zone."""
        return zone_of(self.site.plan)


def gather(folder: Path, here: Opened, said: Said) -> Facts:
    """Look at everything once, at a site's files too. Raises `RecordError` if no gateway has run there yet."""
    site, kept = here.site, here.site.record
    health = None if said.figures is None else understood(said.figures)
    local = site.mqtt is not None and site.mqtt.broker == "mosquitto" and site.mqtt.host in _HERE
    return Facts(
        at=here.now,
        site=site,
        running=here.reader.running(),
        survey=survey(here.reader, here.now, tuple(target.name for target in site.targets)),
        growth=growth(
            here.reader, Keep(kept.keep_readings, kept.keep_hourly, kept.keep_decisions, kept.max_size), here.now
        ),
        broker=configured() if local else None,
        memory=free_memory() if local else None,
        # What its own memory is concerns nobody: the gateway is another process.
        machine=replace(look(site.state), memory=None),
        sun=tonight(site.plan, here.now),
        files=_files(folder, here),
        live=health,
        foreign=said.figures is not None and health is None,
        refusal=said.refusal,
        unwritable=unwritable(site.state),
        certificate=shown(site.mqtt, folder),
    )


def unwritable(folder: Path) -> str:
    """Why nothing can be written in a folder now, in words; empty if it can be, or nobody knows."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return ""
    if found.f_flag & os.ST_RDONLY:
        return f"{folder} is on a file system that can only be read"
    return "" if found.f_bavail else f"{folder} is on a disk that is full"


def _files(folder: Path, here: Opened) -> Files:
    last = here.reader.adoptions()[-1]
    # A demo's plan has no files of its own: nobody can read them anew.
    kept = last.adopted.files
    unread = not here.mistakes and kept is not None and kept.digest != texts.digest(texts.fetch_all(folder))
    return Files(last.adopted.plan.digest, last.at, here.mistakes, unread)


def understood(live: Mapping[str, object]) -> Health | None:
    """What a gateway says of itself; None if it is of another version, whose figures have other names."""
    try:
        return _HEALTH.validate_python(live)
    except ValidationError:
        return None


_HEALTH = TypeAdapter(Health)


def tonight(plan: Plan, at: int) -> tuple[int, int] | None:
    """When the sun sets and rises in the night from noon to noon that `at` is in, or that follows it."""
    calendar = Calendar(plan.latitude, plan.longitude, plan.timezone)
    day = (datetime.fromtimestamp(at // SECOND, zone_of(plan)) - _AFTERNOON).date()
    return calendar.span(Active(Moment("sunset", 0), Moment("sunrise", 0)), day)
