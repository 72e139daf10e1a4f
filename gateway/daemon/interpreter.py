"""Python's own settings, and the C library's, for a process that runs for months and takes messages in bursts."""

import asyncio
import ctypes
import gc

COLLECT_EVERY = 20_000
"""Objects made and not yet gone between two looks for garbage. A full window of messages is some 10,000, all of which
go by themselves; Python's 700 would walk through them again and again, which takes a quarter of the time of each."""

BIG = 128 * 1024
"""Bytes from which on a buffer is a mapping of its own, which goes back to the kernel when it is freed."""
GIVE_BACK_EVERY = 10.0
"""Seconds between two times at which free memory is given back, which takes a tenth of a millisecond."""

_MMAP_THRESHOLD = -3
"""What `mallopt` calls it (malloc.h of glibc; mallopt(3))."""
_C = ctypes.CDLL(None)


def settle_down() -> None:
    """Call once, when all rooms are built: what is there now stays, so that nobody looks through it for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)


def keep_big_buffers_apart() -> None:
    """Call once, at the start: a `BIG` buffer never lies between objects that stay.

    It is so by itself until the first of them is freed; from then on glibc takes buffers of that size for common, and
    puts them into the heap. Other C libraries know nothing of this, and need not.
    """
    if (mallopt := getattr(_C, "mallopt", None)) is not None:
        mallopt(_MMAP_THRESHOLD, BIG)


def give_back() -> None:
    """Give all pages of the heap that hold nothing back to the kernel.

    By itself glibc gives back only what is free at the heap's end. Buffers of all sizes come and go between objects
    that stay, so the end creeps up with every burst that is a little larger than those before, and never comes down.
    """
    if (trim := getattr(_C, "malloc_trim", None)) is not None:
        trim(0)


async def stay_small() -> None:
    """Give free memory back now and then, until cancelled."""
    while True:
        await asyncio.sleep(GIVE_BACK_EVERY)
        await asyncio.to_thread(give_back)
