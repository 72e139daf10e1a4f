"""The digest of a plan: equal for equal meaning, whatever the files look like."""

import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import Any

from gateway.lighting.plan import Plan, Zone

_SIZE = 6
"""Bytes: twelve letters are enough to tell the plans of one site apart and short enough to be read aloud."""

_NO_MEANING = frozenset({"digest", "label"})


def digest(plan: Plan) -> str:
    """A blake2b of all values of a plan that can move a lamp: not of places, of labels or of the order of devices."""
    return blake2b(json.dumps(_canonical(_ordered(plan)), sort_keys=True).encode(), digest_size=_SIZE).hexdigest()


def _ordered(plan: Plan) -> Plan:
    return replace(plan, zones=tuple(_zone(zone) for zone in sorted(plan.zones, key=lambda zone: zone.id)))


def _zone(zone: Zone) -> Zone:
    return replace(
        zone,
        luminaires=tuple(sorted(zone.luminaires, key=lambda lamp: lamp.id)),
        watches=tuple(sorted(zone.watches, key=lambda watch: watch.sensor)),
        counters=tuple(sorted(zone.counters, key=lambda counter: counter.sensor)),
    )


def _canonical(value: Any) -> Any:
    """A value as JSON knows it: dataclasses as objects of what counts in their comparison."""
    if is_dataclass(value):
        kept = (item for item in fields(value) if item.compare and item.name not in _NO_MEANING)
        return {item.name: _canonical(getattr(value, item.name)) for item in kept}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_canonical(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
