"""The files that a new site begins with are good, whatever it is called."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.configuration.build import understand
from gateway.configuration.site import Site
from gateway.configuration.starting import BrokerAt, CopyTo, Start, Street, files
from tests.configuration.start import START


def site(start: Start, **more: str) -> Site:
    texts = {name: (text + more.get(name.removesuffix(".yaml"), "")).encode() for name, text in files(start).items()}
    return understand(Path("new"), texts)


def test_a_new_site_is_good_and_has_what_was_answered() -> None:
    made = site(START)
    assert (made.id, made.title, made.devices) == ("nicephore-labs", "Nicéphore Labs", ())
    (zone,) = made.plan.zones
    assert (zone.id, zone.label, zone.length) == ("rue-des-tanneurs", "Rue des Tanneurs", 600.0)
    assert (made.plan.latitude, made.plan.longitude, made.plan.timezone) == (46.7811, 4.8537, "Europe/Paris")
    assert made.state == Path("new/state")


NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40).map(str.strip)


@settings(max_examples=40)
@given(NAMES.filter(bool), NAMES.filter(bool))
def test_whatever_it_is_called_it_is_good_and_called_so(name: str, street: str) -> None:
    made = site(replace(START, name=name, street=Street(street, "1.5 km")))
    assert made.title == name
    assert made.plan.zones[0].label == street


@pytest.mark.parametrize(
    "name", ["yes", "null", "a: b", "#1", "a, b", '"quoted"', "l'été", "0417", "{x}", "- x", "a #b"]
)
def test_names_that_yaml_would_take_for_something_else_are_quoted(name: str) -> None:
    assert site(replace(START, name=name)).title == name


def test_broker_and_copy_stand_there_and_their_secrets_in_files() -> None:
    made = site(
        replace(
            START,
            broker=BrokerAt("mqtts://broker.example:8883", "gateway", "/etc/ssl/ca.pem"),
            copy=CopyTo("http://127.0.0.1:8086", 2, org="lab", bucket="street", secret=True),
        )
    )
    assert made.mqtt is not None
    assert (made.mqtt.host, made.mqtt.tls, made.mqtt.username) == ("broker.example", True, "gateway")
    assert made.mqtt.password_file == Path("new/secrets/mqtt")
    (target,) = made.targets
    assert (target.version, target.org, target.bucket) == (2, "lab", "street")
    assert target.token_file == Path("new/secrets/influxdb")


def test_what_stands_in_comments_is_good_once_they_are_taken_off() -> None:
    texts = files(START)
    devices = texts["devices.yaml"].replace("#\n", "")
    head, _, example = devices.partition("make:\n")
    example, _, version = example.rpartition("version: 1")
    devices = (
        head + "make:\nversion: 1\n" + "".join(line.removeprefix("# ") for line in example.splitlines(keepends=True))
    )
    devices = devices.replace(
        "motion-1:",
        "counter-1: {zone: rue-des-tanneurs, at: 0 m, convention: native, "
        "measures: pedestrians, heartbeat: 5min}\n  motion-1:",
    )
    lighting = texts["lighting.yaml"].replace("# design:", "design:").replace("program: lit  ", "program: quiet")
    begin = lighting.index("    # count:")
    end = lighting.index("    steps:", begin)
    count = re.sub("^    # ", "    ", lighting[begin:end], flags=re.MULTILINE)
    made = understand(
        Path("new"),
        {
            "site.yaml": texts["site.yaml"].encode(),
            "devices.yaml": devices.encode(),
            "lighting.yaml": (lighting[:begin] + count + lighting[end:]).encode(),
        },
    )
    (zone,) = made.plan.zones
    assert zone.design == 3.0
    assert zone.program.count is not None
    assert zone.program.presence is not None
    assert [lamp.id for lamp in zone.luminaires] == ["lamp-1"]
    assert version == "\n"
