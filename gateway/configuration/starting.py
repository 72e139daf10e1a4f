"""The three files that a site begins with: small, with comments, and good by `check` before there is any device."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.configuration.places import folded
from gateway.configuration.ranges import LONGEST
from gateway.configuration.writing import scalar

MQTT_SECRET, INFLUX_SECRET = "secrets/mqtt", "secrets/influxdb"
"""The files of passwords and tokens, from the folder of the site."""

_NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


@dataclass(frozen=True, slots=True)
class Street:
    """What is lit first, as the operator calls it; `length` with its unit."""

    label: str
    length: str


@dataclass(frozen=True, slots=True)
class BrokerAt:
    """The broker as site.yaml names it; with a `username`, its password is in `MQTT_SECRET`."""

    url: str
    username: str = ""
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class CopyTo:
    """A server that gets a copy. Version 1 takes `database` and perhaps `username`, 2 and 3 `bucket`, 2 also `org`.

    `secret` says that its password or token is in `INFLUX_SECRET`.
    """

    url: str
    version: Literal[1, 2, 3]
    database: str = ""
    username: str = ""
    org: str = ""
    bucket: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """All that is asked of somebody who begins; coordinates in degrees, `keep` with its unit."""

    name: str
    town: str
    latitude: float
    longitude: float
    time_zone: str
    street: Street
    broker: BrokerAt
    state: str
    keep: str
    copy: CopyTo | None = None


def files(start: Start) -> Mapping[str, str]:
    """The texts of the three files, by their names."""
    return {
        "site.yaml": "".join(f"{line}\n" for line in _site(start)),
        "devices.yaml": _DEVICES.format(zone=zone_id(start.street.label)),
        "lighting.yaml": _LIGHTING.format(
            zone=zone_id(start.street.label), label=scalar(start.street.label), length=start.street.length
        ),
    }


def site_id(name: str) -> str:
    """The id that a site gets by its name."""
    return _id(name, "site")


def zone_id(label: str) -> str:
    """The id that a street gets by its name."""
    return _id(label, "street")


def _id(name: str, otherwise: str) -> str:
    slug = slugged(name)
    return otherwise if slug in _NOT_TEXT else slug or otherwise


def slugged(name: str) -> str:
    """A name in lower-case letters, digits and hyphens; nothing where it has no letter that could be one."""
    return re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:LONGEST].strip("-")


def _site(start: Start) -> Iterator[str]:
    yield "# Where this gateway stands and whom it talks to. Always write the unit. docs/guide.md has every key."
    yield "# After every change:  reverbere check"
    yield "version: 1"
    yield ""
    yield "site:"
    yield f"  id: {site_id(start.name):<27} # in every topic, row and export: do not change it once there is a record"
    yield f"  name: {scalar(start.name)}"
    yield f"  latitude: {start.latitude:<21.4f} # {start.town}; sunset and sunrise follow from here"
    yield f"  longitude: {start.longitude:.4f}"
    yield f"  time_zone: {start.time_zone}"
    yield ""
    yield "mqtt:"
    yield f"  url: {start.broker.url}"
    if start.broker.username:
        yield f"  username: {scalar(start.broker.username)}"
        yield f"  password_file: {MQTT_SECRET}   # the password is in that file, and only there"
    if start.broker.ca_file:
        yield f"  ca_file: {scalar(start.broker.ca_file)}"
    if start.copy is not None:
        yield ""
        yield "influxdb:                         # a copy, for Grafana; the record is the original"
        yield from _copy(start.copy)
    yield ""
    yield "record:"
    yield f"  keep: {{readings: {start.keep}, hourly: 10 years, decisions: 5 years}}"
    yield ""
    yield f"state: {scalar(start.state):<26} # the folder of the record"


def _copy(copy: CopyTo) -> Iterator[str]:
    yield "  - name: influxdb"
    yield f"    version: {copy.version}"
    yield f"    url: {copy.url}"
    named = {"database": copy.database, "username": copy.username, "org": copy.org, "bucket": copy.bucket}
    for key, value in named.items():
        if value:
            yield f"    {key}: {scalar(value)}"
    if copy.secret:
        yield f"    {'password_file' if copy.version == 1 else 'token_file'}: {INFLUX_SECRET}"


_DEVICES = """\
# What hangs where: sensors, lamps and makes of lamp. Metres count along the zone from its start.
# A site may run without any device. This is how they look; docs/deploy-a-sensor.md has every make:
#
# sensors:
#   motion-1: {{zone: {zone}, at: 10 m, sees: 8 m, convention: native, measures: presence, heartbeat: 5min}}
#
# luminaires:
#   lamp-1: {{zone: {zone}, at: 10 m, convention: native, type: led-28w}}
#
# types:
#   led-28w: {{full: 28 W, dimmed: 4 W at 10%, standby: 0.5 W}}
version: 1
"""

_LIGHTING = """\
# How it shines. Highest first: override, failsafe, presence or count (the brighter), default.
version: 1

zones:
  {zone}:
    label: {label}
    length: {length}
    class: P5                     # the class of EN 13201-2 that it was designed for
    # design: 3.0 lx              # maintained average at 100%: while this is not written, nothing is ever dimmed
    program: lit                  # quiet, once a presence sensor watches lamps here

programs:
  lit:                            # needs no sensor
    active: {{from: sunset, to: sunrise}}
    failsafe: 100%                # for each lamp that no healthy sensor watches
    ramp: {{up: 2s, down: 45s}}
    steps:                        # class: owed to people; empty: where nobody is; default: light without a reason
      - {{from: sunset, class: P5, default: 100%}}

  quiet:
    like: lit                     # all that is not written here is as there
    presence:
      level: 100%
      hold: 45s                   # after the last sign of somebody
    # count:                      # once a sensor measures pedestrians: people per hour, and light
    #   window: 10min
    #   curve: {{0/h: 40%, 20/h: 60%, 60/h: 100%}}
    #   hold: 10min
    steps:
      - {{from: sunset, class: P5, empty: P6}}
"""
