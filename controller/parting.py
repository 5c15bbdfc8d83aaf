"""Leaving a broker so that it hears it."""

import asyncio
import contextlib
import os
import socket

import aiomqtt

# A broker hangs up within milliseconds; one that hangs itself is not waited for longer.
PARTING_S = 0.5
_READ_BYTES = 65_536


async def part(client: aiomqtt.Client) -> None:
    """Say DISCONNECT and wait, 0.5 s at most, until the broker has hung up.

    The MQTT client closes its socket with the last byte it writes. Whatever the broker still sends then is answered
    with a reset, and a reset that meets a busy broker hides the DISCONNECT that came before it: the broker takes us for
    lost and publishes the will on top of our last words. So a second handle keeps the connection, closed for writing.
    """
    paho = client._client
    ours = paho.socket()
    if ours is None:
        return
    with socket.socket(fileno=os.dup(ours.fileno())) as line:
        line.setblocking(False)
        paho.disconnect()
        if paho.socket() is not None:  # not all of it went; the client's own way out goes on trying
            return
        with contextlib.suppress(OSError, TimeoutError):  # it hung up first, or never: either way we leave
            line.shutdown(socket.SHUT_WR)
            async with asyncio.timeout(PARTING_S):
                while await asyncio.get_running_loop().sock_recv(line, _READ_BYTES):
                    pass
