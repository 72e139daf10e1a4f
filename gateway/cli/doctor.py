"""`reverbere doctor`: one line a subject, what the street does about it, and the next command."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from gateway.cli.findings import certificates, files, keys, lamps, light, links, machine, pins, record, street
from gateway.cli.findings.facts import Facts, gather
from gateway.cli.findings.finding import Finding, Grade, names, span
from gateway.cli.hints import typed
from gateway.cli.live import live
from gateway.cli.opened import opened
from gateway.cli.show import as_json, console, date_time, iso
from gateway.clock import SECOND
from gateway.wording import plural

SUBJECTS = (
    street.gateway,
    street.street,
    lamps.lamps,
    light.light,
    street.sensors,
    keys.keys,
    links.broker,
    certificates.certificates,
    links.serial,
    pins.pins,
    links.dali,
    record.record,
    record.databases,
    record.rejected,
    files.files,
    machine.clock,
    machine.machine,
)
"""In the order in which they are told: the light first."""


def show(folder: Path) -> int:
    """Print it for people; 1 if something wants their eye, else 0. Raises `ConfigurationError`, `RecordError`."""
    with opened(folder) as here:
        facts = gather(folder, here, live(here.site.state))
        findings = examine(facts)
        for line in (_heading(facts), "", *_lines(findings, folder), "", verdict(facts, findings)):
            console.print(line, markup=False)
        return status(findings)


def show_json(folder: Path) -> int:
    """Print the same as JSON, with the figures behind it; 1 if something wants somebody's eye, else 0."""
    with opened(folder) as here:
        facts = gather(folder, here, live(here.site.state))
        findings = examine(facts)
        as_json(tree(facts, findings))
        return status(findings)


def examine(facts: Facts) -> list[Finding]:
    """All findings, subject by subject."""
    return [finding for subject in SUBJECTS for finding in subject(facts)]


def status(findings: Sequence[Finding]) -> int:
    """The exit: 0 if all is well."""
    return int(any(finding.grade is not Grade.OK for finding in findings))


def tree(facts: Facts, findings: Sequence[Finding]) -> dict[str, object]:
    """Everything that was found, for programs."""
    return {
        "site": facts.site.id,
        "at": iso(facts.at),
        "running": facts.running,
        "warnings": _count(findings, Grade.WARN),
        "failures": _count(findings, Grade.FAIL),
        "verdict": verdict(facts, findings),
        "findings": [asdict(finding) | {"grade": finding.grade.value} for finding in findings],
        "street": asdict(facts.survey),
        "record": asdict(facts.growth),
        "live": None if facts.live is None else asdict(facts.live),
    }


def verdict(facts: Facts, findings: Sequence[Finding]) -> str:
    """The last line: how much there is to do, and whether anybody is in the dark."""
    warnings, failures = _count(findings, Grade.WARN), _count(findings, Grade.FAIL)
    if not warnings and not failures:
        total = "All is well."
    else:
        total = f"{plural(warnings, 'warning') if warnings else 'No warning'}, "
        total += f"{plural(failures, 'failure') if failures else 'no failure'}."
    return f"{total} {_dark(facts)}"


def _dark(facts: Facts) -> str:
    found = facts.survey
    if not found.lit:
        return "No lamp need shine now."
    if found.dark:
        return f"It is dark at {names(found.dark)}."
    if found.silent:
        return f"Nobody is known to be in the dark; go and look at {names(found.silent)}."
    if not facts.running:
        return "Nobody was in the dark when the record ended."
    return "Nobody is in the dark."


def _heading(facts: Facts) -> str:
    parts = [f"Réverbère {version('reverbere')}", facts.site.id, date_time(facts.at, facts.zone)]
    if facts.live is not None:
        parts.append(f"up {span(facts.at / SECOND - facts.live.start_time_seconds)}")
        parts.append(f"plan {facts.live.plan[:4]}")
    return "   ".join(parts)


def _lines(findings: Sequence[Finding], folder: Path) -> Iterator[str]:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        yield f" {finding.grade.value:<4}  {finding.subject:<{width}}  {finding.words}"
        for more in finding.details:
            yield f" {'':<4}  {'':<{width}}  {more}"
        if finding.next:
            yield f" {'':<4}  {'':<{width}}  " + "   ".join(f"-> {typed(command, folder)}" for command in finding.next)


def _count(findings: Sequence[Finding], grade: Grade) -> int:
    return sum(finding.grade is grade for finding in findings)
