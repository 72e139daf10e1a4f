"""Templates of descriptions: a grammar of our own, in which a text from the network can name values and nothing else.

What is understood, of all that Jinja can say:

    {{ value_json.a.b }}   {{ value_json['a b'][0] }}   {{ value }}
    {{ value_json.a | float | round(1) }}   {{ value_json.a | int(0) }}
    {{ 'ON' if value_json.a == 'detected' else 'OFF' }}
    {% if value_json.a > 3 %}ON{% else %}OFF{% endif %}

with text around it. All else is refused in words, when the description comes. A key that a message does not have makes
the whole template say nothing, as `null` does: a message about something else changes nothing.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from devices.convention import Malformed
from devices.payload import Tree, shown, text, tree
from devices.values import number

LONGEST: Final = 1_000
"""Characters of a template."""

DEEPEST: Final = 8
"""Brackets inside each other."""

MOST_DIGITS: Final = 10
"""Places that `round` may be asked for."""

EXPECTED: Final = "a template of value_json.x, the filters int, float, round and one x if y else z"
_PARTS: Final = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<quoted>'[^'\\]*'|\"[^\"\\]*\")|(?P<sign>[=!<>]=|[-<>|()\[\].]))",
    re.ASCII,
)
_COMPARE: Final[Mapping[str, Callable[[Tree, Tree], object]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS: Final[Mapping[str, Tree]] = {"true": True, "True": True, "false": False, "False": False}


class Said:
    """The payload of one message, as text and as JSON; JSON is read when a template asks for it."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    @property
    def value(self) -> Tree:
        """The text. Raises `Malformed`."""
        return text(self.payload)

    @property
    def value_json(self) -> Tree:
        """The JSON. Raises `Malformed`."""
        return tree(self.payload)


Evaluate: TypeAlias = Callable[[Said], Tree]
"""What a part of a template says of a message; None is nothing. Raises `Malformed`."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was understood; `keys` are the names it takes values by, for who must guess what they mean."""

    written: str
    evaluate: Evaluate = field(compare=False)
    keys: tuple[str, ...] = ()

    def __call__(self, said: Said) -> Tree:
        """What it makes of a message; None is nothing. Raises `Malformed`."""
        return self.evaluate(said)


PLAIN: Final = Template("", lambda said: said.value)
"""Where there is no template the payload is the value."""


def template(written: object) -> Template:
    """Understand a template; None or no text is `PLAIN`. Raises `Malformed` for what the grammar does not know."""
    if written is None or written == "":
        return PLAIN
    if not isinstance(written, str) or len(written) > LONGEST:
        raise Malformed(f"{EXPECTED}, {LONGEST} characters at most", shown(written), "template")
    parts = [part for part in _PARTS.split(written.strip()) if part]
    keys: list[str] = []
    heads = [_statement(part) for part in parts if _is_statement(part)]
    if not heads:
        return Template(written, _joined(parts, keys), tuple(keys))
    if [head.split(" ")[0] for head in heads] != ["if", "else", "endif"] or heads[1:] != ["else", "endif"]:
        raise _refused(written)
    return Template(written, _choice(written, parts, heads[0][2:], keys), tuple(keys))


def _choice(written: str, parts: list[str], condition: str, keys: list[str]) -> Evaluate:
    """`{% if %}`, `{% else %}` and `{% endif %}`, which are the whole of a template."""
    first, middle, last = (at for at, part in enumerate(parts) if _is_statement(part))
    if first != 0 or last != len(parts) - 1:
        raise _refused(written)
    reader = _Reader(condition, keys)
    asked = reader.condition()
    reader.end()
    return _either(asked, _joined(parts[1:middle], keys), _joined(parts[middle + 1 : last], keys))


def _is_statement(part: str) -> bool:
    return part.startswith("{%") and part.endswith("%}")


def _is_expression(part: str) -> bool:
    return part.startswith("{{") and part.endswith("}}")


def _statement(part: str) -> str:
    return " ".join(part[2:-2].strip("-+ \t\n").split())


def _joined(parts: list[str], keys: list[str]) -> Evaluate:
    """One expression keeps the type of its value; with text around it, it becomes text."""
    if len(parts) > 1:
        parts = [part for part in (parts[0].lstrip(), *parts[1:-1], parts[-1].rstrip()) if part]
    made = [_expression(part, keys) if _is_expression(part) else _constant(_text(part)) for part in parts]
    if len(made) == 1:
        return made[0]

    def join(said: Said) -> Tree:
        values = [evaluate(said) for evaluate in made]
        return None if any(value is None for value in values) else "".join(map(str, values))

    return join


def _text(part: str) -> str:
    if any(sign in part for sign in ("{{", "{%", "{#", "}}", "%}")):
        raise _refused(part)
    return part.strip() if not part.strip() else part


def _expression(part: str, keys: list[str]) -> Evaluate:
    reader = _Reader(part[2:-2].strip("-"), keys)
    made = reader.value()
    if reader.takes("if"):
        asked = reader.condition()
        reader.needs("else")
        made = _either(asked, made, reader.value())
    reader.end()
    return made


