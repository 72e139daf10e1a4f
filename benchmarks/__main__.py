"""`python -m benchmarks`: measures everything in one run and prints it beside its baselines."""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figure import Figure
from benchmarks.idle import idle
from benchmarks.intake import intake
from benchmarks.latency import latency
from benchmarks.memory import memory
from benchmarks.start import start
from tests.servers import ServerMissing

RESULTS = Path(__file__).parent / "results" / "latest.json"

Measure = Callable[[Path], Iterator[Figure]]


def measures(*, quick: bool) -> dict[str, Measure]:
    """What is measured; quickly, with less patience."""
    return {
        "latency": partial(latency, seconds=6 if quick else 15),
        "intake": partial(intake, messages=20_000 if quick else 100_000),
        "memory": partial(memory, messages=5_000 if quick else 20_000),
        "start": start,
        "idle": partial(idle, seconds=10 if quick else 30),
    }


def main() -> None:
    """Measure, print, and write the results; a missing server leaves its figures out and says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute; figures are rougher")
    parser.add_argument("--only", choices=tuple(measures(quick=True)), help="one measure")
    options = parser.parse_args()
    figures: list[Figure] = []
    for name, measure in measures(quick=options.quick).items():
        if options.only in (None, name):
            figures += _measured(name, measure)
    _print(figures)
    _write(figures, quick=options.quick)


def _measured(name: str, measure: Measure) -> list[Figure]:
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="reverbere-bench-"))
    try:
        return list(measure(folder))
    except ServerMissing as missing:
        print(f"{name} left out: {missing}", file=sys.stderr)
        return []
    finally:
        shutil.rmtree(folder)


def _print(figures: list[Figure]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("", "figure", "baseline", "ratio", "aim", "met", "beside"):
        table.add_column(column, justify="right" if column in {"figure", "baseline", "ratio", "aim"} else "left")
    for figure in figures:
        table.add_row(
            figure.name,
            f"{figure.value:,.2f} {figure.unit}",
            "" if figure.baseline is None else f"{figure.baseline:,.2f}",
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            _aim(figure),
            {True: "yes", False: "no", None: ""}[figure.met],
            figure.beside,
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    return f"{figure.better.value} {figure.aim:,g}{' x' if figure.of_ratio else ''}"


def _write(figures: list[Figure], *, quick: bool) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    measured = [
        {**asdict(figure), "better": figure.better.value, "ratio": figure.ratio, "met": figure.met}
        for figure in figures
    ]
    run = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "quick": quick,
        "figures": measured,
    }
    RESULTS.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
