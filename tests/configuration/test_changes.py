"""What differs between two sites, as an operator reads it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.configuration.build import load, understand
from gateway.configuration.changes import Changes, compare
from gateway.configuration.texts import digest, fetch_all, pack, state_folders, unpack
from gateway.lighting.plan import Problem
from tests.configuration.files import example
from tests.integration.small_site import write_site


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path, 1883)


def changed(folder: Path, file: str, *edits: tuple[str, str]) -> Changes:
    """What edits of one file come to."""
    before, path = load(folder), folder / file
    for old, new in edits:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    return compare(before, load(folder))


@pytest.mark.parametrize(
    ("file", "old", "new", "lines"),
    [
        ("lighting.yaml", "version: 1", "version: 1\n# nothing", ()),
        (
            "lighting.yaml",
            "hold: 45s",
            "hold: 60s",
            tuple(f"zone {z}: program quiet: presence changed" for z in ("street", "quay")),
        ),
        ("lighting.yaml", "street: {length: 100 m", "street: {length: 120 m", ("zone street: length in m 100 -> 120",)),
        (
            "site.yaml",
            "46.7806",
            "46.9",
            ("the place or the time zone of the site: every calendar is looked at again",),
        ),
        (
            "site.yaml",
            "broker: mosquitto",
            "broker: mosquitto, receive_maximum: 20",
            ("broker changed: it connects anew",),
        ),
        ("site.yaml", "version: 1", "version: 1\nstate: elsewhere", ("state changed (from the next start on)",)),
        (
            "site.yaml",
            "version: 1",
            "version: 1\nrecord: {commit_interval: 1s}",
            ("record changed (from the next start on)",),
        ),
        ("site.yaml", "version: 1", "version: 1\nrefresh: 30s", ("refresh: 60000000000 -> 30000000000",)),
        ("devices.yaml", "label: PL 0001", "label: PL 0417", ("device lamp-1 changed",)),
        (
            "devices.yaml",
            "counter-01..02",
            "counter-01..07",
            (
                "zone street: counters counter-03, counter-04, counter-05 and 2 more added",
                "devices counter-03, counter-04, counter-05 and 2 more added",
            ),
        ),
    ],
)
def test_one_edit_is_told_in_a_line_or_two(site: Path, file: str, old: str, new: str, lines: tuple[str, ...]) -> None:
    assert changed(site, file, (old, new)).lines() == lines


def test_a_line_that_is_opened_otherwise_and_a_server_that_comes(site: Path) -> None:
    one = changed(site, "devices.yaml", ("convention: ld2450", "convention: ld2450, baud: 115200"))
    assert "line serial:" in one.wiring[-1]
    assert one.wiring[-1].endswith("it is opened anew")
    server = "influxdb: [{name: lab, version: 1, url: 'http://127.0.0.1:8086', database: street}]"
    assert changed(site, "site.yaml", ("version: 1", f"version: 1\n{server}")).wiring == ("server lab added",)


def test_packed_files_give_the_very_site(site: Path) -> None:
    fetched = fetch_all(site)
    assert understand(site, unpack(pack(fetched))) == load(site)
    again = {name: text + b"\n" for name, text in unpack(pack(fetched)).items()}
    assert digest(again) != digest(fetched)


def test_a_missing_file_cannot_be_packed(site: Path) -> None:
    (site / "devices.yaml").unlink()
    with pytest.raises(ValueError, match=r"expected the text of devices\.yaml"):
        pack(fetch_all(site))
    with pytest.raises(ValueError, match="expected the packed files"):
        unpack(b"no such thing")


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda text: text, "there"),
        (lambda text: text + b"mqtt: [", "there"),
        (lambda text: text.replace(b"state: there", b"state: 'there' # here"), "there"),
        (lambda _: b"\xff", "state"),
    ],
)
def test_the_record_is_found_by_a_file_that_is_no_yaml(spoil: Callable[[bytes], bytes], found: str) -> None:
    text = spoil(b"version: 1\nstate: there\n")
    assert next(state_folders(Path("/site"), text)) == Path("/site") / found


def test_the_record_is_looked_for_beside_a_file_that_is_not_there(tmp_path: Path) -> None:
    missing = fetch_all(tmp_path)["site.yaml"]
    assert isinstance(missing, Problem)
    assert list(state_folders(tmp_path, missing)) == [tmp_path / "state"]
    assert Path("/var/lib/reverbere") in set(state_folders(Path("/etc/reverbere"), missing))


def test_included_files_are_kept_with_those_that_include_them(tmp_path: Path) -> None:
    folder = example(tmp_path, ("programs:\n", "programs: !include rules/programs.yaml\n# cut here\n"))
    lighting = (folder / "lighting.yaml").read_text(encoding="utf-8")
    head, _, programs = lighting.partition("# cut here\n")
    (folder / "rules").mkdir()
    outwards = "".join(line.removeprefix("  ") for line in programs.splitlines(keepends=True))
    (folder / "rules" / "programs.yaml").write_text(outwards, encoding="utf-8")
    (folder / "lighting.yaml").write_text(head, encoding="utf-8")
    before = load(folder)
    kept = unpack(pack(fetch_all(folder)))
    assert kept.keys() == {"site.yaml", "devices.yaml", "lighting.yaml", "rules/programs.yaml"}
    (folder / "rules" / "programs.yaml").write_text("quiet-street: {}\n", encoding="utf-8")
    assert understand(folder, kept).plan == before.plan
    assert digest(fetch_all(folder)) != digest(kept)
