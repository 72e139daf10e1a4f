"""docs/deploy-a-sensor.md: a section for each make, and examples that are good."""

import re
from pathlib import Path

from devices.convention import NAMES
from gateway.configuration.build import load
from tests.ground.pages import ROOT, fenced, page

PAGE = page("docs/deploy-a-sensor.md")
BLOCKS = fenced(PAGE, "yaml")


def test_every_make_has_its_section() -> None:
    headings = set(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    assert headings == (set(NAMES) - {"native", "custom"}) | {"Anything else"}


def test_the_lines_of_every_section_are_good(tmp_path: Path) -> None:
    # Ids stand in several sections, and are told apart by their number: all are loaded at once, as one street.
    blocks = [re.sub(r"^([\w-]+):", rf"\1-of-{at}:", block, flags=re.MULTILINE) for at, block in enumerate(BLOCKS)]
    sections = {
        "sensors:\n": "".join(block for block in blocks if not _hangs_as_lamp(block)),
        "luminaires:\n": "".join(block for block in blocks if _hangs_as_lamp(block)),
    }
    for name in ("site.yaml", "lighting.yaml", "devices.yaml"):
        text = (ROOT / "config" / name).read_text(encoding="utf-8")
        if name == "devices.yaml":
            for heading, devices in sections.items():
                text = text.replace(heading, heading + re.sub(r"^", "  ", devices, flags=re.MULTILINE) + "\n", 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
    written = set(re.findall(r"^([\w-]+):", "".join(blocks), re.MULTILINE))
    assert len(written) >= len(BLOCKS)
    assert written <= {device.id for device in load(tmp_path).devices}


def _hangs_as_lamp(block: str) -> bool:
    """Only lamps have a type of their own; a register has one too."""
    return " type: " in block and "registers:" not in block
