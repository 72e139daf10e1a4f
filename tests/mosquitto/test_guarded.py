"""Who may say and hear what, on a real mosquitto that was set up by `reverbere broker setup`."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import topic_matches_sub

from gateway.mosquitto import authority
from gateway.mosquitto.accounts import gateway
from tests.conftest import running
from tests.mosquitto.mixed import Guarded, Home, home
from tests.mosquitto.talker import NOT_AUTHORIZED, Closed, Talker, greeted

pytestmark = pytest.mark.server

TAKEN = (0, 0x10)
"""Success, and success where nobody listens."""

WITNESS = "witness"
"""A program that is nothing of the site's: local.acl lets it say and hear everything."""


class Street:
    """The broker, its accounts and their passwords."""

    def __init__(self, at: Home, words: dict[str, str]) -> None:
        found = at.grounds()
        self.at, self.words = at, words
        self.accounts = found.accounts
        self.gateway = gateway(found.site, found.accounts)

    def client(self, name: str, *, will: str = "") -> Talker:
        return Talker(self.at.plain, name, self.words[name], will=will)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("guarded")
    at = home(folder)
    (at.etc / "reverbere").mkdir()
    (at.etc / "reverbere" / "local.acl").write_text(f"user {WITNESS}\ntopic readwrite #\n")
    at.set_up()
    words = at.enrol(WITNESS)
    with running(lambda: Guarded(folder / "run", at)):
        yield Street(at, words)


def concrete(filter_: str) -> str:
    """A topic that a filter means."""
    return filter_.replace("+", "some").replace("#", "some/thing")


def may(filters: tuple[str, ...], topic: str) -> bool:
    return any(topic_matches_sub(each, topic) for each in filters)


def _alike(topic: str) -> bool:
    """Whether this is of one of the many lamps and sensors that are like lamp-07, lamp-08 and motion-01."""
    many = (level for level in topic.split("/") if level.startswith(("lamp-", "motion-", "quai-")))
    return any(level not in ("lamp-07", "lamp-08", "motion-01", "lamp-4", "lamp-5") for level in many)


def everything(street: Street) -> list[str]:
    """A topic of each kind that anybody here writes, reads or is told on, and some that are nobody's."""
    said = {concrete(topic) for account in street.accounts for topic in (*account.writes, *account.reads)}
    all_of_them = {topic for topic in said if not _alike(topic)}
    foreign = {"reverbere/elsewhere/lamp/lamp-01/set", "reverbere/reverbere/gateway/health", "zigbee2mqttx/bulb/set"}
    return sorted(all_of_them | foreign | {"homeassistant/light/x/config", "tasmota/discovery/AABBCC/config"})


def test_each_account_may_write_what_is_its_own_and_is_refused_all_else(street: Street) -> None:
    orders = {concrete(topic) for account in street.accounts for topic in account.told}
    for number, account in enumerate(street.accounts):
        own = {concrete(topic) for topic in account.writes}
        # A sixth of all topics for each account, another for the next: each topic is refused to several.
        foreign = {*everything(street)[number % 3 :: 6], *sorted(orders)[number % 5 :: 5]} - own
        client = street.client(account.name).__enter__()
        for topic in sorted(own):
            assert client.publish(topic) in TAKEN, (account.name, topic)
        client.__exit__(None, None, None)
        for topic in sorted(foreign):
            if not may(account.writes, topic):
                with street.client(account.name) as client:
                    assert client.publish(topic) == NOT_AUTHORIZED, (account.name, topic)


def test_nobody_but_the_gateway_gives_orders_by_the_sites_own_topics(street: Street) -> None:
    order = next(topic for account in street.accounts for topic in account.told if topic.endswith("/lamp-07/set"))
    writers = [account.name for account in street.accounts if may(account.writes, order)]
    assert writers == []
    with street.client("gateway") as client:
        assert client.publish(order) in TAKEN


