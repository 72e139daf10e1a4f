"""How `reverbere calibrate` goes about it: hold a level, wait until the lamps are there, ask, let go."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from gateway.cli.options import FAILED
from gateway.cli.show import as_json, console, errors, zone_of
from gateway.configuration.build import load
from gateway.control.ask import NoGatewayError, ask
from gateway.control.words import MOST_LUX, Refused, make_request

FULL, LOW = 100, 75
"""Levels in per cent: the one that is held first, and the highest beside which it proves anything."""

PATIENCE = 240.0
"""Real seconds within which lamps reach a level and are judged there: a ramp, and two words a minute apart."""

LOOK = 0.5
"""Real seconds between two looks at them."""

HOLD = "20min"
"""How long a level is held if nobody lets go: what is left when this command dies."""

_FEW = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked on the command line."""

    folder: Path
    target: str
    low: int
    owner: str
    force: bool = False
    ask: bool = True
    as_json: bool = False


class NobodyToAskError(ValueError):
    """Somebody should read a luxmeter, and there is no terminal to ask at."""


class _Gateway:
    """The gateway that runs on a folder, asked in somebody's name about one zone or lamp. Raises what `ask` raises."""

    def __init__(self, wish: Wish) -> None:
        self._site = load(wish.folder)
        self._wish = wish
        self._order = ""
        self._since = 0

    def hold(self, level: int) -> int:
        """Order a level; say which came of it: a class may ask for more."""
        wish, before = self._wish, self._order
        said: dict[str, object] = {"level": level, "for": HOLD, "force": wish.force, "owner": wish.owner}
        value = self._ask("override", **said, proving=True, reason="calibrate")
        self._order = str(value["id"])
        if before:
            self._ask("cancel", order=before, owner=wish.owner)
        start, expires = (datetime.fromisoformat(value[key]) for key in ("start", "expires"))
        self._since = self._since or int(start.timestamp())
        until = expires.astimezone(zone_of(self._site.plan))
        errors.print(f"{value['target']} is held at {value['lowest']} %, until {until:%H:%M} at most.", markup=False)
        return int(value["lowest"])

    def let_go(self) -> None:
        """Take the order back that stands."""
        if self._order:
            self._ask("cancel", order=self._order, owner=self._wish.owner)

    def measured(self) -> Mapping[str, Any]:
        """How far the lamps are, and what was found out since the first order."""
        return self._ask("measure", since=self._since)

    def prove(self, lux: Sequence[tuple[int, float]]) -> Mapping[str, Any]:
        """Keep lux that were measured; say what they prove."""
        return self._ask("prove", lux=tuple(lux), owner=self._wish.owner)

    def _ask(self, do: str, **said: object) -> Mapping[str, Any]:
        about = {} if do == "cancel" else {"target": self._wish.target}
        return asyncio.run(ask(self._site.state, make_request({"do": do, **about, **said})))


def keep(wish: Wish, lux: Sequence[tuple[int, float]]) -> int:
    """Keep lux that were measured before; the exit. Raises `NoGatewayError`, `Refused`, `ConfigurationError`."""
    return _told(wish, None, _Gateway(wish).prove(lux))


def measure(wish: Wish) -> int:
    """Hold the levels and ask for lux, if that is wished; the exit.

    Raises what `keep` raises, and `NobodyToAskError` before any lamp changes.
    """
    if wish.ask and not sys.stdin.isatty():
        raise NobodyToAskError(
            "expected a terminal to ask for lux at, or  --watts  for the lamps' own meters, "
            "or  --lux 100=10.2 --lux 40=4.1  that were measured before"
        )
    gateway, lux = _Gateway(wish), list[tuple[int, float]]()
    with _held(gateway):
        gateway.hold(FULL)
        _settle(gateway, FULL)
        _ask_lux(wish, FULL, lux)
        low = gateway.hold(wish.low)
        if low > LOW:
            _refuse(wish.low, low)
        watts = _settle(gateway, low)
        _ask_lux(wish, low, lux)
    try:
        proven = gateway.prove(lux) if len(lux) > 1 else None
    except (Refused, NoGatewayError):
        # What the meters said is known all the same.
        _told(wish, watts, None)
        raise
    return _told(wish, watts, proven)


