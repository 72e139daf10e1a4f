"""What is wrong with a text that is not YAML: the place that its writer must mend, and words of no parser.

A parser complains where it can go no further, which is often a line too late; this looks for where it began.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError, StringMark

from gateway.wording import plural

CURLY = "\u201c\u201d\u201e\u2018\u201a"
"""Quotes of word processors that YAML takes for letters."""

_KEY_AND_VALUE = "Write  key: value  with a space after the colon"
_NO_SPACE = re.compile(r"\s*(?:- )?([\w-]+):([^ \t].*?)\s*(?:#.*)?")
_EQUALS = re.compile(r"\s*(?:- )?([\w-]+)\s*=\s*(.*?)\s*(?:#.*)?")
_DASH = re.compile(r"\s*[\u2010-\u2015\u2022*\u00b7]\s")
_CLOSING = {"flow mapping": ("{", "}"), "flow sequence": ("[", "]")}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Where the mistake is, counted from 0 as the parser counts, what it is and what to write."""

    line: int
    column: int
    found: str
    expected: str
    hint: str = ""


def diagnose(error: MarkedYAMLError, lines: Sequence[str]) -> Diagnosis:
    """What somebody who reads the lines would say of a parser's complaint."""
    return _Complaint(error, lines).diagnosis()


