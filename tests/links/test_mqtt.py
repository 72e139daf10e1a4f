import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiomqtt
import pytest
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from structlog.testing import capture_logs

from devices.convention import Standing
from devices.message import Message
from gateway.broker import free_port
from gateway.clock import SystemClock
from gateway.links.connection import Broker
from gateway.links.delivery import Delivery, Incoming, Outcome, SessionEnded
from gateway.links.mqtt import MqttLink
from gateway.links.publish import Subscriber
from gateway.record.window import Seen
from tests.links.inbox import Inbox, living, until
from tests.servers import Server

TOPICS = frozenset({"street/+"})


def link_to(
    port: int,
    *,
    topics: frozenset[str] = TOPICS,
    will: Message | None = None,
    birth: Message | None = None,
    packet_ids: bool = True,
    receive_maximum: int = 500,
) -> MqttLink:
    broker = Broker("127.0.0.1", port, "gateway-of-the-test", packet_ids=packet_ids, receive_maximum=receive_maximum)
    return MqttLink("mqtt", broker, topics, SystemClock(), will=will, birth=birth, chance=lambda: 0.1)


@contextlib.asynccontextmanager
async def sensor(port: int) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        yield client


async def up(link: MqttLink) -> None:
    await until(lambda: link.status()["connected"], "the link is up")


async def granted(link: MqttLink) -> None:
    """Wait until the link is subscribed."""
    await until(lambda: link.status()["connected"] and link._subscribed, "subscriptions are granted")


async def publish(port: int, *payloads: str, qos: int = 1, retain: bool = False) -> None:
    async with sensor(port) as client:
        for payload in payloads:
            await client.publish("street/lamp", payload, qos=qos, retain=retain)


async def test_messages_come_in_order_with_rising_stamps_and_their_topic(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, *map(str, range(50)))
        deliveries = await inbox.until(50)
    assert inbox.payloads == [str(number).encode() for number in range(50)]
    assert {delivery.message.topic for delivery in deliveries} == {"street/lamp"}
    stamps = [delivery.message.time for delivery in deliveries]
    assert stamps == sorted(set(stamps))
    assert all(delivery.origin.packet and len(delivery.origin.digest) == 16 for delivery in deliveries)


async def test_a_session_that_the_broker_does_not_have_is_told_before_the_first_message(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, "one")
        await inbox.until(1)
    assert isinstance(inbox.came[0], SessionEnded)
    again, link = Inbox(), link_to(mosquitto.port)
    async with living(link, again):
        await again.until(1)
    assert again.sessions_ended == 0


async def test_the_first_message_of_a_new_session_that_comes_again_is_not_taken_for_an_old_one_with_its_packet_id(
    mosquitto: Server,
) -> None:
    """The gateway that had it was killed before anything of the new session was on its disk, the session's end too."""
    on_disk, inbox = Seen(), Inbox()
    async with living(link := link_to(mosquitto.port), inbox):
        await granted(link)
        await publish(mosquitto.port, "alike")
        (old,) = await inbox.until(1)
        on_disk.take(old.origin, ())
        await asyncio.to_thread(mosquitto.kill)  # it never saved the session
        await asyncio.to_thread(mosquitto.start)
        await until(lambda: inbox.sessions_ended == 2, "the end of the session")
        await granted(link)
        await publish(mosquitto.port, "alike")
        await inbox.until(2)
    after = Inbox()
    async with living(link_to(mosquitto.port), after):
        (again,) = await after.until(1)
    assert after.sessions_ended == 0
    assert again.origin.redelivered
    assert again.origin.packet == old.origin.packet
    assert not on_disk.duplicate(again.origin, ())


