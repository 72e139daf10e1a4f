import subprocess
import sys
from pathlib import Path

from gateway.record.reader import Reader
from gateway.record.writer import Record


def test_everything_that_was_accepted_survives_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.record.recorder", str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(8000)]
        process.kill()
        told += [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert told == list(range(len(told)))
    reader = Reader(tmp_path)
    there = [int(entry.learned[0].value) for entry in reader.entries()]  # type: ignore[union-attr] # counts only
    assert there == list(range(len(there)))
    assert len(there) >= len(told)
    Record(tmp_path, "chalon").close()
    assert [int(found.value) for found in reader.series()] == there
    reader.close()
