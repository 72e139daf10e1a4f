"""The other end of discovery: a client that holds what the broker tells Home Assistant, and a broker with accounts."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiomqtt
import pytest

from tests.integration.small_site import ROOT
from tests.links.inbox import PATIENCE
from tests.servers import Mosquitto, program

T = TypeVar("T")

GATEWAY, HOME, STRANGER = "reverbere", "ana-ha", "eve"
WORD = "open sesame"
STATES = f"{ROOT}/homeassistant"


class Guarded(Mosquitto):
    """mosquitto that knows its accounts: each orders below its own name only, and the gateway may say all the rest."""

    def command(self) -> list[str]:
        """Write its configuration, accounts and rights."""
        command = super().command()
        passwords, rights = self.folder / "passwords", self.folder / "rights"
        passwords.write_text("".join(f"{name}:{WORD}\n" for name in (GATEWAY, HOME, STRANGER)))
        passwords.chmod(0o600)
        subprocess.run([program("mosquitto_passwd"), "-U", str(passwords)], check=True)
        rights.write_text(f"""\
user {GATEWAY}
topic readwrite reverbere/#
topic readwrite homeassistant/#
user {HOME}
topic read #
topic write homeassistant/status
user {STRANGER}
topic read #
pattern write {ROOT}/order/%u/+/+
""")
        file = self.folder / "mosquitto.conf"
        text = file.read_text().replace("allow_anonymous true", "allow_anonymous false")
        file.write_text(f"{text}password_file {passwords}\nacl_file {rights}\n")
        return command


class Assistant:
    """What a client knows of a street: the newest message of each topic, empty ones being none."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self.held: dict[str, bytes] = {}
        self.heard: list[aiomqtt.Message] = []
        self._client = client
        self._more = asyncio.Event()

    async def say(self, topic: str, payload: str | bytes = b"", *, retain: bool = False) -> None:
        """Publish with QoS 1, and wait until the broker has it."""
        await self._client.publish(topic, payload, qos=1, retain=retain)

    async def order(self, zone: str, said: object, *, account: str = HOME, retain: bool = False) -> None:
        """Order as the light of a zone does."""
        await self.say(f"{ROOT}/order/{account}/{zone}/set", json.dumps(said), retain=retain)

    async def listen(self) -> None:
        """Hear until cancelled."""
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes)
            self.heard.append(message)
            if message.payload:
                self.held[str(message.topic)] = message.payload
            else:
                self.held.pop(str(message.topic), None)
            self._more.set()

    def described(self) -> dict[str, Any]:
        """What is described, by object id."""
        topics = [topic for topic in self.held if topic.startswith("homeassistant/device/")]
        return {topic.split("/")[2]: json.loads(self.held[topic]) for topic in topics}

    def state(self, *levels: str) -> dict[str, Any]:
        """The state on a topic below the site's; empty if there is none."""
        said: dict[str, Any] = json.loads(self.held.get("/".join((STATES, *levels)), b"{}"))
        return said

    async def until(self, look: Callable[["Assistant"], T], what: str) -> T:
        """Wait until something holds, and give what `look` found."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (found := look(self)):
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            pytest.fail(f"waited in vain: {what}")
        return found


@asynccontextmanager
async def assistant(port: int, account: str | None = HOME) -> AsyncIterator[Assistant]:
    """A client that listens as Home Assistant does, by an account of the broker (None: nobody's)."""
    password = None if account is None else WORD
    async with aiomqtt.Client("127.0.0.1", port, username=account, password=password) as client:
        here = Assistant(client)
        for topic in ("homeassistant/#", f"{ROOT}/#"):
            await client.subscribe(topic, qos=1)
        listening = asyncio.create_task(here.listen(), name="assistant")
        try:
            yield here
        finally:
            listening.cancel()
            await asyncio.wait([listening])


def ask_for_home(folder: Path, more: str = "") -> None:
    """Let a site that has a broker tell Home Assistant, and the account of `HOME` order."""
    text = (folder / "site.yaml").read_text()
    (folder / "password").write_text(WORD)
    text = text.replace("broker: mosquitto}", f"username: {GATEWAY}, password_file: password}}")
    (folder / "site.yaml").write_text(f"{text}homeassistant: {{accounts: {HOME}, lasts: 2h{more}}}\n")
