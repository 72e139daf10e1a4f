"""The gateway itself, its lamps and its sensors: whether the light is as decided, and who is not believed."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import Finding, Grade, names, span
from gateway.cli.show import ago, clock_time, lasting
from gateway.clock import SECOND
from gateway.study.survey import Doubted
from gateway.wording import plural

_WHY = {
    "stale": "silent",
    "offline": "said that it went, or its broker did",
    "impossible": "says what cannot be",
    "stuck": "has seen somebody without a break for too long",
    "flapping": "comes and goes too often",
    "zeros": "has counted nobody for longer than this hour of the week makes likely",
}
"""Verdicts on sensors in words; one that is not here speaks for itself."""


def gateway(facts: Facts) -> Iterator[Finding]:
    """Whether it runs, and gets on."""
    if not facts.running:
        yield Finding(
            Grade.FAIL,
            "gateway",
            "does not run: this is how the record ends",
            ("each lamp has taken its own failure level, three minutes after its last order",),
            ("systemctl status reverbere", "journalctl -u reverbere -n 50"),
        )
    elif facts.live is None and facts.unwritable and not facts.refusal:
        yield Finding(
            Grade.FAIL,
            "gateway",
            "runs without a record: this is how that ends",
            ("lamps are on failsafe; what sensors say waits at the broker; no orders are taken",),
            ("journalctl -u reverbere -n 50",),
        )
    elif facts.live is not None and facts.live.stalled:
        words = f"runs, but {facts.live.stalled} does not get on: the watchdog will start it anew"
        yield Finding(Grade.FAIL, "gateway", words, (), ("journalctl -u reverbere -n 50",))
    elif facts.foreign:
        words = "runs, and is of another version than this command: its own figures are left out"
        yield Finding(Grade.WARN, "gateway", words, (), ("systemctl restart reverbere",))
    elif facts.refusal:
        yield Finding(Grade.OK, "gateway", "runs; its own figures are left out", (facts.refusal,))
    else:
        yield Finding(Grade.OK, "gateway", "runs and gets on" if facts.live is not None else "runs")


def street(facts: Facts) -> Iterator[Finding]:
    """Lamps: who answers, who follows the rule, and who is dark that should not be."""
    found = facts.survey
    answering = found.lamps - len(found.silent) - sum(found.feeds_off.values())
    words = f"{answering} of {found.lamps} lamps answer; {found.lamps - len(found.failsafe)} follow their rule"
    if found.failsafe:
        words += f", on failsafe: {names(found.failsafe)}"
    commands = []
    details = [
        f"feed {feed} is off, with its {plural(lamps, 'lamp')}: none of them need shine"
        for feed, lamps in found.feeds_off.items()
    ]
    if found.silent:
        details.append(
            f"silent for 10 min: {names(found.silent)}. Orders go on; without them each takes its own failure level"
        )
        commands.append(f"reverbere explain {found.silent[0]}")
    if found.dark:
        details.append(f"dark, by their own word, though they were told to shine: {names(found.dark)}")
        commands.append(f"reverbere explain {found.dark[0]}")
    grade = Grade.FAIL if found.dark else Grade.WARN if found.silent else Grade.OK
    yield Finding(grade, "street", words, tuple(details), tuple(dict.fromkeys(commands)))


def sensors(facts: Facts) -> Iterator[Finding]:
    """Sensors: who is not believed, why, since when, and what the lamps do about it."""
    found = facts.survey
    details = [_doubted(each, facts) for each in found.doubted]
    details += [
        f"{sensor}  battery {left:g} %: nothing changes until it is empty; change it soon"
        for sensor, left in found.batteries.items()
    ]
    commands = [f"reverbere explain {each.failsafe[0]}" for each in found.doubted[:1] if each.failsafe]
    yield Finding(
        Grade.WARN if details else Grade.OK,
        "sensors",
        f"{found.sensors - len(found.doubted)} of {found.sensors} trusted",
        tuple(details),
        (*commands, "reverbere devices") if details else (),
    )


def _doubted(each: Doubted, facts: Facts) -> str:
    expected = "" if each.expect is None else f", expected every {lasting(each.expect)}"
    why = _WHY.get(each.why, each.why)
    if each.heard is None:
        words = f"never heard{expected}"
    elif why == _WHY["stale"] or not why:
        words = f"silent for {span((facts.at - each.heard) / SECOND)}{expected}"
    else:
        words = f"{why}; last heard {ago(each.heard, facts.at)}{expected}"
    since = "" if each.since is None else f" since {clock_time(each.since, facts.zone)[:5]}"
    lamps = (
        f". On failsafe for it{since}: {names(each.failsafe)}" if each.failsafe else "; no lamp is on failsafe for it"
    )
    return f"{each.sensor}  {words}{lamps}"
