"""Why a lamp is as bright as it is, in a few words."""

from zoneinfo import ZoneInfo

import pytest

from devices.device import DeviceId
from devices.reading import Quantity, Reading
from gateway.lighting.decision import Cause, Decision, Rank
from gateway.lighting.facts import Override
from gateway.study.reason import SHORT, reason
from tests.lighting.street import DUSK, HOUR, MOTION

PARIS = ZoneInfo("Europe/Paris")
ORDER = Override("o-1", DeviceId("lamp-1"), 80, DUSK, DUSK + 2 * HOUR, "ana", "market")
ORDERED = Cause(Rank.OVERRIDE, 80.0, because=(ORDER,))
SAID = "ordered by ana (market), until 21 Nov 19:00"


@pytest.mark.parametrize(
    ("causes", "said"),
    [
        ((ORDERED,), SAID),
        ((Cause(Rank.FLOOR, 100.0, note="P4"), ORDERED), f"floor (P4); {SAID}"),
        ((Cause(Rank.FLOOR, 60.0, note="P5"),), "floor (P5)"),
        ((Cause(Rank.COUNT, 70.0, 30.4),), "count: 30 people an hour"),
        ((Cause(Rank.COUNT, 40.0, 0.0),), "count"),
        ((Cause(Rank.FAILSAFE, 100.0, note="no counter is believed"),), "sensor failure (no counter is believed)"),
        (
            (Cause(Rank.PRESENCE, 100.0, because=(Reading(MOTION[0], Quantity.PRESENCE, 1, DUSK),), note="there"),),
            "somebody is here (motion-1)",
        ),
    ],
)
def test_what_decided_is_said_in_a_few_words(causes: tuple[Cause, ...], said: str) -> None:
    assert reason(Decision(DUSK, DeviceId("lamp-1"), 80, 0, causes), PARIS) == said


@pytest.mark.parametrize("rank", Rank)
def test_every_rank_has_words(rank: Rank) -> None:
    assert reason(Decision(DUSK, DeviceId("lamp-1"), 0, 0, (Cause(rank, 0.0),)), PARIS) == SHORT[rank]
