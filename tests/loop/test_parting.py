"""A broker that still has much to say when its client leaves, and is slow to listen."""

import asyncio
import secrets
import socket
import time

from controller.broker_address import BrokerAddress
from controller.bus import Bus, Outgoing
from controller.tasks import end_task

CONNACK = bytes.fromhex("20020000")
DISCONNECT = bytes.fromhex("e000")
FAREWELL = b"\x00\x05topic"


def spoken(line: socket.socket) -> bytes:
    """Read one packet; all are shorter than 128 bytes here."""
    head = line.recv(2, socket.MSG_WAITALL)
    return head + line.recv(head[1], socket.MSG_WAITALL) if head else b""


def serve(listener: socket.socket) -> bytes:
    """Confirm the farewell, go on talking to one who has left, and only then listen: return what was heard."""
    line, _ = listener.accept()
    with line:
        line.settimeout(5.0)
        assert spoken(line)[0] == 0x10
        line.sendall(CONNACK)
        farewell = spoken(line)
        assert farewell[0] == 0x32
        assert FAREWELL in farewell
        line.sendall(b"\x40\x02" + farewell[9:11])  # PUBACK
        told = bytes([0x30, 7]) + b"\x00\x03any" + b"xx"
        for _ in range(20):
            time.sleep(0.01)
            line.sendall(told)
        heard = b""
        while piece := line.recv(64):
            heard += piece
    return heard


async def test_the_broker_hears_that_we_leave_although_it_is_still_talking() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        broker = asyncio.create_task(asyncio.to_thread(serve, listener))
        bus = Bus(BrokerAddress(url=f"mqtt://127.0.0.1:{port}"), secrets.token_hex(4), [], lambda *_: None)
        bus.farewell(Outgoing("topic", b"ended"))
        running = asyncio.create_task(bus.run())
        while not bus.connected:
            await asyncio.sleep(0.01)
        await end_task(running)
        assert await broker == DISCONNECT
