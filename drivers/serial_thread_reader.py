"""Systems and ports without a descriptor to watch: a thread waits for the bytes."""

import asyncio
import threading
import time

import serial

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

# What may wait for a loop that does not run: 1 MB is ten seconds at 921,600 baud.
WAITING_BYTES = 1 << 20


class ThreadReader:
    """A `PortReader` whose thread calls the loop once for all that came since the loop's last turn."""

    def __init__(self, port: SerialPort, take_bytes: TakeBytes, take_loss: TakeLoss) -> None:
        self._port = port
        self._take_bytes = take_bytes
        self._take_loss = take_loss
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._writer = threading.Lock()  # no port likes to be closed while it is written to
        self._waiting = bytearray()
        self._arrival_ns = 0
        self._cause = ""
        self._silent = False
        self._unwritten = bytearray()
        self._writing: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name=f"serial {port.name}", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Send a short command, from another thread: a port may take its time.

        Dropped whole: by a closed port, and where more than `WAITING_WORDS_BYTES` would wait.
        """
        if self._stop.is_set() or len(self._unwritten) + len(data) > WAITING_WORDS_BYTES:
            return
        self._unwritten += data
        if self._writing is None:
            self._write_waiting()

    def rest(self, until_ns: int) -> None:
        """Nothing to do: the thread collects, and the loop is woken once for all that came."""

    async def say_farewell(self, words: bytes, within_s: float) -> None:
        """Send the last words and wait until the system has sent them on; what comes meanwhile is thrown away."""
        self._silent = True
        self.write(words)
        await wait_until_said(self._has_words, within_s)

    def close(self) -> None:
        """Tell the thread to end; it closes the port itself, at most `BLOCKING_S` later. May be called twice."""
        self._unwritten.clear()
        self._stop.set()

    async def wait_closed(self) -> None:
        """Wait for the threads, without holding up the loop."""
        await self._loop.run_in_executor(None, self._thread.join)
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def _has_words(self) -> bool:
        return not self._stop.is_set() and (self._writing is not None or unsent_bytes(self._port) > 0)

    def _write_waiting(self) -> None:
        words = bytes(self._unwritten)
        self._unwritten.clear()
        self._writing = self._loop.run_in_executor(None, self._write_blocking, words)
        self._writing.add_done_callback(self._written)

    def _write_blocking(self, words: bytes) -> None:
        try:
            with self._writer:
                if self._port.is_open:
                    self._port.write(words)
        except serial.SerialTimeoutException:
            return  # its buffer is full: the command is sent again later
        except (serial.SerialException, OSError) as error:
            self._hand_on(b"", 0, str(error))

    def _written(self, _: "asyncio.Future[None]") -> None:
        self._writing = None
        if self._unwritten:
            self._write_waiting()

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
            with self._writer:
                close_port(self._port)

    def _hand_on(self, data: bytes, arrival_ns: int, cause: str) -> None:
        with self._lock:
            loop_knows = bool(self._waiting or self._cause)
            self._waiting += data
            del self._waiting[:-WAITING_BYTES]  # the oldest go; the framing finds its place again
            self._arrival_ns = arrival_ns or self._arrival_ns
            self._cause = cause or self._cause
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
        if data and not self._silent:
            self._take_bytes(data, arrival_ns)
        if cause:
            self.close()
            if not self._silent:
                self._take_loss(cause)