class _Complaint:
    """A parser's complaint beside the lines it is about: `at` is where it stopped, `since` what it was reading."""

    def __init__(self, error: MarkedYAMLError, lines: Sequence[str]) -> None:
        self._lines = lines
        self._told = str(error.problem or error.context or "")
        self._reading = str(error.context or "")
        mark, since = error.problem_mark or error.context_mark, error.context_mark
        self._at = self._inside(mark)
        self._since = self._inside(since) if since is not None else self._at

    def diagnosis(self) -> Diagnosis:
        """The first explanation that fits."""
        tried = (self._quotes, self._alias, self._unclosed, self._no_colon, self._indented, self._character)
        return next((said for attempt in tried if (said := attempt()) is not None), None) or self._otherwise()

    def _inside(self, mark: StringMark | None) -> tuple[int, int]:
        """Where a mark stands; the end of the last line for one behind it."""
        line = mark.line if mark is not None else 0
        if mark is None or line >= len(self._lines):
            return len(self._lines) - 1, len(self._lines[-1])
        return line, min(mark.column, len(self._lines[line]))

    def _text(self, at: tuple[int, int]) -> str:
        return self._lines[at[0]]

    def _quotes(self) -> Diagnosis | None:
        if any(curly in self._text(self._at) for curly in CURLY):
            text = self._text(self._at)
            column = next(index for index, letter in enumerate(text) if letter in CURLY)
            return Diagnosis(self._at[0], column, "there are curly quotes in this line", 'Write straight ones: "..."')
        if "quoted scalar" in self._reading and "end of stream" in self._told:
            return Diagnosis(*self._since, "the quote that opens here is not closed", "Close it in the same line")
        if "found '<scalar>'" in self._told or "but got '<scalar>'" in self._told:
            return self._open_quote()
        if "unknown escape character" in self._told:
            found = "a backslash stands in double quotes"
            return Diagnosis(*self._at, found, "Write it twice, or use single quotes: '...'")
        return None

    def _open_quote(self) -> Diagnosis | None:
        """The line in which a quote was opened that ended by mistake where the parser stopped."""
        text, column = self._text(self._at), self._at[1]
        before = text[:column].rstrip()
        if before[-1:] not in {'"', "'"}:
            return None
        quote = before[-1]
        if before.count(quote) > 1:
            expected = "Put a text with quotes in it in quotes of the other kind"
            return Diagnosis(*self._at, "the text in quotes ends before this", expected)
        for line in range(self._at[0] - 1, -1, -1):
            if self._lines[line].count(quote) % 2:
                start = self._lines[line].index(quote)
                return Diagnosis(line, start, "the quote that opens here is not closed", "Close it in the same line")
        return None

    def _alias(self) -> Diagnosis | None:
        if "undefined alias" not in self._told:
            return None
        return Diagnosis(*self._at, "the * makes an alias of this", "Put the text in quotes, or write what is meant")

    def _unclosed(self) -> Diagnosis | None:
        """A { or [ that is not closed, or in which a comma is missing."""
        for kind, (opening, closing) in _CLOSING.items():
            if kind not in self._reading:
                continue
            if self._since[0] != self._at[0]:
                found = f"the {opening} that opens here is not closed"
                return Diagnosis(*self._since, found, f"Close it with {closing} in the same line")
            within = self._text(self._at)[self._since[1] : self._at[1]]
            if ";" in within:
                column = self._since[1] + within.rindex(";")
                return Diagnosis(self._at[0], column, "a semicolon stands between two values", "Write a comma")
            found = f"a comma or the {closing} is missing before this"
            return Diagnosis(*self._at, found, f"{opening}...{closing} has values with commas between them")
        return None

    def _no_colon(self) -> Diagnosis | None:
        """A line that should be a key and a value."""
        if "could not find expected ':'" not in self._told:
            return self._stray()
        text = self._text(self._since)
        if "\t" in text:
            found = "there is a tab in this line"
            return Diagnosis(self._since[0], text.index("\t"), found, "YAML wants spaces: write one")
        if (match := _NO_SPACE.fullmatch(text)) is not None:
            found = f'there is no space after the colon of "{match[1]}"'
            return Diagnosis(*self._since, found, f"Write  {match[1]}: {match[2].strip()}")
        if (match := _EQUALS.fullmatch(text)) is not None:
            return Diagnosis(*self._since, "there is a = where a colon should be", f"Write  {match[1]}: {match[2]}")
        return self._stray() or Diagnosis(*self._since, "this line is no key with a value", _KEY_AND_VALUE)

    def _stray(self) -> Diagnosis | None:
        """A list's item that begins with something else than a hyphen."""
        for place in (self._since, self._at):
            text = self._text(place)
            if _DASH.match(text):
                column = len(text) - len(text.lstrip())
                return Diagnosis(place[0], column, "a list's item begins with a hyphen and a space", "Write  - ...")
        return None

    def _indented(self) -> Diagnosis | None:
        line, column = self._at
        text = self._text(self._at)
        indent = len(text) - len(text.lstrip())
        if "mapping values are not allowed" in self._told:
            return self._second_colon(line, indent)
        if "sequence entries are not allowed" in self._told and text[:column].strip():
            return Diagnosis(line, column, "a list begins behind its key", "Write each  - ...  on a line of its own")
        if "expected <block end>" in self._told and column == indent:
            around = self._since[1]
            if column != around:
                here, block = plural(indent, "space"), plural(around, "space")
                found = f"this line is indented by {here}, and its block (from line {self._since[0] + 1}) by {block}"
                return Diagnosis(line, column, found, "Keys of one block begin below each other")
            expected = f"A line of this block is  {'- ...' if text[column:][:1] == '{' else 'key: value'}"
            return Diagnosis(line, column, "this does not go with the lines before it", expected)
        return None

    def _second_colon(self, line: int, indent: int) -> Diagnosis:
        """A colon in a line that cannot have one: its key is indented too far, or its value has a colon too."""
        text = self._lines[line]
        if ": " in text[: self._at[1]]:
            found = "there is a second colon in this line"
            return Diagnosis(line, self._at[1], found, 'Put a text that has a colon in quotes: "...: ..."')
        found = "this line is indented deeper than the one before it, which has a value already"
        return Diagnosis(line, indent, found, "Keys of one block begin below each other")

    def _character(self) -> Diagnosis | None:
        if "cannot start any token" not in self._told:
            return None
        letter = self._text(self._at)[self._at[1] :][:1]
        if letter == "\t":
            return Diagnosis(*self._at, "there is a tab in this line", "YAML wants spaces: write one")
        return Diagnosis(*self._at, f"no value begins with {letter}", 'Put the text in quotes: "..."')

    def _otherwise(self) -> Diagnosis:
        if "another document" in self._told:
            return Diagnosis(*self._at, "a second document begins here", "Delete the line with  ---  or  ...")
        expected = f"{_KEY_AND_VALUE}; close every {{ [ and quote"
        return Diagnosis(*self._at, f"this is not YAML: {self._told}", expected)
