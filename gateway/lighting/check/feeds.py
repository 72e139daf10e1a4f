"""Switched feeds: what the files cannot say of them, and what then is not found out."""

from collections.abc import Iterator, Mapping, Sequence

from gateway.lighting.check.wording import Note, known, listed, say
from gateway.lighting.plan import Active, Luminaire, Plan, Zone


def feed_notes(plan: Plan) -> Iterator[Note]:
    """What is good to know of each feed: its times, a lamp that is alone on it, zones that are lit at other times."""
    for feed, lamps in _feeds(plan).items():
        (_, first), *_ = lamps
        names = listed(lamp.id for _, lamp in lamps)
        yield Note(
            known(first.place),
            f"when feed {feed} has power is not known here: while it is switched off, no order lights {names}",
        )
        if len(lamps) == 1:
            yield Note(
                known(first.place),
                f"{names} is alone on feed {feed}: by day a dead lamp and a feed that is switched off look the same, "
                "until 15 min after it should shine",
            )
        yield from _at_odds(feed, lamps)


def _feeds(plan: Plan) -> Mapping[str, Sequence[tuple[Zone, Luminaire]]]:
    """The lamps of each feed, with their zones."""
    feeds: dict[str, list[tuple[Zone, Luminaire]]] = {}
    for zone in plan.zones:
        for lamp in zone.luminaires:
            if lamp.feed:
                feeds.setdefault(lamp.feed, []).append((zone, lamp))
    return feeds


def _at_odds(feed: str, lamps: Sequence[tuple[Zone, Luminaire]]) -> Iterator[Note]:
    """Lamps of one feed that programs light at different times: switched for some of them, it leaves others dark."""
    periods: dict[Active, str] = {}
    for zone, _ in lamps:
        for program in zone.programs():
            periods.setdefault(program.active, f"{program.name} of {zone.label}")
    if len(periods) > 1:
        told = [f"{say(active.start)}-{say(active.end)} ({owner})" for active, owner in periods.items()]
        text = f"the lamps of feed {feed} are lit at different times: {', '.join(told)}; it needs power at all of them"
        yield Note(known(lamps[0][1].place), text)
