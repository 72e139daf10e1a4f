"""Work in a thread that has ended when its caller has."""

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


async def to_its_end(work: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """Do blocking work in a thread; cancelled, wait for its end and be cancelled then.

    A thread cannot be cancelled. Whoever closes what it uses, thinking that it has ended, takes the file from under it.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait((working,))
        raise
