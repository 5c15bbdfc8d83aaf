"""A hardware stop line, watched by a thread of its own: it needs no event loop to stop the arm."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol

import serial
from pydantic import BaseModel, ConfigDict, Field

from controller.safety.freshness import NS_PER_MS
from controller.safety.stop_line import Heartbeat, StopLatch
from drivers.errors import DriverError, SourceNotFoundError
from drivers.serial_port import PORT_ERRORS, close_port, open_serial

# How often the line is looked at.
LOOK_S = 0.01
# Until a port that went is opened again.
BACK_OFF_S = 0.5
# More than comes in within a look at any rate in use; a port that sends without end is a stop anyway.
MOST_BYTES = 4096
LINE_ERRORS: tuple[type[Exception], ...] = (*PORT_ERRORS, OSError)


class StopLineConfig(BaseModel):
    """Where the line is and how it speaks: docs/configuration.md."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    port: Annotated[str, Field(min_length=1)]
    sense: Literal["heartbeat", "cts"] = "heartbeat"
    silence_ms: Annotated[int, Field(ge=150, le=1000)] = 250
    baud: Annotated[int, Field(ge=1200)] = 9600


class Line(Protocol):
    """A stop line of any make: a serial port, or a GPIO pin in a class of your own."""

    def open(self) -> None:
        """Open it; raises `DriverError`. May be called again after `close`."""
        ...

    def look(self) -> str:
        """Wait `LOOK_S` or less; return why the arm must stop, empty while it may move. Raises OSError when broken."""
        ...

    def close(self) -> None:
        """Free it; never raises."""
        ...


@dataclass(slots=True)
class SerialLine:
    """A line on a serial port: a repeated byte, or the CTS pin held up by our DTR through the button's contact."""

    config: StopLineConfig
    _port: serial.Serial | None = None
    _heartbeat: Heartbeat | None = None

    def open(self) -> None:
        """Open the port; raises `DriverError`, also for a port without a CTS pin where that is asked for."""
        port = open_serial(self.config.port, self.config.baud)
        port.timeout = LOOK_S
        self._port, self._heartbeat = port, Heartbeat(self.config.silence_ms * NS_PER_MS)
        if self.config.sense == "cts":
            try:
                _ = port.cts
            except LINE_ERRORS as error:
                self.close()
                raise SourceNotFoundError(
                    f"port {self.config.port} has no CTS pin; use a real serial port, or the sense 'heartbeat'"
                ) from error

    def look(self) -> str:
        """Wait for bytes, `LOOK_S` at most, or look at the pin."""
        port, heartbeat = self._port, self._heartbeat
        if port is None or heartbeat is None:
            raise OSError("the port is closed")
        if self.config.sense == "cts":
            time.sleep(LOOK_S)
            return "" if port.cts else "the button is pressed, or the cable is off"
        arrived = port.read(1)
        arrived += port.read(min(port.in_waiting, MOST_BYTES)) if arrived else b""
        return heartbeat.judge(arrived, time.monotonic_ns())

    def close(self) -> None:
        """Close the port, also when it is gone."""
        port, self._port = self._port, None
        if port is not None:
            close_port(port)


@dataclass(slots=True)
class StopLine:
    """Watches a line and latches its stops. `on_stop(why)` is called on the thread, once for each stop."""

    line: Line
    on_stop: Callable[[str], None]
    latch: StopLatch = field(default_factory=StopLatch)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Open the line and watch it; raises `DriverError`."""
        self.line.open()
        self.latch.saw("", time.monotonic_ns())
        self._thread = threading.Thread(target=self._watch, name="stop line", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End watching; the latch stays as it is."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self.line.close()

    def release(self) -> str:
        """End the stop, on a person's word; return why not, if the line still says stop."""
        why = self.latch.release()
        return f"refused: the stop line says stop: {why}" if why else ""

    def _watch(self) -> None:
        try:
            while not self._ended.is_set():
                self._saw(self._look())
        finally:
            if not self._ended.is_set():
                self._saw("its thread ended")

    def _look(self) -> str:
        try:
            return self.line.look()
        except LINE_ERRORS as error:
            why = f"the line is broken: {error}"[:200]
        self._saw(why)
        self.line.close()
        self._ended.wait(BACK_OFF_S)
        try:
            self.line.open()
        except DriverError as error:
            return f"the line is broken: {error}"[:200]
        return why

    def _saw(self, why: str) -> None:
        if self.latch.saw(why, time.monotonic_ns()):
            self.on_stop(why)
