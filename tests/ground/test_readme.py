import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.ground.pages import ROOT, page

README = page("README.md")
COMMANDS = [
    shlex.split(command, comments=True) for command in re.findall(r"\.venv/bin/(?:reverbere|python) [^`\n]*", README)
]


def test_every_command_of_the_readme_works_as_written(tmp_path: Path) -> None:
    for shared in ("config", "firmware_sims", "gateway"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for command in COMMANDS:
        shorter = ["2s" if word == "30s" else word for word in command]
        done = subprocess.run(shorter, check=False, cwd=tmp_path, timeout=120, capture_output=True, text=True)
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    assert len(COMMANDS) >= 8


def test_every_page_and_folder_that_the_readme_links_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", README):
        name, _, section = link.partition("#")
        assert (ROOT / name).exists(), link
        if section:
            heads = re.findall(r"^#+ (.+)$", (ROOT / name).read_text(), re.MULTILINE)
            assert section in {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}, link


def test_the_first_screenful_says_the_two_commands_and_where_it_runs() -> None:
    first = README.splitlines()[:14]
    assert "Linux only" in first[2]
    assert any(line.startswith("make run ") for line in first)
    assert any(line.startswith("make test ") for line in first)
