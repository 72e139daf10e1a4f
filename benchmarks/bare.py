"""The baseline: an aiomqtt client that subscribes with QoS 1 and only counts.

It keeps nothing and acknowledges on receipt, so it is the least that a Python client of this kind can do.
`python -m benchmarks.bare PORT FILTER FILE` writes its count to FILE a few times a second.
"""

import asyncio
import sys
from pathlib import Path

import aiomqtt

SESSION = "bare"
INTERVAL = 0.05


class Count:
    """How many messages came."""

    def __init__(self) -> None:
        self.messages = 0


async def count(port: int, pattern: str, file: Path) -> None:
    """Count until cancelled."""
    client = aiomqtt.Client("127.0.0.1", port, identifier=SESSION, clean_session=False)
    counted = Count()
    async with client, asyncio.TaskGroup() as tasks:
        await client.subscribe(pattern, qos=1)
        await asyncio.to_thread(file.write_text, "0")
        tasks.create_task(_report(counted, file))
        async for _ in client.messages:
            counted.messages += 1


async def _report(counted: Count, file: Path) -> None:
    said = 0
    while True:
        await asyncio.sleep(INTERVAL)
        if counted.messages != said:
            said = counted.messages
            await asyncio.to_thread(file.write_text, str(said))


if __name__ == "__main__":
    asyncio.run(count(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
