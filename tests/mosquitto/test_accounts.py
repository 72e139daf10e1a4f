"""Accounts and their rights, held against what the conventions really listen to and say."""

from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import topic_matches_sub

from devices.convention import NAMES, WIRED, find
from devices.device import Device, DeviceId, Kind
from devices.light import LightCommand
from gateway.configuration.site import HomeAssistantSettings, MqttSettings, Site
from gateway.mosquitto import acl
from gateway.mosquitto.accounts import accounts, gateway, spoken
from gateway.mosquitto.errors import BrokerError
from gateway.mosquitto.rights import MAKES
from tests.lighting.street import plan
from tests.mosquitto.mixed import mixed


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return mixed(tmp_path_factory.mktemp("mixed"))


def of(*devices: Device) -> Site:
    return Site("chalon", "Chalon", plan(), devices, Path("state"), MqttSettings("127.0.0.1", 8883))


def device(name: str, convention: str = "native", address: str = "", kind: Kind = Kind.SENSOR) -> Device:
    return Device(DeviceId(name), kind, "mqtt", convention, address or name)


def may(filters: tuple[str, ...], topic: str) -> bool:
    return any(topic_matches_sub(each, topic) for each in filters)


def test_every_convention_that_is_spoken_at_a_broker_has_its_rights() -> None:
    assert MAKES.keys() == set(NAMES) - set(WIRED)


def test_a_site_of_many_makes_has_each_of_them(site: Site) -> None:
    assert {each.convention for each in spoken(site)} == MAKES.keys() - {
        "homeassistant",
        "cayenne",
        "custom",
        "paxcounter",
    }


def test_the_gateway_hears_all_that_its_conventions_listen_to(site: Site) -> None:
    own = gateway(site, accounts(site))
    for name in MAKES:
        listened = find(name)(site.id, [each for each in spoken(site) if each.convention == name]).topics()
        assert all(may(own.reads, topic.replace("+", "x")) for topic in listened), name


def test_the_gateway_may_say_every_order_and_each_lamp_hears_its_own_and_no_others(site: Site) -> None:
    found = accounts(site)
    own, said = gateway(site, found), 0
    for lamp in (each for each in spoken(site) if each.kind is Kind.LUMINAIRE):
        convention = find(lamp.convention)(
            site.id, [each for each in spoken(site) if each.convention == lamp.convention]
        )
        for message in convention.encode(
            LightCommand(lamp=lamp.id, id="c-1", level=40, ramp=0, valid_for=180_000_000_000)
        ):
            said += 1
            assert may(own.writes, message.topic), message.topic
            hearing = [account for account in found if may(account.reads, message.topic)]
            assert [lamp.id in account.devices for account in hearing] == [True], message.topic
    assert said > 25


def test_each_device_may_say_all_that_its_convention_listens_to(site: Site) -> None:
    for account in accounts(site):
        members = [each for each in spoken(site) if each.id in account.devices]
        convention = members[0].convention
        if convention in ("native", "homie4", "homie5", "sparkplug", "tasmota", "zigbee2mqtt"):
            continue  # these listen to descriptions of everybody too
        for topic in find(convention)(site.id, members).topics():
            assert may(account.writes, topic.replace("+", "status")), (account.name, topic)


def test_no_device_may_say_what_another_one_says(site: Site) -> None:
    found = accounts(site)
    shared = ("shellies/announce", f"reverbere-{site.id}/rpc")
    for account in found:
        for other in found:
            if other is not account:
                for topic in other.writes:
                    heard = topic.replace("+", "x").replace("#", "x")
                    assert topic in shared or not may(account.writes, heard), (account.name, topic)


def test_boards_and_bridges_have_one_account_for_all_that_they_speak_for(site: Site) -> None:
    names = {account.name: account.devices for account in accounts(site)}
    assert names["zigbee2mqtt"] == ("pir-gate", "pir-door", "bulb")
    assert names["z2m-house"] == ("pir-house",)
    assert names["relay-2"] == ("relay-2", "relay-1")
    assert names["senml-1"] == ("senml-1", "senml-2")
    assert names["lamp-07"] == ("lamp-07",)
    assert "counter-quai" not in names  # on a serial line


def test_the_access_file_has_only_who_has_a_password_and_what_the_operator_added(site: Site) -> None:
    found = accounts(site)
    text = acl.written(gateway(site, found), found, {"lamp-07"}, "user grafana\ntopic read #\n")
    assert acl.named(text) == {"gateway", "lamp-07", "grafana"}
    assert f"\nuser lamp-07\ntopic write reverbere/{site.id}/lamp/lamp-07/availability\n" in text
    assert f"\ntopic read reverbere/{site.id}/lamp/lamp-07/set\n" in text


@pytest.mark.parametrize("address", ["a\nuser evil\ntopic readwrite #", "a\rb", "tag ", "a\x00b"])
def test_an_address_cannot_add_lines_to_the_access_file(address: str) -> None:
    with pytest.raises(BrokerError, match="control characters"):
        accounts(of(device("tag", "bthome", address)))


@pytest.mark.parametrize("name", ["gateway", "zigbee2mqtt"])
def test_a_device_that_is_called_like_another_account_is_refused(name: str) -> None:
    with pytest.raises(BrokerError, match="names of their own"):
        accounts(of(device(name), device("pir", "zigbee2mqtt")))


def test_a_lamp_known_by_its_description_opens_all_topics_to_the_gateway_alone() -> None:
    site = of(device("hall", "homeassistant", "light/hall", Kind.LUMINAIRE))
    (account,) = accounts(site)
    own = gateway(site, (account,))
    assert "#" in own.writes
    assert "#" in own.reads
    assert (account.writes, account.reads) == ((), ())
    assert "local.acl" in account.notes[0]
    heard = of(device("hall", "homeassistant", "sensor/hall"))
    assert "#" not in gateway(heard, accounts(heard)).writes


def test_home_assistant_orders_below_its_own_name_and_says_nothing_else() -> None:
    shown = replace(
        of(device("lamp-1", kind=Kind.LUMINAIRE)), homeassistant=HomeAssistantSettings(accounts=("ana", "bob"))
    )
    ana = next(each for each in accounts(shown) if each.name == "ana")
    assert may(ana.writes, "reverbere/chalon/order/ana/quai/set")
    assert may(ana.writes, "homeassistant/status")
    for topic in (
        "reverbere/chalon/order/bob/quai/set",
        "reverbere/chalon/lamp/lamp-1/set",
        "reverbere/chalon/sensor/x",
        "homeassistant/light/x/config",
    ):
        assert not may(ana.writes, topic)
    assert may(ana.reads, "reverbere/chalon/homeassistant/quai/state")
    own = gateway(replace(shown, homeassistant=HomeAssistantSettings(prefix="ha")), ())
    assert may(own.writes, "ha/device/reverbere_chalon/config")
    assert may(own.reads, "ha/status")
    assert may(own.reads, "reverbere/chalon/order/ana/quai/set")