async def test_what_comes_again_is_known_over_restarts_of_broker_and_gateway(mosquitto: Server) -> None:
    """What came already, and what is sent for the first time when the gateway has subscribed anew."""
    taken, inbox = Seen(), Inbox()
    async with living(link := link_to(mosquitto.port, receive_maximum=3), inbox):
        await granted(link)
        await publish(mosquitto.port, *["alike"] * 5)
        for delivery in await inbox.until(3):
            taken.take(delivery.origin, ())
    await asyncio.to_thread(mosquitto.restart)
    after = Inbox()
    async with living(link := link_to(mosquitto.port), after):
        await granted(link)
        known = [taken.duplicate(delivery.origin, ()) for delivery in await after.until(5)]
        assert known == [True, True, True, False, False]
        for delivery in after.deliveries:
            taken.take(delivery.origin, ())
    await asyncio.to_thread(mosquitto.restart)
    last = Inbox()
    async with living(link_to(mosquitto.port), last):
        assert all(taken.duplicate(delivery.origin, ()) for delivery in await last.until(5))


async def test_unsettled_messages_come_again_when_the_connection_is_cut_and_settled_ones_do_not(
    mosquitto: Server,
) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, *"abcd")
        first = list(await inbox.until(4))
        first[1].settle(Outcome.ACCEPTED)
        first[0].settle(Outcome.ACCEPTED)
        first[3].settle(Outcome.ACCEPTED)
        await publish(mosquitto.port, "e")
        await inbox.until(5)
        cut(link)
        again = (await inbox.until(8))[5:]
        assert [delivery.message.payload for delivery in again] == [b"c", b"d", b"e"]
        assert all(delivery.origin.redelivered for delivery in again)
        assert [d.origin.packet for d in again[:2]] == [d.origin.packet for d in first[2:]]
        assert [d.origin.digest for d in again[:2]] == [d.origin.digest for d in first[2:]]
        assert again[0].origin.generation > first[2].origin.generation
        first[2].settle(Outcome.ACCEPTED)
        cut(link)
        await inbox.until(11)
        assert inbox.payloads[8:] == [b"c", b"d", b"e"]
        for delivery in inbox.deliveries[8:]:
            delivery.settle(Outcome.ACCEPTED)
        await publish(mosquitto.port, "f")
        await inbox.until(12)
        cut(link)
        await inbox.until(13)
    assert inbox.payloads[11:] == [b"f", b"f"]
    assert inbox.sessions_ended == 1


async def test_a_released_message_comes_again_and_so_does_what_came_after_it(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, *"abc")
        a, b, c = list(await inbox.until(3))
        for delivery in (a, c):
            delivery.settle(Outcome.ACCEPTED)
        b.settle(Outcome.RELEASED)
        await inbox.until(5)
    assert inbox.payloads == [b"a", b"b", b"c", b"b", b"c"]


async def test_a_delivery_that_is_dropped_unsettled_comes_again(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, "a")
        await inbox.until(1)
        inbox.deliveries.clear()
        inbox.came.clear()
        await inbox.until(1)
    assert inbox.payloads == [b"a"]


async def test_a_restart_of_the_broker_in_the_middle_loses_nothing(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, *map(str, range(20)))
        for delivery in list(await inbox.until(20))[:10]:
            delivery.settle(Outcome.ACCEPTED)
        await publish(mosquitto.port, "20")
        await inbox.until(21)
        await asyncio.to_thread(mosquitto.restart)
        await publish(mosquitto.port, *map(str, range(21, 30)))
        await inbox.until(41)
    assert inbox.payloads[21:] == [str(number).encode() for number in range(10, 30)]
    assert inbox.sessions_ended == 1


async def test_what_came_while_the_gateway_was_off_is_delivered(mosquitto: Server) -> None:
    link = link_to(mosquitto.port)
    async with living(link, Inbox()):
        await up(link)
    await publish(mosquitto.port, "while off")
    inbox = Inbox()
    async with living(link_to(mosquitto.port), inbox):
        await inbox.until(1)
    assert inbox.payloads == [b"while off"]


async def test_a_broker_that_is_away_at_start_is_waited_for(mosquitto: Server) -> None:
    await asyncio.to_thread(mosquitto.stop)
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        await until(lambda: "no broker at 127.0.0.1" in str(link.status()["trouble"]), "the trouble is said")
        await asyncio.to_thread(mosquitto.start)
        await up(link)
        await publish(mosquitto.port, "now")
        await inbox.until(1)
    assert link.status()["trouble"] == ""


