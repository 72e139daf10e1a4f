"""Who understands what comes, and how an order finds its lamp."""

from dataclasses import replace

import pytest

from devices.device import Device, DeviceId, Kind
from gateway.daemon import routes
from gateway.daemon.routes import Routes
from tests.daemon.house import LAMPS, ROOT, ROUTES, site

PORT = "/dev/ttyUSB0"


def test_a_link_listens_to_what_its_devices_speak_on() -> None:
    assert f"{ROOT}/sensor/+" in ROUTES.topics("mqtt")
    assert ROUTES.topics("elsewhere") == frozenset()


def test_a_topic_finds_its_convention_on_its_own_link_only() -> None:
    beam = Device(DeviceId("beam"), Kind.SENSOR, f"serial:{PORT}", "native", PORT)
    table = Routes(replace(site(), devices=(*site().devices, beam)))
    assert table.convention(f"serial:{PORT}", PORT) is not None
    assert table.convention("mqtt", PORT) is None
    assert table.convention("mqtt", f"{ROOT}/sensor/newcomer") is not None


def test_an_order_finds_the_link_of_its_lamp() -> None:
    convention, link = ROUTES.lamp(LAMPS[0])
    assert link == "mqtt"
    assert f"{ROOT}/lamp/+/state" in convention.topics()
    with pytest.raises(KeyError):
        ROUTES.lamp(DeviceId("nobody"))


def test_a_flood_of_made_up_topics_does_not_fill_the_memory() -> None:
    table = Routes(site())
    for number in range(routes.REMEMBERED + 10):
        table.convention("mqtt", f"{ROOT}/sensor/made-up-{number}")
    assert len(table._known) <= routes.REMEMBERED
