"""POSIX: the loop watches the port's own descriptor."""

import asyncio
import os
import time

from drivers.serial_farewell import wait_until_said
from drivers.serial_port import (
    READ_BYTES,
    WAITING_WORDS_BYTES,
    SerialPort,
    TakeBytes,
    TakeLoss,
    close_port,
    unsent_bytes,
)

# A rest shorter than this costs more than the wake-ups it saves; a longer one than that lets 4 kB of a tty fill up at
# 64 channels and 2 kHz.
SHORTEST_REST_NS, LONGEST_REST_NS = 2_000_000, 10_000_000


class DescriptorReader:
    """A `PortReader` without a thread: 33 µs from the device to the parsed block at the median."""

    def __init__(self, port: SerialPort, take_bytes: TakeBytes, take_loss: TakeLoss) -> None:
        self._port: SerialPort | None = port
        self._descriptor: int = port.fileno()
        self._take_bytes = take_bytes
        self._take_loss = take_loss
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._unwritten = bytearray()  # what the system has not taken yet
        self._silent = False
        self._closing: asyncio.Future[None] | None = None
        self._loop.add_reader(self._descriptor, self._read)

    def write(self, data: bytes) -> None:
        """Send a short command; what the port does not take now follows when it does.

        Dropped whole: by a closed port, and where more than `WAITING_WORDS_BYTES` would wait.
        """
        if self._port is None or len(self._unwritten) + len(data) > WAITING_WORDS_BYTES:
            return
        was_waiting = bool(self._unwritten)
        self._unwritten += data
        if not was_waiting:
            self._write_waiting()
            if self._unwritten:
                self._loop.add_writer(self._descriptor, self._write_on)

    def rest(self, until_ns: int) -> None:
        """Leave the bytes in the system's buffer until then; at most `LONGEST_REST_NS`, so that it does not fill."""
        for_ns = min(until_ns - time.monotonic_ns(), LONGEST_REST_NS)
        if for_ns < SHORTEST_REST_NS or self._port is None or self._resting is not None:
            return
        self._loop.remove_reader(self._descriptor)
        self._resting = self._loop.call_later(for_ns * 1e-9, self._wake)

    async def say_farewell(self, words: bytes, within_s: float) -> None:
        """Send the last words and wait until the system has sent them on; what comes meanwhile is thrown away.

        It is read all the same: a socket closed over unread bytes resets the connection, and the words with it.
        """
        self._silent = True
        self.write(words)
        await wait_until_said(self._has_words, within_s)

    def close(self) -> None:
        """Stop watching and close the port. May be called twice."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        port, self._port = self._port, None
        self._unwritten.clear()
        if port is None:
            return
        if self._loop.is_closed():
            close_port(port)
            return
        self._loop.remove_reader(self._descriptor)
        self._loop.remove_writer(self._descriptor)
        if unsent_bytes(port):
            # Linux waits for a device that takes nothing, by default 30 s, where its driver cannot throw bytes away.
            self._closing = self._loop.run_in_executor(None, close_port, port)
        else:
            close_port(port)

    async def wait_closed(self) -> None:
        """Wait until the port is free: mostly it is, as soon as `close` returns."""
        if self._closing is not None:
            await self._closing

    def _has_words(self) -> bool:
        return self._port is not None and (bool(self._unwritten) or unsent_bytes(self._port) > 0)

    def _wake(self) -> None:
        self._resting = None
        # Not read at once: a port with nothing to read gives no bytes, which otherwise means that it has gone.
        self._loop.add_reader(self._descriptor, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error.strerror or str(error))
            return
        if not data:
            self._lose("it was ready to read and had nothing: unplugged, hung up, or read by another program as well")
        elif not self._silent:
            self._take_bytes(data, time.monotonic_ns())

    def _write_on(self) -> None:
        self._write_waiting()
        if not self._unwritten and self._port is not None:
            self._loop.remove_writer(self._descriptor)

    def _write_waiting(self) -> None:
        try:
            del self._unwritten[: os.write(self._descriptor, self._unwritten)]
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error.strerror or str(error))

    def _lose(self, cause: str) -> None:
        self.close()
        if not self._silent:
            self._take_loss(cause)