async def test_an_error_in_the_receiver_ends_the_link_and_leaves_the_message_at_the_broker(mosquitto: Server) -> None:
    class Bug(Exception):  # noqa: N818 - a test's own
        pass

    def receive(incoming: Incoming) -> None:
        if isinstance(incoming, Delivery):
            raise Bug

    link = link_to(mosquitto.port)
    task = asyncio.create_task(link.run(receive), name="link.mqtt")
    await up(link)
    await publish(mosquitto.port, "one")
    with pytest.raises(Bug):
        await task
    inbox = Inbox()
    async with living(link_to(mosquitto.port), inbox):
        await inbox.until(1)
    assert inbox.payloads == [b"one"]


async def test_an_order_reaches_its_lamp_and_one_to_an_absent_broker_is_dropped(mosquitto: Server) -> None:
    link = link_to(mosquitto.port)
    link.send(Message("lamp/set", b"lost"))
    async with sensor(mosquitto.port) as lamp, living(link, Inbox()):
        await lamp.subscribe("lamp/set", qos=1)
        await up(link)
        link.send(Message("lamp/set", b"64"))
        assert (await anext(aiter(lamp.messages))).payload == b"64"
    assert link.status()["dropped"] == 1
    assert link.status()["sent"] == 1


async def test_birth_is_said_at_connecting_and_the_will_at_leaving(mosquitto: Server) -> None:
    link = link_to(
        mosquitto.port, will=Message("health", b"gone", retained=True), birth=Message("health", b"here", retained=True)
    )
    async with sensor(mosquitto.port) as watcher:
        await watcher.subscribe("health", qos=1)
        async with living(link, Inbox()):
            await up(link)
            assert (await anext(aiter(watcher.messages))).payload == b"here"
        assert (await anext(aiter(watcher.messages))).payload == b"gone"


async def test_retained_messages_come_once_and_are_marked(mosquitto: Server) -> None:
    await publish(mosquitto.port, "kept", retain=True)
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox):
        (kept,) = await inbox.until(1)
        assert kept.message.retained
        kept.settle(Outcome.ACCEPTED)
        await publish(mosquitto.port, "live")
        (await inbox.until(2))[1].settle(Outcome.ACCEPTED)
        reconnect(link)
        await until(lambda: link.status()["connections"] == 2, "the link is back")
        await publish(mosquitto.port, "last")
        await inbox.until(3)
    again, link = Inbox(), link_to(mosquitto.port)
    async with living(link, again):
        await again.until(1)
        await publish(mosquitto.port, "end")
        await again.until(2)
    assert inbox.payloads == [b"kept", b"live", b"last"]
    assert again.payloads == [b"last", b"end"]


async def test_of_a_topic_that_stands_only_what_the_broker_repeats_is_marked_and_each_process_hears_it(
    mosquitto: Server,
) -> None:
    standing = frozenset({Standing("street/+")})
    await publish(mosquitto.port, "before", retain=True)
    inbox, link = Inbox(), link_to(mosquitto.port, topics=standing)
    async with living(link, inbox):
        (stored,) = await inbox.until(1)
        stored.settle(Outcome.ACCEPTED)
        await publish(mosquitto.port, "live", retain=True)
        (_, live) = await inbox.until(2)
        live.settle(Outcome.ACCEPTED)
    assert [stored.message.retained, live.message.retained] == [True, False]
    again, link = Inbox(), link_to(mosquitto.port, topics=standing)
    async with living(link, again):
        (repeated,) = await again.until(1)
    assert (repeated.message.payload, repeated.message.retained) == (b"live", True)


