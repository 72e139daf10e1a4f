"""Whether a zone has the sensors that its programs ask for, and what its sensors cannot say."""

from collections.abc import Iterator

from devices.message import SECOND
from gateway.lighting.check.wording import Note, duration, known, listed, percent, value_of
from gateway.lighting.plan import Counter, Problem, Program, Watch, Zone

LONG_SILENCE = 3600 * SECOND
"""Nanoseconds of heartbeat from which a dead sensor is worth a note."""


def watchers(zone: Zone) -> dict[str, tuple[str, ...]]:
    """The presence sensors that watch each lamp of a zone."""
    return {lamp.id: tuple(watch.sensor for watch in zone.watches if watch.covers(lamp.at)) for lamp in zone.luminaires}


def sensing_problems(zone: Zone) -> Iterator[Problem]:
    """What the programs of a zone ask of sensors that are not there or speak too rarely."""
    for program in zone.programs():
        if program.count is not None and not zone.counters:
            found = f"{program.name} counts people, and {zone.label} has no counter"
            yield Problem(known(zone.place), found, "A sensor that measures pedestrians, or a program without  count:")
        for counter in zone.counters:
            yield from _rare_counter(counter, program)
        watched = watchers(zone)
        if program.presence is not None and watched and not any(watched.values()):
            found = f"{program.name} uses presence, and no presence sensor watches any lamp of {zone.label}"
            yield Problem(known(zone.place), found, "A sensor that measures presence, or a program without  presence:")


def _rare_counter(counter: Counter, program: Program) -> Iterator[Problem]:
    if program.count is not None and counter.expect is not None and counter.expect > program.count.window:
        window, silent = duration(program.count.window), duration(counter.expect)
        yield Problem(
            value_of(counter.place, "heartbeat"),
            f"{counter.sensor} may be silent for {silent}, longer than the window of the count",
            f"A window of {window} needs a counter that reports at least that often: between two reports nobody "
            f"would be counted, and the light would fall although people walk by.",
            f"Let it report each {window} or more often, as heartbeat says then, or count by a window of {silent}.",
        )


def sensing_notes(zone: Zone) -> Iterator[Note]:
    """What is allowed of a zone's sensors and good to know."""
    if not zone.luminaires:
        yield Note(known(zone.place), f"{zone.label} has no lamps yet")
    programs = zone.programs()
    watched = next((program for program in programs if program.presence is not None), None)
    if watched is not None:
        alone = [lamp for lamp, sensors in watchers(zone).items() if not sensors]
        if alone:
            text = f"no presence sensor watches {listed(alone)}: always on failsafe, {percent(watched.failsafe)}"
            yield Note(known(zone.place), text)
    elif zone.watches:
        names = listed([watch.sensor for watch in zone.watches])
        moves = "moves" if len(zone.watches) == 1 else "move"
        text = f"{zone.program.name} does not use presence, so {names} {moves} no lamp"
        yield Note(known(zone.program.place), text)
    if zone.counters and all(program.count is None for program in programs):
        names = listed([counter.sensor for counter in zone.counters])
        text = f"{zone.program.name} does not count, so the counts of {names} move no lamp"
        yield Note(known(zone.program.place), text)
    yield from _neighbour_notes(zone)
    yield from _silent_notes(zone)


def _neighbour_notes(zone: Zone) -> Iterator[Note]:
    rules = [program.presence for program in zone.programs() if program.presence is not None]
    if zone.neighbours and not any(rule.ahead.most or rule.behind for rule in rules):
        names = listed([neighbour.zone for neighbour in zone.neighbours])
        text = f"{zone.program.name} has no  ahead:  or  behind:, so nobody in {names} lights a lamp of {zone.label}"
        yield Note(known(zone.place), text)


def _silent_notes(zone: Zone) -> Iterator[Note]:
    heard: dict[str, Watch | Counter] = {}
    sensors: tuple[Watch | Counter, ...] = (*zone.watches, *zone.counters)
    for sensor in sensors:
        heard.setdefault(sensor.sensor, sensor)
    for name, sensor in heard.items():
        if sensor.expect is None:
            yield Note(known(sensor.place), f"the silence of {name} is trusted: if it dies, nobody learns it")
        elif sensor.expect >= LONG_SILENCE:
            late = duration(sensor.expect)
            yield Note(known(sensor.place), f"if {name} dies, {zone.label} learns it after {late} (heartbeat)")
