"""Where a site stands: a town by its name, or coordinates."""

from dataclasses import dataclass

import typer

from gateway.cli.arriving.questions import Asker, Question, UnansweredError
from gateway.configuration.places import Town, coordinates, find, folded, listed, nearest

PLACE = Question("--place", "Where it stands: a town, or latitude and longitude such as 46.78, 4.85")
MOST = 9
"""Towns that are listed to choose from."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the earth; `town` is it or the next one to it, for people."""

    latitude: float
    longitude: float
    time_zone: str
    town: str
    name: str


def where(asker: Asker, given: str | None) -> Spot:
    """Ask for the place; several towns of a name are listed, the largest first, and one is chosen by its number.

    The only town whose name has the words, and more, is asked about. Raises `UnansweredError`.
    """
    said = asker.ask(PLACE, given, _answer if asker.asks else _one)
    if isinstance(said, Spot):
        return said
    answer, towns = said
    found = towns if given is None else _exact(answer, towns) or towns
    if len(found) == 1:
        town = _spot(found[0])
        if _exact(answer, found) or typer.confirm(f"  No town is called just so. Is it {town.town}?"):
            return town
        if given is not None:
            raise UnansweredError(f"{PLACE.option}: expected the whole name of a town, or coordinates; found {given!r}")
        return where(asker, None)
    for line in listed(found, MOST):
        typer.echo(f"  {line}")
    if len(found) > MOST:
        typer.echo(
            f"  and {len(found) - MOST} smaller ones: add the country, as in {found[0].name}, {found[0].country}"
        )
    number = asker.ask(Question("--place", "Which of them", "1"), None, _Number(min(len(found), MOST)))
    return _spot(found[number - 1])


@dataclass(frozen=True, slots=True)
class _Number:
    """Reads a number of the list."""

    last: int

    def __call__(self, answer: str) -> int:
        if not answer.isdecimal() or not 1 <= int(answer) <= self.last:
            raise ValueError(f"expected a number from 1 to {self.last}, found {answer!r}")
        return int(answer)


def _candidates(answer: str) -> Spot | list[Town]:
    """The point, or all towns that may be meant. Raises `ValueError` where there is none."""
    point = coordinates(answer)
    if point is not None:
        next_to = nearest(*point)
        return Spot(*point, next_to.time_zone, f"near {next_to.name} ({next_to.country})", next_to.name)
    found = find(answer)
    if not found:
        expected = "expected a town of 1,000 inhabitants or more by its local name, or coordinates such as 46.78, 4.85"
        raise ValueError(f"{expected}; found {answer!r}")
    return found


def _answer(answer: str) -> Spot | tuple[str, list[Town]]:
    """The point, or the words with all towns that may be meant. Raises `ValueError` where there is none."""
    found = _candidates(answer)
    return found if isinstance(found, Spot) else (answer, found)


def _one(answer: str) -> Spot:
    """The only place that is called so. Raises `ValueError` with a list where there are several, or others."""
    found = _candidates(answer)
    if isinstance(found, Spot):
        return found
    exact = _exact(answer, found)
    if len(exact) == 1:
        return _spot(exact[0])
    lines = "\n".join(f"  {line}" for line in listed(found, MOST))
    if len(found) == 1:
        raise ValueError(f"no town is called {answer!r}; write the whole name, or the coordinates:\n{lines}")
    raise ValueError(f"{len(found)} towns may be meant; write the country too, or the coordinates:\n{lines}")


def _exact(answer: str, towns: list[Town]) -> list[Town]:
    """Those that are called just so; a country may stand behind the name."""
    names = {folded(answer), folded(answer.rsplit(",", 1)[0])}
    return [town for town in towns if folded(town.name) in names]


def _spot(town: Town) -> Spot:
    return Spot(town.latitude, town.longitude, town.time_zone, f"{town.name} ({town.country})", town.name)
