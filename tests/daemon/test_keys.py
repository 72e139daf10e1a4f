"""Key switches: what of a turned key becomes an order, and what takes it back."""

from dataclasses import replace
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from devices.message import Message
from gateway.configuration.site import KeySettings, Site
from gateway.daemon.keys import Keys, due, owner
from gateway.lighting.facts import Cancel, Override
from gateway.lighting.plan import ZoneId
from gateway.links.delivery import Delivery, Origin, Outcome
from gateway.links.gpio import CLOSED, OPEN
from tests.daemon.hand_clock import HandClock
from tests.daemon.house import EMPTY, FULL, NIGHT, House, levels, quiet, site
from tests.lighting.street import HOUR, MINUTE

STREET = ZoneId("street")
KEY = KeySettings("armoire", "GPIO22", (STREET,), FULL, 12 * HOUR)
REST, TURNED = CLOSED, OPEN
"""Of a contact that is normally closed."""


def having(*keys: KeySettings) -> Site:
    return replace(site(), keys=keys)


class Panel:
    """The keys of a house, turned by hand."""

    def __init__(self, house: House, *keys: KeySettings) -> None:
        self.keys = Keys(having(*keys), house.clock, house.lamplighter, count(8).__next__)
        self._house = house

    def contact(self, state: bytes, pin: str = "GPIO22") -> bool:
        message = Message(pin, state, self._house.clock.now().time)
        outcomes: list[Outcome] = []
        heard = self.keys.hears(Delivery(message, Origin("gpio", 1), outcomes.append))
        assert outcomes == [Outcome.ACCEPTED]
        return heard


def learned(house: House) -> list[Override | Cancel]:
    return [item for entry in house.kept for item in entry.learned if isinstance(item, Override | Cancel)]


async def test_a_turned_key_is_full_light_in_its_name_until_it_is_turned_back() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        await quiet(house)
        panel = Panel(house, KEY)
        assert panel.contact(REST)
        assert learned(house) == []
        panel.contact(TURNED)
        assert levels(house) == [FULL] * 3
        (order,) = learned(house)
        assert isinstance(order, Override)
        assert (order.id, order.target, order.owner) == ("k-8-street", "street", "key switch armoire")
        assert order.reason == "the key is turned (GPIO22)"
        assert order.expires - order.start == 12 * HOUR
        panel.contact(TURNED)
        assert len(learned(house)) == 1
        panel.contact(REST)
        assert learned(house)[1:] == [Cancel("k-8-street", "key switch armoire")]
        # Nothing is known to be there, so that the light goes back, by the ramp of the program.
        assert levels(house) == [EMPTY] * 3
        assert house.engine.decisions()[0].ramp == 45 * 10**9


async def test_a_key_that_is_left_turned_ends_with_its_time_and_comes_again_when_it_is_turned_again() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        panel = Panel(house, replace(KEY, at_most=HOUR))
        panel.contact(TURNED)
        (said,) = panel.keys.health()
        assert said.until_time_seconds is not None
        await house.clock.pass_to(house.clock.now().time + HOUR + MINUTE)
        assert house.engine.orders() == []
        (said,) = panel.keys.health()
        assert (said.turned, said.until_time_seconds) == (True, None)
        panel.contact(REST)
        panel.contact(TURNED)
        assert [order.target for order in house.engine.orders()] == ["street"]


async def test_at_a_start_an_order_that_stands_is_left_as_it_is_and_one_that_is_missing_is_given() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        Panel(house, KEY).contact(TURNED)
        before = learned(house)
        Panel(house, KEY).contact(TURNED)
        assert learned(house) == before
        missing = House(HandClock(NIGHT))
        async with missing.living():
            Panel(missing, KEY).contact(TURNED)
            assert len(missing.engine.orders()) == 1


async def test_a_key_that_was_turned_back_while_nobody_looked_is_taken_back() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        Panel(house, KEY).contact(TURNED)
        again = Panel(house, KEY)
        again.keys.begin()
        assert len(house.engine.orders()) == 1, "until its pin is read nobody knows"
        assert again.keys.health()[0].turned is None
        again.contact(REST)
        assert house.engine.orders() == []


async def test_the_orders_of_a_key_that_the_site_has_no_more_are_taken_back_and_no_others() -> None:
    house = House(HandClock(NIGHT))
    ana = Override("o-3", STREET, 70, NIGHT, NIGHT + HOUR, owner(KEY), "not a key")
    async with house.living():
        panel = Panel(house, KEY)
        panel.contact(TURNED)
        house.lamplighter.obey([ana])
        panel.keys.adopt(having())
        assert house.engine.orders() == [ana]
        assert panel.contact(REST), "what the line still says is no message of a sensor"


async def test_a_changed_key_asks_anew_and_one_that_stays_does_not() -> None:
    house = House(HandClock(NIGHT))
    async with house.living():
        panel = Panel(house, KEY)
        panel.contact(TURNED)
        (order,) = house.engine.orders()
        panel.keys.adopt(having(KEY))
        assert house.engine.orders() == [order]
        panel.keys.adopt(having(replace(KEY, level=80)))
        (other,) = house.engine.orders()
        assert (other.level, other.id) == (80, "k-9-street")
        panel.keys.adopt(having(replace(KEY, level=80, normally_closed=False)))
        assert house.engine.orders() == [], "an open contact is then one of a key that is not turned"


async def test_messages_of_other_links_are_not_for_keys() -> None:
    house = House(HandClock(NIGHT))
    keys = Panel(house, KEY).keys
    assert not keys.hears(Delivery(Message("GPIO22", OPEN, NIGHT), Origin("mqtt", 1)))


orders = st.lists(
    st.builds(
        Override,
        id=st.integers(1, 9).map(lambda number: f"k-{number}"),
        target=st.sampled_from([ZoneId("a"), ZoneId("b"), ZoneId("c")]),
        level=st.sampled_from([80, 100]),
        start=st.just(NIGHT),
        expires=st.just(NIGHT + HOUR),
        owner=st.just("key switch armoire"),
        reason=st.just(""),
    ),
    unique_by=lambda order: order.id,
)
zones = st.lists(st.sampled_from([ZoneId("a"), ZoneId("b"), ZoneId("c")]), unique=True).map(tuple)


@given(standing=orders, asked=zones, turned=st.booleans())
def test_after_it_was_settled_each_zone_of_a_turned_key_has_its_order_and_nothing_else_stands(
    *, standing: list[Override], asked: tuple[ZoneId, ...], turned: bool
) -> None:
    key, number = replace(KEY, zones=asked), count(10)
    made = list(due(key, standing, NIGHT, number.__next__, turned=turned))
    gone = {fact.override for fact in made if isinstance(fact, Cancel)}
    stands = [order for order in standing if order.id not in gone] + [f for f in made if isinstance(f, Override)]
    assert {order.target for order in stands} == (set(asked) if turned else set())
    assert all(order.level == key.level for order in stands)
    assert list(due(key, stands, NIGHT + 1, number.__next__, turned=turned)) == []
    assert len({order.id for order in stands}) == len(stands)
    assert next(number) <= 11  # one turn takes one number, as it is one entry of the record
