"""`reverbere` as its user runs it: in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.links.inbox import PATIENCE

REVERBERE = str(Path(sys.executable).parent / "reverbere")
PLAIN = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
PLAIN.pop("FORCE_COLOR", None)


def reverbere(*arguments: str | Path, patience: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end; its exit status and all that it said."""
    command = [REVERBERE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False, env=PLAIN)
