import asyncio
import socket
import struct

from paho.mqtt.enums import MQTTProtocolVersion

from gateway.links.backlog import Backlog
from gateway.links.connection import CONNECT_TIMEOUT, Broker, Connection


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A broker that hears CONNECT and ends the connection without a farewell."""
    await reader.read(1)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_a_broker_that_resets_while_we_give_it_up_is_no_error() -> None:
    loop = asyncio.get_running_loop()
    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        broker = Broker("127.0.0.1", server.sockets[0].getsockname()[1], "gateway-of-the-test")
        line = Connection(broker, MQTTProtocolVersion.MQTTv5, 1, Backlog(10), lambda *_: None)
        await line.open()
        sock, gone = line.client.socket(), asyncio.Event()
        assert sock is not None
        loop.add_reader(sock, gone.set)
        await gone.wait()
        loop.remove_reader(sock)
        line._opened = loop.time() - 2 * CONNECT_TIMEOUT
        line._tick()
        await line.serve()
    assert line.client.socket() is None
