"""What a process that runs for months does with memory that it needs no more."""

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what is free")

BETWEEN = """
import resource
from gateway.daemon import interpreter

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()

def come_and_go(size):
    "20 MB of buffers that go again, with small ones between them that stay; how much of it is still resident."
    before = resident()
    pairs = [(bytearray(size), bytearray(700)) for _ in range(20_000_000 // size)]
    global stay
    stay = [small for _, small in pairs]
    del pairs
    return resident() - before
"""


def _left(then: str) -> int:
    """Bytes that are still resident, in a process of its own."""
    command = [sys.executable, "-c", f"{BETWEEN}\n{then}"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_free_memory_between_what_stays_is_given_back() -> None:
    kept = _left("print(come_and_go(20_000))")
    given_back = _left("before = resident(); come_and_go(20_000); interpreter.give_back(); print(resident() - before)")
    assert kept > 15_000_000
    assert given_back < 5_000_000


def test_big_buffers_go_back_as_soon_as_they_are_freed_although_one_was_freed_before() -> None:
    kept = _left("bytearray(4_000_000); print(come_and_go(200_000))")
    apart = _left("interpreter.keep_big_buffers_apart(); bytearray(4_000_000); print(come_and_go(200_000))")
    assert kept > 15_000_000
    assert apart < 5_000_000
