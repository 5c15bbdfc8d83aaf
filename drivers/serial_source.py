"""EMG from a serial port."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from drivers.block_stamper import BlockStamper
from drivers.chunk import Chunk
from drivers.errors import SettingsError, SourceLostError, SourceNotFoundError
from drivers.pending_chunks import PENDING_S, PendingChunks
from drivers.protocols.catalogue import make_protocol, protocol_kind
from drivers.protocols.protocol import Described, DeviceMarker, SampleBlock, StreamRestarted
from drivers.serial_port import OpenPort, close_port, open_port
from drivers.serial_reader import PortReader, make_reader
from drivers.source import SourceHealth, StreamInfo

# How often the protocol may say something to a device that is silent.
SAY_EVERY_S = 0.05
# How long last words may take: some bytes take a millisecond at 9600 baud, a Bluetooth link tens of them.
FAREWELL_S = 0.25


class SerialSource:
    """An `EmgSource` for a device that speaks one of our wire protocols over a serial port.

    `port`: its name (`/dev/ttyACM0`, `COM5`); `usb:` and a serial number or VID:PID, looked up at each `open`; or a
    network address (`socket://host:port`, `rfc2217://host:port`). `baud` must be the device's, 0 for the protocol's
    usual one; USB devices without a UART ignore it. `describe_timeout_s`: how long a device may take to say what it
    sends; 0 for as long as devices of this protocol take. `options` are the protocol's own. `latency_hint` tells after
    `open` why the port may hold bytes back; it is empty where nothing does that can be told not to.
    """

    def __init__(
        self,
        port: str,
        protocol: str = "efferent",
        baud: int = 0,
        describe_timeout_s: float = 0.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.health = SourceHealth()
        self.latency_hint = ""
        self._port, self._name, self._options = port, protocol, dict(options or {})
        self._begin()
        if not port or baud < 0 or not describe_timeout_s >= 0:
            raise SettingsError(
                "a serial source needs a port, and a baud rate and a time-out above 0, or 0 for the usual ones; "
                f"got '{port}', {baud}, {describe_timeout_s}"
            )
        self._baud = baud or protocol_kind(protocol).baud
        self._describe_timeout_s = describe_timeout_s or protocol_kind(protocol).timeout_s
        self._reader: PortReader | None = None

    async def open(self) -> StreamInfo:
        """Open the port, ask the device what it sends, and wait for the answer.

        Raises `SourceNotFoundError` (no port, no permission, in use, silent, not this protocol) or `SettingsError`.
        """
        await self.close()
        self.health = SourceHealth()
        self._begin()
        opened = await self._open_port()
        self.latency_hint = opened.latency_hint
        self._reader = make_reader(opened.serial, self._take_bytes, self._take_loss)
        try:
            return await self._ask()
        except BaseException:
            await self.close()
            raise

    def chunks(self) -> AsyncIterator[Chunk]:
        """Deliver what comes, up to `PENDING_S` old; see `EmgSource`."""
        if self._pending is None:
            raise RuntimeError("open the source before reading it")
        return self._pending

    def rest(self, until_ns: int) -> None:
        """Let the bytes gather until then; see `EmgSource`."""
        if self._reader is not None:
            self._reader.rest(until_ns)

    async def close(self) -> None:
        """Tell the device to stop, free the port; a task that waits for chunks sees their end."""
        reader, self._reader = self._reader, None
        if self._pending is not None:
            self._pending.close()
        if reader is not None:
            try:
                if farewell := self._protocol.farewell():
                    await reader.say_farewell(farewell, FAREWELL_S)
            finally:
                reader.close()
                await reader.wait_closed()

    def _begin(self) -> None:
        """Forget what was known of an earlier stream."""
        self._pending: PendingChunks | None = None
        self._protocol = make_protocol(self._name, self.health, self._options)
        self._info: StreamInfo | None = None
        self._stamper: BlockStamper | None = None
        self._heard = asyncio.Event()  # any bytes, while `open` waits for an answer
        self._changed = asyncio.Event()  # a description or a loss: `open` need not wait any longer
        self._received_bytes = 0

    async def _open_port(self) -> OpenPort:
        """Open the port in a thread; if this task is cancelled meanwhile, the port is closed as soon as it is open."""
        opening = asyncio.get_running_loop().run_in_executor(None, open_port, self._port, self._baud)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_unwanted)
            raise

    async def _ask(self) -> StreamInfo:
        """Talk with the device until it has said what it sends."""
        opened_at = time.monotonic()
        while self._reader is not None and not self._changed.is_set():
            elapsed_s = time.monotonic() - opened_at
            if elapsed_s >= self._describe_timeout_s:
                break
            self._say(elapsed_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(self._describe_timeout_s - elapsed_s, SAY_EVERY_S)):
                    await self._heard.wait()
            self._heard.clear()
        if self._info is not None:
            return self._info
        raise SourceNotFoundError(self._why_not_described())

    def _say(self, elapsed_s: float) -> None:
        words = self._protocol.say(elapsed_s)
        if words and self._reader is not None:
            self._reader.write(words)

    def _why_not_described(self) -> str:
        # Over a plain socket the baud rate is the other end's affair.
        where = self._port if self._port.startswith("socket:") else f"{self._port} at {self._baud} baud"
        if self.health.last_error:
            return f"the device on {where} went before it described itself: {self.health.last_error}"
        if self._reader is None:
            return f"{where} was closed before the device described itself"
        if self._received_bytes == 0:
            return (
                f"nothing came from {where} within {self._describe_timeout_s:g} s; "
                f"is the device on, and does it speak the protocol '{self._name}'?"
            )
        if reason := self._protocol.why_not_described():
            return f"{where}: {reason}"
        return (
            f"{self._received_bytes} bytes came from {where}, but no {self._name} frame; "
            "is the baud rate the device's, and does it speak this protocol?"
        )

    def _take_bytes(self, data: bytes, arrival_ns: int) -> None:
        self._received_bytes += len(data)
        for event in self._protocol.feed(data):
            if isinstance(event, SampleBlock):
                if self._pending is not None and self._stamper is not None:
                    self._pending.put(self._stamper.chunk(event, arrival_ns))
                    if wrong_rate := self._stamper.wrong_rate:
                        self._take_loss(wrong_rate)
                        return
            elif isinstance(event, Described):
                self._take_description(event)
            elif isinstance(event, DeviceMarker):
                self.health.extra["device_markers"] = self.health.extra.get("device_markers", 0) + 1
            elif isinstance(event, StreamRestarted):
                self._take_loss(event.cause)
                return
        if self._info is None:
            self._heard.set()

    def _take_description(self, described: Described) -> None:
        self._info = described.info
        self._stamper = BlockStamper(described.ticks, self.health)
        self._pending = PendingChunks(round(PENDING_S * described.info.rate_hz), self.health)
        self._changed.set()
        self._heard.set()

    def _take_loss(self, cause: str) -> None:
        self.health.last_error = cause
        if self._reader is not None:
            self._reader.close()
        if self._pending is not None:
            self._pending.fail(SourceLostError(f"the device on {self._port} is lost: {cause}; open it again"))
        self._changed.set()
        self._heard.set()


def _close_unwanted(opening: "asyncio.Future[OpenPort]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        close_port(opening.result().serial)
