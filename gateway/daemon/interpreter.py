"""Python's own settings for a process that runs for months and takes messages in bursts."""

import gc

COLLECT_EVERY = 20_000
"""Objects made and not yet gone between two looks for garbage. A full window of messages is some 10,000, all of which
go by themselves; Python's 700 would walk through them again and again, which takes a quarter of the time of each."""


def settle_down() -> None:
    """Call once, when all rooms are built: what is there now stays, so that nobody looks through it for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)
