"""A block of a file against its model: the block understood, or every mistake in it with its place.

A misspelt key is reported once and then read as what was meant, so that it hides no other mistake and is not reported
as missing too.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.configuration.problems import suggest, unknown
from gateway.configuration.source import Route, Source, Tree
from gateway.configuration.units import Unreadable
from gateway.lighting.plan import Problem

M = TypeVar("M", bound=BaseModel)

_SECRETS = ("password", "token", "secret")


def fit(model: type[M], source: Source, route: Route, tree: Tree) -> tuple[M | None, list[Problem]]:
    """Understand the tree that stands at a route of a source. None if something in it is wrong beyond repair."""
    mending = _Mending(source)
    if isinstance(tree, dict):
        tree = mending.mend(model, route, tree)
    try:
        return model.model_validate({} if tree is None else tree), mending.problems
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        found = [_problem(source, _written(route, detail, mending.moved), detail) for detail in details]
        return None, mending.problems + found


class _Mending:
    """Unknown and empty keys of a tree: reported, and taken for what was probably meant.

    `moved` has the written key of each value that was taken for another key's.
    """

    def __init__(self, source: Source) -> None:
        self.problems: list[Problem] = []
        self.moved: dict[Route, str] = {}
        self._source = source

    def mend(self, model: type[BaseModel], route: Route, tree: dict[str, Tree]) -> dict[str, Tree]:
        """The tree with known keys only, as the model spells them."""
        known = {field.alias or name: field for name, field in model.model_fields.items()}
        kept: dict[str, Tree] = {}
        for key, value in tree.items():
            name = key if key in known else self._meant(route, key, tree, tuple(known))
            if not name:
                continue
            if value is None and not known[name].is_required():
                place = self._source.key((*route, key))
                self.problems.append(Problem(place, f'nothing is written after "{key}"', "Write it, or delete the key"))
                continue
            kept[name] = self._below(_model_in(known[name].annotation), (*route, key), value)
        return kept

    def _meant(self, route: Route, key: str, tree: dict[str, Tree], known: tuple[str, ...]) -> str:
        """Report an unknown key; the known one that was probably meant, if it is not there as well."""
        self.problems.append(_unknown_key(self._source, (*route, key), known))
        name = suggest(key, known)
        if not name or name in tree:
            return ""
        self.moved[*route, name] = key
        return name

    def _below(self, model: type[BaseModel] | None, route: Route, value: Tree) -> Tree:
        """A value with the blocks in it mended."""
        if model is None:
            return value
        if isinstance(value, dict):
            return self.mend(model, route, value)
        if isinstance(value, list):
            return [self._below(model, (*route, index), item) for index, item in enumerate(value)]
        return value


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, alone, optional or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)


def _unknown_key(source: Source, route: Route, known: Sequence[str]) -> Problem:
    word = str(route[-1])
    place = source.key(route)
    where = _around(source, route)
    if word in _SECRETS:
        expected = f"Secrets are files of mode 0600, so that this one can be shown to anyone: {word}_file"
        return Problem(place, f'a {word} may not stand in this file, at "{where}"', expected)
    return unknown(place, word, where, known)


def _problem(source: Source, route: Route, detail: ErrorDetails) -> Problem:
    """What pydantic found, in words, where it was written."""
    place = source.key(route) if _is_about_key(detail) else source.at(route)
    word = str(route[-1]) if route else PurePath(source.file).name
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, Unreadable):
        return Problem(place, cause.found, cause.expected, cause.hint)
    if detail["type"] == "missing":
        around = source.key(route[:-1])
        return Problem(around, f'"{word}" is missing in {_around(source, route)}', f"Write  {word}:  with its value")
    if detail["type"] in {"model_type", "dict_type", "model_attributes_type"}:
        return Problem(place, f'"{word}" is not a block of keys', "Write its keys below it, indented by two spaces")
    if detail["type"] == "list_type":
        return Problem(place, f'"{word}" is not a list', "Write its items below it, each after a hyphen")
    return Problem(place, f'"{word}" is not understood', detail["msg"])


def _around(source: Source, route: Route) -> str:
    """The name of the block that a route leads into."""
    return next((step for step in reversed(route[:-1]) if isinstance(step, str)), PurePath(source.file).name)


def _written(base: Route, detail: ErrorDetails, moved: dict[Route, str]) -> Route:
    """The route of what pydantic found as it stands in the file, misspelt keys included."""
    location = detail["loc"][:-1] if _is_about_key(detail) else detail["loc"]
    route = base
    for step in location:
        route = (*route, moved.get((*route, step), step))
    return route


def _is_about_key(detail: ErrorDetails) -> bool:
    """Whether a key of a free table is wrong, such as a flow of a curve, and not its value."""
    return detail["loc"][-1:] == ("[key]",)
