"""The live view of a street in the terminal: counts, levels, causes."""

import asyncio
from collections.abc import Iterator
from datetime import tzinfo

from rich.console import Group
from rich.live import Live
from rich.text import Text

from gateway.cli.show import clock_time, console, zone_of
from gateway.clock import SECOND, ScaledClock
from gateway.configuration.site import Site
from gateway.daemon.service import Gateway
from gateway.lighting.decision import Decision
from gateway.lighting.engine import Engine
from gateway.lighting.plan import Zone

REFRESH = 0.25
"""Real seconds between two pictures."""

LINE = 5.0
"""Real seconds between two lines where there is no terminal to draw on."""

BARS = "▁▂▃▄▅▆▇█"
LATELY = 6


async def watch(site: Site, clock: ScaledClock, gateway: Gateway, *, silent: bool) -> None:
    """Show the street until cancelled; nothing if silent, a line now and then where there is no terminal."""
    zone = zone_of(site.plan)
    if silent:
        return
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE)
            console.print(_line(site, clock.now().time, gateway, zone), markup=False)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(_picture(site, clock.now().time, gateway, zone), refresh=True)
            await asyncio.sleep(REFRESH)


def _line(site: Site, now: int, gateway: Gateway, zone: tzinfo) -> str:
    levels = [decision.level for decision in gateway.engine.decisions()]
    mean = sum(levels) / len(levels) if levels else 0
    health = gateway.health()
    return (
        f"{clock_time(now, zone)}  {site.title}: mean level {mean:.0f} %, "
        f"{health.messages} messages, {health.commands} orders, {health.record.seq} entries stored"
    )


def _picture(site: Site, now: int, gateway: Gateway, zone: tzinfo) -> Group:
    engine, health = gateway.engine, gateway.health()
    lines = [Text(f"{site.title}    {clock_time(now, zone)}", style="bold"), Text()]
    for each in site.plan.zones:
        lines += _zone(each, engine)
    lines.append(Text("Lately", style="bold"))
    lines += [Text(_decision(decision, zone)) for decision in _lately(engine)]
    record = health.record
    lines += [
        Text(),
        Text(
            f"{health.messages} messages in, {health.rejected} rejected, {health.duplicates} came twice, "
            f"{health.commands} orders out; {record.seq} entries stored, a commit takes "
            f"{record.commit_p50_seconds * 1e3:.1f} ms"
        ),
        Text("Ctrl-C ends it. Why is a lamp so bright?  reverbere explain lamp-07  (see --keep)", style="dim"),
    ]
    return Group(*lines)


def _zone(zone: Zone, engine: Engine) -> Iterator[Text]:
    lamps = sorted(zone.luminaires, key=lambda lamp: lamp.at)
    flow = engine.zone(lamps[0].id).sliding(engine.now) if lamps else None
    people = "" if flow is None else f"   {flow:.0f} people/h"
    yield Text(f"{zone.label}{people}", style="bold")
    bars, levels = Text("   "), Text("   ")
    for lamp in lamps:
        try:
            decision = engine.standing(lamp.id)
        except KeyError:
            continue
        bars.append(BARS[min(7, decision.level * 8 // 101)] * 3 + "  ", style="yellow")
        levels.append(f"{decision.level:>3}  ")
    yield bars
    yield levels
    yield Text()


def _lately(engine: Engine) -> list[Decision]:
    return sorted(engine.decisions(), key=lambda decision: decision.time)[-LATELY:]


def _decision(decision: Decision, zone: tzinfo) -> str:
    decided = decision.decided
    note = f": {decided.note}" if decided.note else ""
    target = f"{decision.lamp:<9} {decision.level:>3} % over {decision.ramp / SECOND:g} s"
    return f"   {clock_time(decision.time, zone)}  {target}  {decided.rank.value}{note}"