@contextmanager
def _held(gateway: _Gateway) -> Iterator[None]:
    """Take the orders back, whatever happens meanwhile; if that fails too, they end by themselves."""
    try:
        try:
            yield
        finally:
            gateway.let_go()
    except (KeyboardInterrupt, typer.Abort):
        errors.print("\nLet go: the lamps follow their program again.")
        raise typer.Exit(FAILED) from None


def _refuse(level: int, least: int) -> None:
    errors.print(
        f"Its class asks {least} % now: {level} % cannot be tried. By day nobody needs the light; at night  --force\n"
        f"tries it all the same, if  overrides: {{below_floor: allowed}}  is in lighting.yaml.",
        markup=False,
    )
    raise typer.Exit(FAILED)


def _left(value: Mapping[str, Any]) -> int:
    """Lamps that are not at their level yet, or have not said their watts there, or not often enough to be judged."""
    return int(value["waiting"]) or int(value["undecided"])


def _settle(gateway: _Gateway, level: int) -> Mapping[str, Any]:
    """Wait until no lamp is left to wait for; what is known then, complete or not."""
    end = time.monotonic() + PATIENCE
    with errors.status("") as shown:
        while _left(value := gateway.measured()) and time.monotonic() < end:
            shown.update(f"{value['lamps'] - _left(value)} of {value['lamps']} lamps are ready at {level} %")
            time.sleep(LOOK)
    if value["waiting"]:
        errors.print(f"Not settled at {level} %: {_some(value['first_waiting'], value['waiting'])}", markup=False)
    return value


def _ask_lux(wish: Wish, level: int, lux: list[tuple[int, float]]) -> None:
    """Add what the person reads, if anything."""
    while wish.ask:
        text = typer.prompt(f"Lux at {level} % (Enter: not measured)", default="", show_default=False, err=True)
        if not text.strip():
            return
        try:
            lux.append((level, _lux(text)))
        except ValueError:
            errors.print(f'Expected a number from 0 to {MOST_LUX:g} such as 10.2, found "{text}".', markup=False)
        else:
            return


def _lux(text: str) -> float:
    """A reading as people type it. Raises `ValueError` for what the gateway would not take."""
    lux = float(text.strip().removesuffix("lx").replace(",", "."))
    if not 0 <= lux <= MOST_LUX:
        raise ValueError(text)
    return lux


def _told(wish: Wish, watts: Mapping[str, Any] | None, lux: Mapping[str, Any] | None) -> int:
    """Say what was found out; the exit: 0 if something is proven and nothing disproven."""
    if wish.as_json:
        as_json({"target": wish.target, "watts": watts, "lux": lux})
    else:
        for line in (*_about_watts(watts), *_about_lux(lux)):
            console.print(line, markup=False)
    wrong = (watts is not None and watts["misfit"]) or (lux is not None and lux["verdict"] != "fits")
    proven = (watts is not None and watts["fit"]) or lux is not None
    return FAILED if wrong or not proven else 0


def _about_watts(watts: Mapping[str, Any] | None) -> Iterator[str]:
    if watts is None:
        return
    if not watts["metered"]:
        yield f"Watts   none of {watts['lamps']} lamps says its watts"
        return
    yield f"Watts   of {watts['metered']} lamps that say them {watts['fit']} follow their level"
    yield from (f"        {lamp}  {found}: it is not dimmed from now on" for lamp, found in watts["misfits"])
    unknown = watts["metered"] - watts["fit"] - watts["misfit"]
    if unknown:
        yield f"        nothing was found out of {_some(watts['unproven'], unknown)}"


def _about_lux(lux: Mapping[str, Any] | None) -> Iterator[str]:
    if lux is None:
        return
    points = (f"{found:.1f} lx at {level:g} % ({expected:.1f} expected)" for level, expected, found in lux["points"])
    fits = lux["verdict"] == "fits"
    words = "the light follows its level" if fits else "it does not, and is not dimmed from now on"
    yield f"Lux     {', '.join(points)}: {words}"


def _some(names: Sequence[str], count: int) -> str:
    listed = ", ".join(names[:_FEW])
    return listed if count <= _FEW else f"{listed} and {count - _FEW} more"