def test_a_device_hears_what_it_is_told_and_nothing_else_whatever_it_asks_for(street: Street) -> None:
    names = ("lamp-07", "counter-west", "yard-dimmer", "plug", "zigbee2mqtt", "homie-lamp", "strip", "gateway")
    accounts = {account.name: account for account in (*street.accounts, street.gateway)}
    topics = everything(street)
    clients = {name: street.client(name).__enter__() for name in names}
    try:
        for client in clients.values():
            assert client.subscribe("#") == 1  # mosquitto 2.0 grants it, and sends nothing of it that is not allowed
        with street.client(WITNESS) as witness:
            for topic in topics:
                witness.publish(topic, topic.encode())
        for name, client in clients.items():
            client.subscribe("the/end")
            heard = {topic for topic, _ in client.heard}
            assert heard == {topic for topic in topics if may(accounts[name].reads, topic)}, name
    finally:
        for client in clients.values():
            client.__exit__(None, None, None)
    assert "reverbere/elsewhere/lamp/lamp-01/set" in topics


def test_what_is_retained_is_not_given_to_who_may_not_hear_it(street: Street) -> None:
    order = next(topic for account in street.accounts for topic in account.told if topic.endswith("/lamp-08/set"))
    with street.client(WITNESS) as witness:
        witness.publish(order, b"kept", retain=True)
        with street.client("lamp-07") as other:
            other.subscribe(order)
            other.subscribe("the/end")
            assert other.heard == []
        with street.client("lamp-08") as lamp:
            lamp.subscribe(order)
            lamp.until(lambda: lamp.heard == [(order, b"kept")])
        witness.publish(order, b"", retain=True)


def test_a_last_will_gives_no_orders(street: Street) -> None:
    order = next(topic for account in street.accounts for topic in account.told if topic.endswith("/lamp-07/set"))
    own = "reverbere/" + order.split("/")[1] + "/sensor/counter-west/availability"
    with street.client(WITNESS) as witness:
        witness.subscribe(order)
        witness.subscribe(own)
        for will in (order, own):
            try:
                with street.client("counter-west", will=will) as client:
                    client.drop()
                    client.open = False
            except Closed:
                assert will == order
        witness.until(lambda: (own, b"last will") in witness.heard)
        assert witness.heard == [(own, b"last will")]


@pytest.mark.parametrize(
    ("user", "word"), [("", ""), ("gateway", "gateway"), ("nobody", "ydobon"), ("lamp-07", "70-pmal ")]
)
def test_without_its_password_nobody_connects(street: Street, user: str, word: str) -> None:
    for port, ca in ((street.at.plain, None), (street.at.tls, street.at.config / "broker-ca.crt")):
        with pytest.raises(Closed, match=str(NOT_AUTHORIZED)), Talker(port, user, word, ca=ca):
            pass


def test_with_the_authority_the_broker_is_known_and_without_it_is_not(street: Street) -> None:
    word, ca = street.words["counter-west"], street.at.config / "broker-ca.crt"
    own = next(each.writes[0] for each in street.accounts if each.name == "counter-west")
    with Talker(street.at.tls, "counter-west", word, ca=ca) as client:
        assert client.publish(own) in TAKEN
    stranger = street.at.config / "stranger.crt"
    stranger.write_bytes(authority.found("elsewhere", datetime.now(UTC)).certificate)
    assert greeted(street.at.tls, ca)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        greeted(street.at.tls, stranger)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        greeted(street.at.tls, ca, "elsewhere.local")
    with pytest.raises((OSError, Closed)), Talker(street.at.tls, "counter-west", word):
        pass


def test_what_comes_while_the_gateway_is_away_waits_for_it_over_a_restart_of_the_broker(tmp_path: Path) -> None:
    at = home(tmp_path)
    at.set_up()
    words = at.enrol()
    own = next(each.writes[0] for each in at.grounds().accounts if each.name == "counter-west")
    with running(lambda: Guarded(tmp_path / "run", at)) as server:
        with Talker(at.plain, "gateway", words["gateway"], session="gateway-1") as client:
            client.subscribe("reverbere/#")
        for word in (b"before", b"after"):
            with Talker(at.plain, "counter-west", words["counter-west"]) as counter:
                assert counter.publish(own, word) == 0
            server.restart()
        with Talker(at.plain, "gateway", words["gateway"], session="gateway-1") as client:
            client.until(lambda: client.heard == [(own, b"before"), (own, b"after")])
