"""Lamps on DALI lines: which line, which short address, and what must be installed for them."""

import re
from collections.abc import Iterator
from importlib.util import find_spec

from devices.conventions.dali import ADDRESS
from gateway.configuration.equipment import Unit
from gateway.configuration.models import LuminaireBlock
from gateway.configuration.reach import mistake
from gateway.lighting.plan import Problem

DALI = "dali"
"""The convention, and the beginning of the names of its links."""

_TRIDONIC = re.compile(r"tridonic:/\S+")
_DALISERVER = "daliserver"
_LINE_MEANING = "tridonic:/dev/...  for the Tridonic DALI USB, or  daliserver://127.0.0.1:55825"
_ADDRESS_MEANING = "its short address on the line, 0 to 63"


def link(line: str) -> str:
    """The name of the link to a line."""
    return f"{DALI}:{line}"


def installed() -> bool:
    """Whether what speaks DALI is installed: the extra `dali`."""
    return find_spec("dali") is not None


def problems(unit: Unit[LuminaireBlock]) -> Iterator[Problem]:
    """What a lamp on a line lacks, and what only such lamps may have."""
    block = unit.block
    if block.convention != DALI:
        for key in ("line", "dimming_curve"):
            if getattr(block, key) is not None:
                yield Problem(unit.at(key), f'"{key}" belongs to a lamp on a DALI line', "Write  convention: dali")
        return
    if block.line is None:
        yield unit.missing("line", _LINE_MEANING)
    elif wrong := _mistake(block.line):
        yield Problem(unit.at("line"), f'"{block.line}" is no DALI line{wrong}', f"Write  line:  {_LINE_MEANING}")
    if block.address is None:
        yield unit.missing("address", _ADDRESS_MEANING)
    elif not ADDRESS.fullmatch(block.address):
        expected = f"Write  address:  {_ADDRESS_MEANING}. Each lamp has its own: groups are not used"
        yield Problem(unit.at("address"), f'"{block.address}" is no short address', expected)
    if not installed():
        yield Problem(unit.at("convention"), "what speaks DALI is not installed", 'Run  pip install "reverbere[dali]"')


def _mistake(line: str) -> str:
    """What is wrong with a line, as it is added to a sentence; "" if nothing is."""
    if line.startswith(f"{_DALISERVER}://"):
        wrong = mistake(line, _DALISERVER)
        return wrong and f": {wrong}"
    return "" if _TRIDONIC.fullmatch(line) else ": expected tridonic: or daliserver://"
