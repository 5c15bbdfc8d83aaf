"""Recording itself: one task reads the device, one writes what has come, a few times a second."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from cli.record.recording_file import RecordingFile
from cli.record.said import Said
from controller.device_link import DeviceLink
from controller.tasks import end_task, finish
from drivers.chunk import Chunk
from drivers.recordings.even_stamps import EvenStamps
from drivers.recordings.xdf_save import emg_stream
from drivers.recordings.xdf_writer import XdfWriter
from drivers.source import StreamInfo

WRITE_EVERY_S = 0.25
BOUNDARY_EVERY_S = 1.0
# What may wait for a disk that hangs; then the oldest go, counted.
MOST_WAITING_BYTES = 64 << 20


@dataclass(slots=True)
class Session:
    """One recording from beginning to end, of an open `device`, of what is `said`, or both.

    `trouble`: why it ended early.
    """

    file: RecordingFile
    device: DeviceLink | None
    said: Said | None
    progress: Callable[["Session"], None]
    samples: int = 0
    lost: int = 0
    trouble: str = ""
    began_s: float = field(default_factory=time.monotonic)
    _writer: XdfWriter = field(default_factory=XdfWriter)
    _chunks: deque[Chunk] = field(default_factory=deque)
    _came_back: bool = False
    _newest_t_ns: int = 0
    _rate_hz: float = 0.0
    _waiting_bytes: int = 0
    _emg: int = 0
    _stamps: EvenStamps | None = None
    _boundary_s: float = 0.0
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def elapsed_s(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.began_s

    def take(self, chunk: Chunk) -> None:
        """Take what the device sent; beyond what memory is meant for it, the oldest go."""
        if self._came_back and self._rate_hz:
            self._came_back = False
            away_s = (chunk.newest_t_ns - self._newest_t_ns) * 1e-9
            chunk = replace(chunk, lost_before=max(1, round(away_s * self._rate_hz) - len(chunk.samples)))
        self._newest_t_ns = chunk.newest_t_ns
        self._chunks.append(chunk)
        self.lost += chunk.lost_before
        self._waiting_bytes += chunk.samples.nbytes
        while self._waiting_bytes > MOST_WAITING_BYTES and len(self._chunks) > 1:
            gone = self._chunks.popleft()
            self._waiting_bytes -= gone.samples.nbytes
            self.lost += len(gone.samples)
            missing = gone.lost_before + len(gone.samples)
            self._chunks[0] = replace(self._chunks[0], lost_before=self._chunks[0].lost_before + missing)

    def begin_anew(self) -> None:
        """Hear that the device was gone and came back: what it would have sent meanwhile is lost."""
        self._came_back = True

    async def run(self, duration_s: float | None) -> None:
        """Record until cancelled, until `duration_s` are over, a recording has been played, or the disk refuses."""
        tasks = [asyncio.create_task(self._write_until_ended(self._header()), name="writer")]
        if self.device is not None:
            tasks.append(asyncio.create_task(self.device.read_for_ever(), name="device"))
        try:
            await asyncio.wait(tasks, timeout=duration_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await finish(self._end(tasks))
        for task in tasks:
            if not task.cancelled():
                task.result()

    def _header(self) -> bytes:
        data = self._writer.header(datetime.now(UTC).isoformat(timespec="seconds"))
        info: StreamInfo | None = self.device.info if self.device is not None else None
        if info is not None:
            self._stamps, self._rate_hz = EvenStamps(info.rate_hz), info.rate_hz
            self._emg, header = self._writer.add(emg_stream(info), time.monotonic())
            data += header
        return data

    async def _end(self, tasks: "list[asyncio.Task[None]]") -> None:
        for task in tasks[1:]:
            if not task.done():
                await end_task(task)
        self._ended.set()
        await asyncio.wait(tasks[:1])
        self.file.close()

    async def _write_until_ended(self, header: bytes) -> None:
        """Write in a thread, so that a slow disk keeps nobody from reading the device."""
        data, last = header, False
        try:
            while True:
                await asyncio.to_thread(self.file.append, data)
                self.progress(self)
                if last:
                    return
                await self._tick()
                last = self._ended.is_set()
                data = self._drain() + (self._writer.footers() if last else b"")
        except OSError as error:
            self.trouble = (
                f"the disk refuses more ({error.strerror or error}); {self.file.path} holds what was written, "
                f"{self.file.size} bytes"
            )

    async def _tick(self) -> None:
        waiting = asyncio.create_task(self._ended.wait())
        await asyncio.wait([waiting], timeout=WRITE_EVERY_S)
        await end_task(waiting)

    def _next_run(self) -> Chunk:
        """Return what is waiting up to the next gap as one chunk: a device may send each sample by itself."""
        run = [self._chunks.popleft()]
        while self._chunks and self._chunks[0].lost_before == 0:
            run.append(self._chunks.popleft())
        samples = np.concatenate([chunk.samples for chunk in run])
        return replace(run[0], samples=samples, newest_t_ns=run[-1].newest_t_ns)

    def _drain(self) -> bytes:
        parts = []
        while self._chunks and self._stamps is not None:
            chunk = self._next_run()
            self.samples += len(chunk.samples)
            parts.append(self._writer.samples(self._emg, chunk.samples, self._stamps.stamps_s(chunk)))
        self._waiting_bytes = 0
        if self.said is not None:
            parts.append(self.said.drain(self._writer))
        now_s = time.monotonic()
        if now_s - self._boundary_s >= BOUNDARY_EVERY_S:
            self._boundary_s = now_s
            parts.append(self._writer.boundary())
        return b"".join(parts)