async def test_a_subscription_that_never_reached_the_broker_is_asked_for_again(
    mosquitto: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    subscribe = Subscriber.subscribe

    def into_a_breaking_connection(*_: object, **__: object) -> tuple[MQTTErrorCode, int]:
        monkeypatch.setattr(Subscriber, "subscribe", subscribe)
        cut(link)
        return MQTTErrorCode.MQTT_ERR_SUCCESS, 1

    monkeypatch.setattr(Subscriber, "subscribe", into_a_breaking_connection)
    async with living(link, inbox):
        await until(lambda: link.status()["connections"] == 2 and not link._asked, "subscriptions are granted")
        await publish(mosquitto.port, "heard")
        await inbox.until(1)
    assert inbox.sessions_ended == 1


@pytest.fixture(params=["mosquitto", "nats"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the brokers."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.mark.server
async def test_where_no_session_is_to_be_kept_the_broker_keeps_none(server: Server) -> None:
    described = Broker("127.0.0.1", server.port, "passer-by", packet_ids=False, session_expiry=0)

    def passer_by() -> MqttLink:
        return MqttLink("mqtt", described, TOPICS, SystemClock(), chance=lambda: 0.1)

    before, after = Inbox(), Inbox()
    async with living(link := passer_by(), before):
        await granted(link)
    await publish(server.port, "said to nobody")
    async with living(link := passer_by(), after):
        await granted(link)
        await publish(server.port, "heard")
        await after.until(1)
    assert (after.payloads, after.sessions_ended) == ([b"heard"], 1)


async def test_topics_may_change_while_the_link_lives(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port)
    async with living(link, inbox), sensor(mosquitto.port) as client:
        await up(link)
        link.listen(frozenset({"other"}))
        await until(lambda: not link._asked, "subscriptions are granted")
        await client.publish("street/lamp", "no longer", qos=1)
        await client.publish("other", "from now on", qos=1)
        await inbox.until(1)
    assert inbox.payloads == [b"from now on"]


async def test_a_topic_that_is_given_up_and_wanted_again_before_the_broker_answers_is_heard(mosquitto: Server) -> None:
    """As when a description comes, goes and comes again in one burst."""
    inbox = Inbox()
    async with living(link := link_to(mosquitto.port), inbox):
        await granted(link)
        for more in ({"x"}, set[str](), {"x"}):
            link.listen(TOPICS | more)
        await until(lambda: not link._asked, "subscriptions are granted")
        async with sensor(mosquitto.port) as client:
            await client.publish("x", "heard", qos=1)
        await inbox.until(1)
    assert inbox.payloads == [b"heard"]


async def test_reading_stops_while_too_much_is_unsettled_and_goes_on_after(mosquitto: Server) -> None:
    inbox, link = Inbox(), link_to(mosquitto.port, receive_maximum=5)
    async with living(link, inbox):
        await up(link)
        await publish(mosquitto.port, *map(str, range(60)), qos=0)
        await inbox.until(20)
        assert link.status()["unsettled"] == 20
        settled = 0
        while len(inbox.deliveries) < 60:
            for delivery in inbox.deliveries[settled:]:
                delivery.settle(Outcome.ACCEPTED)
            settled = len(inbox.deliveries)
            await inbox.until(settled + 1)
    assert inbox.payloads == [str(number).encode() for number in range(60)]


async def test_two_gateways_with_one_client_id_are_named_in_the_log(mosquitto: Server) -> None:
    with capture_logs() as said:
        async with living(link_to(mosquitto.port), Inbox()), living(link_to(mosquitto.port), Inbox()):
            await until(lambda: any("client id" in line["event"] for line in said), "the suspicion is logged")
    assert any(line.get("client_id") == "gateway-of-the-test" for line in said)


async def test_a_broker_that_refuses_mqtt_5_is_spoken_to_in_3_1_1(nats: Server) -> None:
    inbox, link = Inbox(), link_to(nats.port, packet_ids=False)
    async with living(link, inbox):
        await up(link)
        await publish(nats.port, *"ab")
        a, b = await inbox.until(2)
        a.settle(Outcome.ACCEPTED)
    assert link._protocol is MQTTProtocolVersion.MQTTv311
    assert a.origin.digest == b.origin.digest == b""
    assert inbox.sessions_ended == 1


async def test_a_port_where_nobody_listens_is_no_error() -> None:
    link = link_to(free_port())
    async with living(link, Inbox()) as task:
        await until(lambda: link.status()["trouble"], "the trouble is said")
        assert not task.done()


def cut(link: MqttLink) -> None:
    """Cut the connection, with whatever was on its way."""
    assert link._line is not None
    link._line._drop()


def reconnect(link: MqttLink) -> None:
    """Leave politely, so that acknowledgements on their way arrive."""
    assert link._line is not None
    link._line.leave()
