"""EMG from a serial port."""

import asyncio
import time
from collections.abc import AsyncIterator

from drivers.chunk import Chunk
from drivers.errors import SettingsError, SourceLostError, SourceNotFoundError
from drivers.pending_chunks import PENDING_S, PendingChunks
from drivers.protocols.efferent_frame import WRAP, DataBlock, EfferentParser, StreamRestarted
from drivers.protocols.efferent_packet import DESCRIBE_COMMAND, Description
from drivers.sample_clock import CRYSTAL_OR_RESONATOR, SampleClock
from drivers.serial_port import OpenPort, close_port, open_port
from drivers.serial_reader import PortReader, make_reader
from drivers.source import SourceHealth, StreamInfo

# A board that starts when its port is opened misses the first question; it is asked again until it answers.
ASK_AGAIN_S = 0.5
MICROSECOND_NS = 1000.0
PROTOCOLS = {"efferent": EfferentParser}


class SerialSource:
    """An `EmgSource` for a device that speaks one of our wire protocols over a serial port.

    `port`: its name (`/dev/ttyACM0`, `COM5`). `baud` must be the device's; USB devices without a UART ignore it.
    `describe_timeout_s`: how long a device may take to describe its stream. `latency_hint` tells after `open` why the
    port may hold bytes back; it is empty where low latency was granted.
    """

    def __init__(
        self, port: str, protocol: str = "efferent", baud: int = 921_600, describe_timeout_s: float = 2.0
    ) -> None:
        if protocol not in PROTOCOLS:
            raise SettingsError(f"no serial protocol is called '{protocol}'; there are: {', '.join(PROTOCOLS)}")
        if not port or baud <= 0 or not describe_timeout_s > 0:
            raise SettingsError(
                f"a serial source needs a port, a baud rate and a time-out above 0; got '{port}', {baud}, "
                f"{describe_timeout_s}"
            )
        self.health = SourceHealth()
        self.latency_hint = ""
        self._port, self._protocol, self._baud = port, protocol, baud
        self._describe_timeout_s = describe_timeout_s
        self._reader: PortReader | None = None
        self._begin()

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
        """Free the port; a task that waits for chunks sees their end."""
        reader, self._reader = self._reader, None
        if self._pending is not None:
            self._pending.close()
        if reader is not None:
            reader.close()
            await reader.wait_closed()

    def _begin(self) -> None:
        """Forget what was known of an earlier stream."""
        self._pending: PendingChunks | None = None
        self._parser = PROTOCOLS[self._protocol](self.health)
        self._clock = SampleClock(MICROSECOND_NS, CRYSTAL_OR_RESONATOR, WRAP)
        self._changed = asyncio.Event()  # a description or a loss, while `open` waits for either
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
        """Ask for the description until it comes."""
        give_up_at = time.monotonic() + self._describe_timeout_s
        while self._reader is not None and not self._changed.is_set():
            left_s = give_up_at - time.monotonic()
            if left_s <= 0:
                break
            self._reader.write(DESCRIBE_COMMAND)
            try:
                await asyncio.wait_for(self._changed.wait(), min(left_s, ASK_AGAIN_S))
            except TimeoutError:
                continue
        if self._pending is not None and self._parser.description is not None:
            return self._parser.description.info
        raise SourceNotFoundError(self._why_not_described())

    def _why_not_described(self) -> str:
        where = f"{self._port} at {self._baud} baud"
        if self.health.last_error:
            return f"the device on {where} went before it described itself: {self.health.last_error}"
        if self._reader is None:
            return f"{where} was closed before the device described itself"
        if self._received_bytes == 0:
            return (
                f"nothing came from {where} within {self._describe_timeout_s:g} s; "
                "is the device on, and does it send when asked to `describe`?"
            )
        if self.health.extra.get("undescribed_packets"):
            return f"samples came from {where}, but no description; the device must answer the line `describe`"
        return (
            f"{self._received_bytes} bytes came from {where}, but no {self._protocol} frame; "
            "is the baud rate the device's, and does it speak this protocol?"
        )

    def _take_bytes(self, data: bytes, arrival_ns: int) -> None:
        self._received_bytes += len(data)
        for event in self._parser.feed(data):
            if isinstance(event, DataBlock):
                if self._pending is not None:
                    newest_t_ns = self._clock.time_ns(event.device_time_us, arrival_ns)
                    if self._clock.steps_back:
                        self.health.extra["clock_steps"] = self._clock.steps_back
                    self._pending.put(Chunk(event.samples, newest_t_ns, event.first_index, event.lost_before))
            elif isinstance(event, StreamRestarted):
                self._take_loss(event.cause)
                return
            else:
                self._take_description(event)

    def _take_description(self, description: Description) -> None:
        limit = round(PENDING_S * description.info.rate_hz)
        self._pending = PendingChunks(limit, self.health)
        self._changed.set()

    def _take_loss(self, cause: str) -> None:
        self.health.last_error = cause
        if self._reader is not None:
            self._reader.close()
        if self._pending is not None:
            self._pending.fail(SourceLostError(f"the device on {self._port} is lost: {cause}; open it again"))
        self._changed.set()


def _close_unwanted(opening: "asyncio.Future[OpenPort]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        close_port(opening.result().serial)
