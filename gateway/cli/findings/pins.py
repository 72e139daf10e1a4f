"""The pins of the header: which sensors and lamps hang on one that is not held, or not as it should be."""

from collections.abc import Iterator

from gateway.cli.findings.facts import Facts
from gateway.cli.findings.finding import Finding, Grade
from gateway.configuration.site import LampPinSettings
from gateway.wording import plural

_INSTALL = "docs/install-raspberry-pi.md, Key switches"


def pins(facts: Facts) -> Iterator[Finding]:
    """What each pin that is not held comes to: a sensor that is not believed, a lamp that its wiring decides about."""
    if facts.live is None or not facts.site.pins:
        return
    lost, dim, poor = [], [], []
    for held in facts.site.pins:
        status = facts.live.links.get(held.name, {})
        trouble = str(status.get("trouble") or "")
        lamp = isinstance(held, LampPinSettings)
        who = held.lamp if isinstance(held, LampPinSettings) else held.sensor
        if status.get("connected") is True:
            poor += [f"{who}  {trouble}"] if trouble else []
        elif lamp:
            dim.append(f"{who}  takes no orders, its wiring decides what it does: {trouble or 'still opening'}")
        else:
            lost.append(f"{who}  is not believed, its lamps are on failsafe: {trouble or 'still opening'}")
    total = len(facts.site.pins)
    grade = Grade.FAIL if dim else Grade.WARN if lost or poor else Grade.OK
    words = f"{total - len(lost) - len(dim)} of {plural(total, 'pin')} held"
    yield Finding(grade, "pins", words, (*dim, *lost, *poor), (_INSTALL,) if dim or lost or poor else ())
