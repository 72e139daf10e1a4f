"""What mosquitto is told already, and what our file may not do to it."""

import pytest

from gateway.mosquitto.existing import Finding, Text, fronted, told, weigh

DEBIAN = Text("mosquitto.conf", "pid_file /run/m.pid\npersistence true\npersistence_location /var/lib/mosquitto/\n")
OURS = Text(
    "reverbere.conf", "max_queued_messages 0\nlistener 8883\nallow_anonymous false\nacl_file /a\npassword_file /p\n"
)


def found(*before: str, after: str = "", ours: Text = OURS) -> Finding:
    files = [Text(f"{number}.conf", text) for number, text in enumerate(before)]
    return weigh([DEBIAN, *files], ours, [Text("z.conf", after)] if after else [])


def test_beside_a_mosquitto_that_nobody_told_anything_the_usual_listener_goes_and_that_is_said() -> None:
    finding = found()
    assert finding.against == ()
    assert not finding.front
    (word,) = finding.know
    assert "127.0.0.1:1883" in word
    assert "--keep-local" in word


@pytest.mark.parametrize("listener", ["listener 8883", "listener 8883 127.0.0.1", "port 8883", "listener 8883 0.0.0.0"])
def test_a_port_that_somebody_has_is_refused(listener: str) -> None:
    assert [word for word in found(listener).against if "0.conf listens on" in word]


def test_the_same_port_on_another_address_is_none_of_ours() -> None:
    ours = Text("reverbere.conf", OURS.text.replace("listener 8883", "listener 8883 10.0.0.1"))
    assert found("listener 8883 127.0.0.1\nallow_anonymous true", ours=ours).against == ()


def test_one_listener_for_anybody_stays_as_it_is_and_is_told_as_a_way_around_our_rules() -> None:
    finding = found("listener 1883\nallow_anonymous true")
    assert finding.against == ()
    assert finding.front
    assert any("whoever reaches that" in word for word in finding.know)


def test_settings_that_were_meant_for_several_listeners_are_left_to_a_person() -> None:
    finding = found("listener 1883\nlistener 1884\nallow_anonymous false\npassword_file /x")
    (word,) = finding.against
    assert "allow_anonymous, password_file" in word


def test_settings_without_a_listener_are_left_to_a_person() -> None:
    assert found("allow_anonymous false\npassword_file /x").against


def test_where_listeners_have_their_own_settings_already_nothing_of_theirs_changes() -> None:
    finding = found("per_listener_settings true\nlistener 1883\nallow_anonymous false\npassword_file /x\nacl_file /y")
    assert finding == Finding((), (), front=False)


def test_a_setting_behind_our_file_that_would_fall_on_our_listener_is_refused() -> None:
    assert any("would speak of our listener" in word for word in found(after="cafile /etc/ca.crt").against)
    assert not found(after="listener 1884\nallow_anonymous true\ncafile /etc/ca.crt").against


def test_a_limit_that_changes_for_all_is_said() -> None:
    finding = found("max_queued_messages 500\nper_listener_settings true\nlistener 1883\nacl_file /y")
    assert finding.know == ("max_queued_messages becomes 0 for every listener; it is 500 now",)


def test_what_stands_in_front_comes_before_all_else() -> None:
    assert told([Text("mosquitto.conf", fronted("listener 1\nallow_anonymous true\n"))]).separate
    first = next(line for line in fronted("listener 1").splitlines() if not line.startswith("#"))
    assert first == "per_listener_settings true"
