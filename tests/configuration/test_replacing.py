"""Files of a site written anew: whole, with the old one beside, and still everybody's who could read them."""

import os
from pathlib import Path

import pytest

from gateway.configuration.replacing import put


def test_the_file_of_before_is_kept_each_time(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"1")
    endings = [put(tmp_path, {"a.yaml": text}) for text in (b"2", b"3", b"4")]
    assert (tmp_path / "a.yaml").read_bytes() == b"4"
    assert [(tmp_path / f"a.yaml.{ending}").read_bytes() for ending in endings] == [b"1", b"2", b"3"]
    assert len(list(tmp_path.iterdir())) == 4


def test_a_new_file_in_a_new_folder_has_nothing_beside_it(tmp_path: Path) -> None:
    put(tmp_path, {"street/a.yaml": b"1"})
    assert [path.name for path in (tmp_path / "street").iterdir()] == ["a.yaml"]


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    real, folder = tmp_path / "git", tmp_path / "etc"
    real.mkdir()
    folder.mkdir()
    (real / "a.yaml").write_bytes(b"1")
    (folder / "a.yaml").symlink_to(real / "a.yaml")
    ending = put(folder, {"a.yaml": b"2"})
    assert (folder / "a.yaml").is_symlink()
    assert (real / "a.yaml").read_bytes() == b"2"
    assert (real / f"a.yaml.{ending}").read_bytes() == b"1"


def test_it_belongs_to_whom_it_belonged(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"1")
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 12_345, 23_456)
    before = path.stat()
    put(tmp_path, {"a.yaml": b"2"})
    after = path.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(OSError, match=r"a\.yaml"):
        put(tmp_path, {"a.yaml": b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]
