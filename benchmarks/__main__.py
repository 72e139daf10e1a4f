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

from benchmarks.catchup import catchup
from benchmarks.endurance import SAMPLES, endurance
from benchmarks.engine import engine
from benchmarks.figure import Figure
from benchmarks.forward import forward
from benchmarks.health import health
from benchmarks.idle import idle
from benchmarks.intake import intake
from benchmarks.large import large
from benchmarks.latency import latency
from benchmarks.memory import memory
from benchmarks.start import start
from benchmarks.wear import wear
from tests.servers import ServerMissing

RESULTS = Path(__file__).parent / "results" / "latest.json"
PROGRESS = RESULTS.with_name("endurance.json")
"""What `endurance` has measured so far."""

Measure = Callable[[Path], Iterator[Figure]]


def measures(*, quick: bool, lasting: int | None = None) -> dict[str, Measure]:
    """What is measured; quickly, with less patience. `lasting` is how many messages `endurance` plays."""
    played = lasting or (200_000 if quick else 10_000_000)
    return {
        "engine": partial(engine, facts=5_000 if quick else 50_000),
        "health": partial(health, quick=quick),
        "latency": partial(latency, seconds=6 if quick else 15),
        "intake": partial(intake, messages=20_000 if quick else 100_000),
        "memory": partial(memory, messages=5_000 if quick else 20_000),
        "start": start,
        "idle": partial(idle, seconds=10 if quick else 30),
        "wear": partial(wear, minutes=10 if quick else 30),
        "forward": partial(forward, entries=20_000 if quick else 100_000),
        "catchup": partial(catchup, behind=20_000 if quick else 100_000),
        "large": partial(large, readings=3_000_000 if quick else 10_000_000),
        "endurance": partial(endurance, messages=played, progress=PROGRESS),
    }


NAMED = {"endurance", "large"}
"""What takes so long that it is measured only when it is asked for."""


def main() -> None:
    """Measure, print, and write the results; a missing server leaves its figures out and says so."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of each; figures are rougher")
    named = "one measure; endurance and large take long and run only so"
    parser.add_argument("--only", choices=tuple(measures(quick=True)), help=named)
    parser.add_argument("--messages", type=int, help="so many messages for endurance, instead of ten million")
    options = parser.parse_args()
    if options.messages is not None and options.messages < SAMPLES:
        parser.error(f"expected {SAMPLES} messages at least, found {options.messages}")
    figures: list[Figure] = []
    for name, measure in measures(quick=options.quick, lasting=options.messages).items():
        if options.only == name or (options.only is None and name not in NAMED):
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
