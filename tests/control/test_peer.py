"""Who may ask for what."""

import pytest

from gateway.control.peer import Caller, Role, admit, role
from gateway.control.words import IdentifyRequest, OverrideRequest, Refused, StatusRequest

DAEMON, GROUP = 990, 980


@pytest.mark.parametrize(
    ("uid", "groups", "expected"),
    [
        (0, {0}, Role.STEWARD),
        (DAEMON, {DAEMON}, Role.STEWARD),
        (1000, {1000, GROUP}, Role.OPERATOR),
        (1000, {GROUP}, Role.OPERATOR),
        (1000, {1000, 0}, Role.VISITOR),
        (1000, set(), Role.VISITOR),
    ],
)
def test_root_and_the_daemon_are_stewards_and_members_of_the_group_operators(
    uid: int, groups: set[int], expected: Role
) -> None:
    assert role(uid, groups, owner=DAEMON, group=GROUP) is expected


def test_a_visitor_may_ask_how_it_fares_and_nothing_else() -> None:
    visitor = Caller("eve", Role.VISITOR, "reverbere")
    admit(visitor, StatusRequest())
    for request in (OverrideRequest(target="quay", level=0), IdentifyRequest(lamp="lamp-1")):
        with pytest.raises(Refused, match="sudo usermod -aG reverbere eve"):
            admit(visitor, request)
        for allowed in (Role.OPERATOR, Role.STEWARD):
            admit(Caller("ana", allowed, "reverbere"), request)
