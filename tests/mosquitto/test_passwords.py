import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mosquitto import passwords
from tests.servers import ServerMissing, program


@settings(max_examples=20)
@given(st.text(min_size=1), st.text(min_size=1))
def test_only_the_password_itself_fits(password: str, other: str) -> None:
    kept = passwords.hashed(password)
    assert passwords.fits(password, kept)
    assert passwords.fits(other, kept) == (other == password)


@settings(max_examples=20)
@given(st.dictionaries(st.from_regex(r"[a-z0-9-]{1,20}", fullmatch=True), st.text(min_size=1, max_size=9)))
def test_a_file_is_read_as_it_was_written(words: dict[str, str]) -> None:
    kept = {name: passwords.hashed(word) for name, word in words.items()}
    assert passwords.read(passwords.written(kept)) == kept


def test_passwords_are_long_unlike_each_other_and_bear_every_quotation() -> None:
    drawn = {passwords.drawn() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(word) == 24 and word.isascii() and word.isalnum() for word in drawn)


def test_the_hash_is_the_one_that_mosquittos_own_program_makes(tmp_path: Path) -> None:
    file = tmp_path / "passwd"
    file.write_text("lamp-07:secret\n")
    file.chmod(0o600)
    try:
        subprocess.run([program("mosquitto_passwd"), "-U", str(file)], check=True, timeout=20)
    except ServerMissing as missing:
        pytest.skip(str(missing))
    assert passwords.fits("secret", passwords.read(file.read_text())["lamp-07"])


@pytest.mark.parametrize("kept", ["", "secret", "$6$abc$def", "$7$x$y$z"])
def test_nothing_fits_what_is_no_hash_of_ours(kept: str) -> None:
    assert not passwords.fits("secret", kept)
