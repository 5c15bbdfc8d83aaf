"""The emulator's thread: takes samples from a feed on an exact schedule and hands them to every device."""

import contextlib
import queue
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.emulator.bad_line import LineState
from sim.emulator.bad_signal import BadSignal, ChannelState
from sim.emulator.device import Device
from sim.emulator.feed import Feed
from sim.emulator.interference import Interference
from sim.emulator.pacing import Pacing
from sim.errors import SimError

# Nothing wakes a thread when a reader opens a pty or an LSL stream, so it looks this often.
_LOOK_UP_S = 0.01
_ANSWER_S = 10.0
# Hum of an electrode that has come off, many times the EMG of any muscle.
_MAINS_UV = 3000.0
_LONGEST_STALL_MS = 8_000.0


class _NotRunningError(SimError):
    """Nobody is there to do what was asked."""


class Emulator:
    """One feed, one schedule, one thread; every device gets the same samples in the same order.

    The world goes on while a device is unplugged: its samples are gone, and its index starts again at 0.
    `wait_for_reader`: the feed starts when every device has a reader, so that none misses the first sample.
    `write_log`: int64 [rows, 2], filled with one row per packet until it is full: index of the packet's newest sample
    since the feed began, monotonic ns right before the first device wrote it; `logged_packets` tells how many.
    Calls from other threads are done on the emulator's, between two packets, and return when they are done.
    """

    def __init__(
        self,
        feed: Feed,
        devices: Sequence[Device],
        pacing: Pacing,
        wait_for_reader: bool = False,
        write_log: NDArray[np.int64] | None = None,
    ) -> None:
        self.pacing = pacing
        self.samples_taken = 0
        self.logged_packets = 0
        self._feed, self._devices = feed, tuple(devices)
        self._interference = Interference(feed.info.rate_hz, feed.scale, pacing.seed)
        self._signal = BadSignal(feed.info.channel_count, feed.info.rate_hz, _MAINS_UV / feed.scale)
        self._wait_for_reader = wait_for_reader
        self._write_log = write_log
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._stopping = False
        self._running_lock = threading.Lock()
        self._running = False
        self._inbox: queue.SimpleQueue[tuple[Future[None], Callable[[], None]]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    def start(self) -> None:
        """Plug every device in and start the thread. Raises `SimError` when a device cannot appear."""
        self._plug_all()
        self._bell, self._button = socket.socketpair()
        self._running = True
        self._thread.start()

    def stop(self) -> None:
        """Unplug every device and end the thread; raises what stopped it before. May be called twice."""
        if self._thread.ident is None:
            return
        with contextlib.suppress(_NotRunningError):
            self.do(self._ask_to_stop)
        self._thread.join()
        self._bell.close()
        self._button.close()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def wait_ended(self, timeout_s: float | None = None) -> bool:
        """Wait until the feed's last sample was sent or the thread failed; False when the time was over first."""
        return self._ended.wait(timeout_s)

    def finish(self) -> None:
        """Take no more samples, as at the end of a feed; devices stay plugged. From any thread, also twice."""
        self._ended.set()

    def unplug(self) -> None:
        """Let every device vanish."""
        self.do(self._unplug_all)

    def plug(self) -> None:
        """Let every device appear again, started anew."""
        self.do(self._plug_all)

    def set_lumps(self, lump_ms: float) -> None:
        """Send in lumps of that length from now on; 0 for none."""
        self.do(lambda: self.pacing.set_lumps(lump_ms))

    def set_jitter(self, jitter_ms: float) -> None:
        """Send up to so much late, by chance, from now on; 0 for none."""
        self.do(lambda: self.pacing.set_jitter(jitter_ms))

    def set_noise(self, rms_uv: float) -> None:
        """Add white noise of so many µV RMS to every channel from now on; 0 for none."""
        self.do(lambda: self._interference.set_noise(rms_uv))

    def set_mains(self, rms_uv: float, mains_hz: float = 50.0) -> None:
        """Add a hum of so many µV RMS to every channel from now on; 0 for none."""
        self.do(lambda: self._interference.set_mains(rms_uv, mains_hz))

    def lose_bytes(self, probability: float) -> None:
        """Let the lines of the devices lose bytes. Raises `SimError` where one has none."""
        for device in self._devices:
            self.do(partial(device.lose_bytes, probability))

    def set_intent(self, motion: str, effort: float = 1.0) -> None:
        """Let the wearer mean a motion. Raises `SimError` where the feed knows none."""
        self.do(lambda: self._feed.set_intent(motion, effort))

    def spoil(self, channel: int | None, state: ChannelState) -> None:
        """Put a channel, counted from 1, or all (None) into a state. Raises `SimError` for one that is not there."""
        self.do(lambda: self._signal.put(channel, state))

    def disturb(self, state: LineState) -> None:
        """Put the lines of the devices into a state. Raises `SimError` where one has none."""
        for device in self._devices:
            self.do(partial(device.disturb, state))

    def jump_clock(self, jump_ms: float) -> None:
        """Let the clocks of the devices jump. Raises `SimError` where one has no clock of its own."""
        for device in self._devices:
            self.do(partial(device.jump_clock, round(jump_ms * 1e6)))

    def change_rate(self, factor: float) -> None:
        """Take samples `factor` times as fast as the stream says."""
        self.do(lambda: self.pacing.set_rate(self._feed.info.rate_hz * factor, time.monotonic_ns()))

    def stall(self, stall_ms: float) -> None:
        """Send nothing for so long; then all that is due leaves at once."""
        if not 0 <= stall_ms <= _LONGEST_STALL_MS:
            raise SimError(f"a stall is 0 to {_LONGEST_STALL_MS:g} ms long, not {stall_ms:g}")
        self.do(lambda: time.sleep(stall_ms / 1e3))

    def do(self, action: Callable[[], None]) -> None:
        """Run `action` on the emulator's thread, between two samples; wait for it, and raise what it raises."""
        done: Future[None] = Future()
        with self._running_lock:
            if not self._running:
                raise _NotRunningError("the emulator is not running; start it first") from self._failure
            self._inbox.put((done, action))
            self._button.send(b".")
        done.result(_ANSWER_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _plug_all(self) -> None:
        try:
            for device in self._devices:
                device.plug()
        except BaseException:
            self._unplug_all()
            raise

    def _unplug_all(self) -> None:
        for device in self._devices:
            device.unplug()

    def _ask_to_stop(self) -> None:
        self._stopping = True

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._attend()
                self._send_due()
                self._sleep()
                self._do_what_was_asked()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that calls `stop`
            self._failure = error
        finally:
            with self._running_lock:
                self._running = False
            self._unplug_all()
            self._do_what_was_asked()
            self._ended.set()

    def _attend(self) -> None:
        now_ns = time.monotonic_ns()
        for device in self._devices:
            device.attend(now_ns)
        heard = not self._wait_for_reader or all(device.has_reader for device in self._devices)
        if heard and not self.pacing.started:
            self.pacing.start(now_ns)

    def _send_due(self) -> None:
        due = 0 if self._ended.is_set() else self.pacing.due(time.monotonic_ns())
        if not due:
            return
        counts = self._signal.spoil(self._interference.add(self._feed.next_counts(due)))
        if len(counts):
            written_ns = [device.send(counts, self.pacing.samples_per_packet) for device in self._devices]
            self._log(len(counts), min(written_ns))
            self.samples_taken += len(counts)
        if len(counts) < due:
            self._ended.set()

    def _log(self, n_samples: int, written_ns: int) -> None:
        if self._write_log is None:
            return
        first, per_packet = self.samples_taken, self.pacing.samples_per_packet
        for offset in range(0, n_samples, per_packet):
            if self.logged_packets == len(self._write_log):
                return
            newest = first + min(offset + per_packet, n_samples) - 1
            self._write_log[self.logged_packets] = (newest, written_ns)
            self.logged_packets += 1

    def _sleep(self) -> None:
        left_s = _LOOK_UP_S
        if self.pacing.started and not self._ended.is_set():
            left_s = min(left_s, max(0.0, (self.pacing.next_ns() - time.monotonic_ns()) / 1e9))
        waited_for = (self._bell.fileno(), *(device.wait_descriptor() for device in self._devices))
        descriptors = [descriptor for descriptor in waited_for if descriptor is not None]
        # select, because epoll rounds its time-out up to a whole millisecond
        select.select(descriptors, [], [], left_s)

    def _do_what_was_asked(self) -> None:
        while not self._inbox.empty():
            done, action = self._inbox.get()
            self._bell.recv(1)
            try:
                action()
            except Exception as error:  # noqa: BLE001 - raised in the thread that asked
                done.set_exception(error)
            else:
                done.set_result(None)
