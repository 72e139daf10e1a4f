"""What was found out of whether a lamp gives the light of its level, in a sentence and as an object."""

from datetime import tzinfo

from gateway.cli.show import day_time, iso
from gateway.lighting.facts import Measured, Proof

_UNITS = {"watts": "W", "lux": "lx"}


def proven(proof: Proof, zone: tzinfo) -> str:
    """When its dimming was proven or disproven, by what, and by whom if it was a person."""
    by = "its watts" if proof.by == "watts" else f"lux measured by {proof.owner}"
    when = day_time(proof.time, zone)
    points = ", ".join(_point(point, _UNITS[proof.by]) for point in proof.points)
    if proof.verdict == "misfit":
        mended = f"To prove it:  reverbere calibrate {proof.target}"
        return f"A level is not the light that it says, by {by} on {when}: {points}. {mended}"
    return f"That a level is the light that it says is proven by {by} on {when}: {points}."


def _point(point: Measured, unit: str) -> str:
    level, expected, found = point
    said = f"{found:.1f} {unit} at {level:g} %"
    return said if found == expected else f"{said} ({expected:.1f} expected)"


def as_object(proof: Proof | None) -> dict[str, object] | None:
    """The same for programs; docs/explain.md says what every name means."""
    if proof is None:
        return None
    return {
        "time": iso(proof.time),
        "by": proof.by,
        "verdict": proof.verdict,
        "owner": proof.owner or None,
        "points": [point._asdict() for point in proof.points],
    }
