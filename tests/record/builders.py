"""Entries for tests of the record: short ways to say them, and hypothesis strategies for all there is."""

from hashlib import blake2b

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from devices.convention import Announcement, Numbered, Rejected
from devices.device import DeviceId
from devices.light import LightState
from devices.message import Message
from devices.reading import Availability, Quality, Quantity, Reading
from gateway.lighting.decision import Cause, Decision, Rank, Snapshot
from gateway.lighting.facts import Cancel, ClockSet, Measured, Override, Proof
from gateway.lighting.plan import Place, Plan
from gateway.links.delivery import Origin
from gateway.record.entry import Adopted, Declined, Entry, Learned
from tests.lighting.street import street

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
START = 1_795_302_000 * SECOND
WEST = DeviceId("counter-west")
LAMP = DeviceId("lamp-1")
PLAN = Plan("a41f", 46.78, 4.85, "Europe/Paris", (street(),))


def count(people: float, time: int, device: DeviceId = WEST) -> Reading:
    """People counted in the minute that ended at `time`."""
    return Reading(device, Quantity.PEDESTRIANS, people, time, period=60 * SECOND)


def decision(time: int, level: int, lamp: DeviceId = LAMP) -> Decision:
    """One lamp's new level, because of its default."""
    return Decision(time, lamp, level, 2 * SECOND, (Cause(Rank.DEFAULT, float(level)),))


def origin(packet: int | None, content: str, *, redelivered: bool = False, link: str = "mqtt") -> Origin:
    """How a message with some content came."""
    return Origin(link, 1, packet, redelivered, blake2b(content.encode(), digest_size=16).digest())


def message(number: int, *more: Learned, redelivered: bool = False) -> Entry:
    """One counted minute that came by MQTT as packet `number`."""
    at = START + number * SECOND
    return Entry(at, (count(number, at), *more), (), origin(number, f"count {number}", redelivered=redelivered))


times = st.integers(-(10**17), 4 * 10**18)
texts = st.text(max_size=20)
numbers = st.floats(allow_nan=False) | st.integers(-(10**6), 10**6).map(float)
ids = st.from_regex(r"[a-z][a-z0-9-]{0,11}", fullmatch=True).map(DeviceId)
qualities = st.integers(0, 63).map(Quality)
readings = st.builds(
    Reading, ids, st.sampled_from(Quantity), numbers, times, texts, st.none() | st.integers(0, 10**15), qualities
)
some_number = st.none() | numbers
states = st.builds(
    LightState, ids, numbers, times, some_number, some_number, some_number, texts, st.frozensets(texts, max_size=3)
)
messages = st.builds(Message, texts, st.binary(max_size=100), times, st.booleans())
levels = st.integers(0, 100)
overrides = st.builds(
    Override,
    texts,
    ids,
    levels,
    times,
    times,
    texts,
    texts,
    st.booleans(),
    texts,
    by_clock=st.booleans(),
    proving=st.booleans(),
)
places = st.none() | st.builds(Place, texts, st.integers(1, 999), st.integers(1, 99), texts)
causes = st.builds(
    Cause,
    st.sampled_from(Rank),
    numbers,
    some_number,
    st.lists(readings | overrides, max_size=3).map(tuple),
    texts,
    texts,
    places,
)
decisions = st.builds(
    Decision,
    times,
    ids,
    st.integers(0, 100),
    st.integers(0, 10**12),
    st.lists(causes, min_size=1, max_size=3).map(tuple),
)
states_of_engines = st.dictionaries(texts, st.integers() | texts | st.lists(st.booleans()), max_size=3)
snapshots = st.builds(Snapshot, texts, texts, states_of_engines)
learned: SearchStrategy[Learned] = st.one_of(
    readings,
    states,
    overrides,
    st.builds(Availability, ids, st.booleans(), times, st.booleans()),
    st.builds(Announcement, texts, texts, st.lists(texts, max_size=3).map(tuple)),
    st.builds(Numbered, ids, texts, st.integers(0, 2**70)),
    st.builds(Rejected, messages, texts, texts, texts),
    st.builds(Cancel, texts, texts, texts),
    st.builds(
        Proof,
        ids,
        times,
        st.sampled_from(["watts", "lux"]),
        st.sampled_from(["fits", "misfit", "void"]),
        st.lists(st.builds(Measured, numbers, numbers, numbers), max_size=3).map(tuple),
        texts,
        texts,
    ),
    st.builds(ClockSet, st.integers(-(10**18), 10**18), st.booleans()),
    st.builds(Adopted, st.just(PLAN), texts),
    st.builds(Declined, texts, texts, st.lists(texts, max_size=3).map(tuple), st.integers(0, 99)),
)
made = readings | decisions | snapshots
