"""A process that drops to a user and groups, then asks for the status and an order, and says what it heard.

`python -m tests.control.asker FOLDER UID GID GROUP...`
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from gateway.control.ask import NoGatewayError, ask
from gateway.control.words import OverrideRequest, Refused, Request, StatusRequest


def heard(folder: Path, request: Request) -> str:
    try:
        asyncio.run(ask(folder, request))
    except (Refused, NoGatewayError) as error:
        return f"{error}"
    return "ok"


def main(folder: str, *numbers: str) -> None:
    """Become that user, and ask."""
    uid, gid, *groups = map(int, numbers)
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    requests = (StatusRequest(), OverrideRequest(target="quay", level=80))
    sys.stdout.write(json.dumps([heard(Path(folder), request) for request in requests]))


main(*sys.argv[1:])
