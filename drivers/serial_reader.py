"""Reading bytes from an open port, each system in its quickest way. A reader owns its port and frees it."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

import serial

from drivers.serial_port import close_port

READ_BYTES = 1 << 16
# What may wait for a loop that does not run, in the threaded reader: 1 MB is ten seconds at 921,600 baud.
WAITING_BYTES = 1 << 20
# A rest shorter than this costs more than the wake-ups it saves; a longer one than that lets 4 kB of a tty fill up at
# 64 channels and 2 kHz.
SHORTEST_REST_NS, LONGEST_REST_NS = 2_000_000, 10_000_000

TakeBytes = Callable[[bytes, int], None]  # the bytes, and when they were read (monotonic ns)
TakeLoss = Callable[[str], None]  # why there will be no more


class PortReader(Protocol):
    """Hands bytes to the loop until the port is lost or closed, whichever is first; after that it is silent."""

    def write(self, data: bytes) -> None:
        """Send a short command; a port that does not take it now drops it."""
        ...

    def rest(self, until_ns: int) -> None:
        """Leave the bytes where they are until then."""
        ...

    def close(self) -> None:
        """Hand on nothing more and let go of the port. May be called twice."""
        ...

    async def wait_closed(self) -> None:
        """Wait until the port is free."""
        ...


class DescriptorReader:
    """POSIX: the loop watches the port's descriptor. 33 µs from the device to the parsed block at the median."""

    def __init__(self, port: serial.Serial, take_bytes: TakeBytes, take_loss: TakeLoss) -> None:
        self._port: serial.Serial | None = port
        self._descriptor: int = port.fileno()
        self._take_bytes = take_bytes
        self._take_loss = take_loss
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._descriptor, self._read)

    def write(self, data: bytes) -> None:
        """Send a short command; a port that does not take it now, or is closed, drops it."""
        if self._port is None:
            return
        try:
            os.write(self._descriptor, data)
        except BlockingIOError:
            return  # its buffer is full: the command is sent again later
        except OSError as error:
            self._lose(error.strerror or str(error))

    def rest(self, until_ns: int) -> None:
        """Leave the bytes in the system's buffer until then; at most `LONGEST_REST_NS`, so that it does not fill."""
        for_ns = min(until_ns - time.monotonic_ns(), LONGEST_REST_NS)
        if for_ns < SHORTEST_REST_NS or self._port is None or self._resting is not None:
            return
        self._loop.remove_reader(self._descriptor)
        self._resting = self._loop.call_later(for_ns * 1e-9, self._wake)

    def close(self) -> None:
        """Stop watching and close the port. May be called twice."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        port, self._port = self._port, None
        if port is not None:
            if not self._loop.is_closed():
                self._loop.remove_reader(self._descriptor)
            close_port(port)

    async def wait_closed(self) -> None:
        """Return at once: `close` has done everything."""

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
        if data:
            self._take_bytes(data, time.monotonic_ns())
        else:
            self._lose("it was ready to read and had nothing: unplugged, or read by another program as well")

    def _lose(self, cause: str) -> None:
        self.close()
        self._take_loss(cause)


class ThreadReader:
    """Everywhere else: a thread waits for bytes, and the loop is called once for all that came since its last turn."""

    def __init__(self, port: serial.Serial, take_bytes: TakeBytes, take_loss: TakeLoss) -> None:
        self._port = port
        self._take_bytes = take_bytes
        self._take_loss = take_loss
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._arrival_ns = 0
        self._cause = ""
        self._thread = threading.Thread(target=self._run, name=f"serial {port.name}", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Send a short command; a port that does not take it within `BLOCKING_S` drops it."""
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            return  # its buffer is full: the command is sent again later
        except serial.SerialException as error:
            self.close()
            self._take_loss(str(error))

    def rest(self, until_ns: int) -> None:
        """Nothing to do: the thread collects, and the loop is woken once for all that came."""

    def close(self) -> None:
        """Tell the thread to end; it closes the port itself, at most `BLOCKING_S` later. May be called twice."""
        self._stop.set()

    async def wait_closed(self) -> None:
        """Wait for the thread, without holding up the loop."""
        await self._loop.run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                data = self._port.read(1)
                if data:
                    data += self._port.read(min(self._port.in_waiting, READ_BYTES))
                    self._hand_on(data, time.monotonic_ns(), "")
        except (serial.SerialException, OSError) as error:
            self._hand_on(b"", 0, str(error))
        finally:
            close_port(self._port)

    def _hand_on(self, data: bytes, arrival_ns: int, cause: str) -> None:
        with self._lock:
            loop_knows = bool(self._waiting or self._cause)
            self._waiting += data
            del self._waiting[:-WAITING_BYTES]  # the oldest go; the framing finds its place again
            self._arrival_ns = arrival_ns or self._arrival_ns
            self._cause = cause
        if not loop_knows:
            try:
                self._loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # the loop was closed before the source: nobody is left to read for
                self._stop.set()

    def _deliver(self) -> None:
        with self._lock:
            data, arrival_ns, cause = bytes(self._waiting), self._arrival_ns, self._cause
            self._waiting.clear()
        if self._stop.is_set():
            return
        if data:
            self._take_bytes(data, arrival_ns)
        if cause:
            self.close()
            self._take_loss(cause)


def make_reader(port: serial.Serial, take_bytes: TakeBytes, take_loss: TakeLoss) -> PortReader:
    """Start the reader that suits this system. To be called inside the loop that gets the bytes."""
    if os.name == "posix":
        return DescriptorReader(port, take_bytes, take_loss)
    return ThreadReader(port, take_bytes, take_loss)
