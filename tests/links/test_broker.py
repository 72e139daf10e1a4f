import sys
from pathlib import Path

import aiomqtt
import pytest

from gateway.broker import BrokerMissing, EmbeddedBroker


async def test_the_embedded_broker_keeps_what_a_client_missed(tmp_path: Path) -> None:
    async with EmbeddedBroker(tmp_path / "broker") as broker:
        away = aiomqtt.Client(broker.host, broker.port, identifier="away", clean_session=False)
        async with away:
            await away.subscribe("street/+", qos=1)
        async with aiomqtt.Client(broker.host, broker.port) as sender:
            await sender.publish("street/lamp", "kept", qos=1)
        async with away:
            assert (await anext(aiter(away.messages))).payload == b"kept"


async def test_what_the_broker_took_survives_its_restart(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    async with EmbeddedBroker(folder) as broker:
        away = aiomqtt.Client(broker.host, broker.port, identifier="away", clean_session=False)
        async with away:
            await away.subscribe("street/+", qos=1)
        async with aiomqtt.Client(broker.host, broker.port) as sender:
            await sender.publish("street/lamp", "kept", qos=1)
    async with EmbeddedBroker(folder, broker.port), away:
        assert (await anext(aiter(away.messages))).payload == b"kept"


async def test_without_the_server_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerMissing, match="pip install"):
        async with EmbeddedBroker(tmp_path / "broker"):
            pass