def _constant(value: Tree) -> Evaluate:
    return lambda _: value


def _either(asked: Evaluate, first: Evaluate, other: Evaluate) -> Evaluate:
    def choose(said: Said) -> Tree:
        answer = asked(said)
        return None if answer is None else first(said) if answer else other(said)

    return choose


def _refused(found: str) -> Malformed:
    return Malformed(EXPECTED, shown(found), "template")


class _Reader:
    """Reads one expression from left to right. Raises `Malformed` where it does not follow the grammar."""

    def __init__(self, written: str, keys: list[str]) -> None:
        self._written = written
        self._tokens = list(self._split())
        self._keys = keys
        self._at = 0
        self._depth = 0

    def _split(self) -> Iterator[tuple[str, str]]:
        at, end = 0, len(self._written.rstrip())
        while at < end:
            found = _TOKEN.match(self._written, at)
            if found is None or found.lastgroup is None:
                raise _refused(self._written)
            yield found.lastgroup, found[found.lastgroup]
            at = found.end()

    def _next(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _take(self, kind: str) -> str:
        found, token = self._next()
        if found != kind:
            raise _refused(self._written)
        self._at += 1
        return token

    def takes(self, token: str) -> bool:
        """Whether this comes next; then it is passed."""
        kind, found = self._next()
        here = found == token and kind in ("word", "sign")
        self._at += here
        return here

    def needs(self, token: str) -> None:
        """Pass what must come next."""
        if not self.takes(token):
            raise _refused(self._written)

    def end(self) -> None:
        """Nothing may follow."""
        if self._at < len(self._tokens):
            raise _refused(self._written)

    def condition(self) -> Evaluate:
        """A value, or two that are compared."""
        left = self.value()
        _, sign = self._next()
        if sign not in _COMPARE:
            return left
        self._at += 1
        return _compared(_COMPARE[sign], left, self.value())

    def value(self) -> Evaluate:
        """A value and its filters."""
        made = self._primary()
        while self.takes("|"):
            made = self._filter(made)
        return made

    def _primary(self) -> Evaluate:
        kind, token = self._next()
        if kind == "word" and token in ("value_json", "value"):
            self._at += 1
            return _lookup(token, tuple(self._path()))
        if self._depth < DEEPEST and self.takes("("):
            self._depth += 1
            made = self.value()
            self._depth -= 1
            self.needs(")")
            return made
        return _constant(self._literal())

    def _literal(self) -> Tree:
        kind, token = self._next()
        if kind == "quoted":
            return self._take(kind)[1:-1]
        if kind == "word" and token in _WORDS:
            return _WORDS[self._take(kind)]
        negative = self.takes("-")
        token = self._take("number")
        read = float(token) if "." in token else int(token)
        return -read if negative else read

    def _path(self) -> Iterator[str | int]:
        while True:
            if self.takes("."):
                yield self._key(self._take("word"))
            elif self.takes("["):
                kind, _ = self._next()
                yield self._place() if kind == "number" else self._key(self._take("quoted")[1:-1])
                self.needs("]")
            else:
                return

    def _place(self) -> int:
        token = self._take("number")
        if not token.isdigit():
            raise _refused(self._written)
        return int(token)

    def _key(self, key: str) -> str:
        self._keys.append(key)
        return key

    def _filter(self, made: Evaluate) -> Evaluate:
        name = self._take("word")
        if name not in ("int", "float", "round"):
            raise Malformed("the filters int, float and round", shown(name), "template")
        given: Tree = None
        if self.takes("(") and not self.takes(")"):
            given = self._literal()
            self.needs(")")
        return _round(made, 0 if given is None else given) if name == "round" else _cast(made, name, given)


def _has(value: Tree, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _lookup(root: str, path: tuple[str | int, ...]) -> Evaluate:
    def look(said: Said) -> Tree:
        value = said.value_json if root == "value_json" else said.value
        for step in path:
            if not _has(value, step):
                return None
            value = value[step]
        return value

    return look


def _compared(compare: Callable[[Tree, Tree], object], left: Evaluate, right: Evaluate) -> Evaluate:
    def ask(said: Said) -> Tree:
        one, other = left(said), right(said)
        if one is None or other is None:
            return None
        try:
            return bool(compare(one, other))
        except TypeError:
            raise Malformed(f"something to compare with {shown(other)}", shown(one)) from None

    return ask


def _cast(made: Evaluate, name: str, default: Tree) -> Evaluate:
    def cast(said: Said) -> Tree:
        value = made(said)
        try:
            read = None if value is None else number(int(value) if isinstance(value, bool) else value)
        except Malformed:
            if default is None:
                raise
            read = None
        if read is None:
            return default
        return int(read) if name == "int" else read

    return cast


def _round(made: Evaluate, digits: Tree) -> Evaluate:
    if not isinstance(digits, int) or abs(digits) > MOST_DIGITS:
        raise Malformed(f"round to at most {MOST_DIGITS} places", shown(digits), "template")

    def rounded(said: Said) -> Tree:
        value = made(said)
        return None if value is None else round(number(value), digits)

    return rounded
