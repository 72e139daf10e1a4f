"""What the doctor says of the broker's certificate, shown by a real broker and by facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.cli.doctor import examine
from gateway.cli.findings.certificates import Shown, shown
from gateway.cli.findings.finding import Finding, Grade
from gateway.configuration.build import load
from gateway.mosquitto import authority
from tests.cli.well import WELL
from tests.conftest import running
from tests.daemon.house import NIGHT
from tests.mosquitto.mixed import Guarded, home

NOW, DAY = NIGHT / 1e9, 86_400.0
HOME = Path("/media/usb")


def of(certificate: Shown | None) -> list[Finding]:
    findings = examine(replace(WELL, certificate=certificate))
    return [finding for finding in findings if finding.subject == "certificate"]


def good_for(days: float, *, authority_days: float = 7000, key: bool = False) -> Finding:
    (found,) = of(Shown(NOW + days * DAY + 60, NOW + authority_days * DAY + 60, home=HOME, key=key))
    return found


def test_a_broker_without_tls_has_no_line() -> None:
    assert of(None) == []


def test_a_good_certificate_says_for_how_long_and_where_the_key_is() -> None:
    found = good_for(214)
    assert found.grade is Grade.OK
    assert found.words == "the broker's is good for 214 days; its authority's key is not on this machine (/media/usb)"
    assert "is on this machine, in /media/usb" in good_for(214, key=True).words


@pytest.mark.parametrize(("days", "grade"), [(60, Grade.OK), (59, Grade.WARN), (0, Grade.WARN)])
def test_sixty_days_ahead_it_warns_and_says_what_to_do(days: int, grade: Grade) -> None:
    found = good_for(days)
    assert found.grade is grade
    assert ("sudo reverbere broker renew" in found.next) == (grade is Grade.WARN)


def test_the_end_of_the_authority_is_told_a_year_ahead() -> None:
    found = good_for(300, authority_days=364)
    assert found.grade is Grade.WARN
    assert "its authority ends in 364 days" in found.details[0]
    assert good_for(300, authority_days=366).grade is Grade.OK


def test_a_certificate_that_is_refused_is_a_failure_with_what_the_lamps_do() -> None:
    (found,) = of(Shown(None, NOW, "certificate has expired", HOME, key=True))
    assert found.grade is Grade.FAIL
    assert "certificate has expired" in found.words
    assert "failure level" in found.details[0]


@pytest.mark.server
def test_the_broker_itself_is_asked(tmp_path: Path) -> None:
    at = home(tmp_path)
    at.set_up()
    mqtt = load(at.config).mqtt
    assert mqtt is not None
    assert shown(mqtt, at.config, at.etc) is None  # nobody answers
    with running(lambda: Guarded(tmp_path / "run", at)):
        found = shown(mqtt, at.config, at.etc)
        stranger = tmp_path / "stranger.crt"
        stranger.write_bytes(authority.found("elsewhere", datetime.now(UTC)).certificate)
        strange = shown(replace(mqtt, ca_file=stranger), at.config, at.etc)
        missing = shown(replace(mqtt, ca_file=tmp_path / "none"), at.config, at.etc)
    assert found is not None
    assert found.until is not None
    left = datetime.fromtimestamp(found.until, UTC) - datetime.now(UTC)
    assert timedelta(days=396) < left < timedelta(days=398)
    assert (found.home, found.key) == (at.config / "authority", True)
    assert strange is not None
    assert strange.until is None
    assert "self-signed certificate" in strange.trouble
    assert missing is not None
    assert "No such file" in missing.trouble


def test_without_encryption_there_is_nothing_to_ask(tmp_path: Path) -> None:
    assert shown(None, tmp_path, tmp_path) is None
