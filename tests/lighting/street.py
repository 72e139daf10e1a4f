"""A small street to try the engine on: three lamps, two counters, two motion sensors."""

from devices.device import DeviceId
from gateway.lighting.plan import (
    Active,
    Counter,
    CountRule,
    Curve,
    LampType,
    Luminaire,
    Moment,
    Plan,
    PresenceRule,
    Program,
    Ramp,
    Step,
    Watch,
    Zone,
    ZoneId,
)

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DUSK = 1_795_276_800 * SECOND  # 2026-11-21 16:00 UTC; the sun sets at 16:00 in Chalon-sur-Saône that day

WEST, EAST = DeviceId("counter-west"), DeviceId("counter-east")
MOTION = (DeviceId("motion-1"), DeviceId("motion-2"))
LED = LampType(28.0, 4.0, 10.0, 0.5)
NIGHT = Active(Moment("sunset", 0), Moment("sunrise", 0))
STEPS = (
    Step(Moment("sunset", 0), "P4", "P5", 0.0, 100.0),
    Step(Moment("clock", 22 * HOUR + 30 * MINUTE), "P5", "P6", 0.0, 80.0),
    Step(Moment("clock", 5 * HOUR + 30 * MINUTE), "P4", "P6", 0.0, 100.0),
)
COUNT = CountRule(10 * MINUTE, Curve(((0.0, 40.0), (20.0, 60.0), (60.0, 100.0))), 10 * MINUTE, 2)
PRESENCE = PresenceRule(100.0, 45 * SECOND, 10 * MINUTE)
QUIET = Program("quiet-street", NIGHT, 100.0, COUNT, PRESENCE, Ramp(2 * SECOND, 45 * SECOND), STEPS)


def street(program: Program = QUIET) -> Zone:
    """Three lamps; the first two are watched by motion-1, the last two by motion-2."""
    return Zone(
        ZoneId("street"),
        "Rue des Tanneurs",
        90.0,
        tuple(Luminaire(DeviceId(f"lamp-{number}"), number * 30.0, LED) for number in (1, 2, 3)),
        (Watch(MOTION[0], 0.0, 60.0, 5 * MINUTE), Watch(MOTION[1], 60.0, 90.0, 5 * MINUTE)),
        (Counter(WEST, 0.0, 10 * MINUTE), Counter(EAST, 90.0, 10 * MINUTE)),
        program,
        "P4",
        5.0,
    )


def one_lamp_zone(name: str, lamp: DeviceId, sensor: DeviceId) -> Zone:
    """A zone of its own with presence alone."""
    program = Program("courtyard", NIGHT, 60.0, None, PRESENCE, Ramp(SECOND, 30 * SECOND), STEPS[:1])
    watch = Watch(sensor, 0.0, 20.0, 5 * MINUTE)
    return Zone(ZoneId(name), name, 20.0, (Luminaire(lamp, 6.0, LED),), (watch,), (), program, "P4", 5.0)


def plan(*zones: Zone) -> Plan:
    """A plan of these zones, or of the street alone, at Chalon-sur-Saône."""
    return Plan("digest", 46.7806, 4.8528, "Europe/Paris", zones or (street(),))
