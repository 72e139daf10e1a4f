"""Sites to break: copies of the example with some of their text replaced."""

from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "config"
NAMES = ("site.yaml", "devices.yaml", "lighting.yaml")


def example(folder: Path, *edits: tuple[str, str], more: str = "", file: str = "lighting.yaml") -> Path:
    """Copy the example to a folder, replace texts that must be there, and add lines at the end of a file."""
    left = dict(edits)
    for name in NAMES:
        text = (EXAMPLE / name).read_text(encoding="utf-8")
        for old in [old for old in left if old in text]:
            text = text.replace(old, left.pop(old), 1)
        (folder / name).write_text(text + (more if name == file else ""), encoding="utf-8")
    assert not left, f"not in the example: {left}"
    return folder
