"""An emulated serial device on a pseudo-terminal: the port, not the words."""

import errno
import os
import select
import termios
import time
import tty
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.emulator.bad_line import BadLine, LineState
from sim.emulator.byte_loss import ByteLoss
from sim.emulator.device import DeviceCounters
from sim.emulator.voice import DeviceVoice
from sim.errors import SimError


class PtyDevice:
    """A serial device as the host sees one: it hangs up when unplugged and starts anew when plugged in again.

    The device's time in a packet is the low 32 bits of CLOCK_MONOTONIC in µs, read right before the packets are
    encoded and written; where several leave at once, the last has that time and the others theirs by the rate. So a
    reader on this machine can tell how long ago its samples were written.
    `jump_clock` moves it from then on. `disturb` says what becomes of the packets on their way.
    What is due while nobody has the port open is never written, as USB has nobody to send to. A reader that is open and
    does not read fills the pty (about 20 kB); then whole packets are dropped and counted, as a UART overruns.
    `buffer_bytes`: what the device itself keeps of packets that the pty does not take, as those with USB do.
    `link`: a symlink that is there while the device is plugged, under a name that survives replugging.
    """

    def __init__(
        self,
        voice: DeviceVoice,
        link: Path | None = None,
        byte_loss: ByteLoss | None = None,
        buffer_bytes: int = 0,
    ) -> None:
        self.counters = DeviceCounters()
        self._voice, self._link = voice, link
        self._byte_loss = byte_loss or ByteLoss(0.0)
        self._buffer_bytes = buffer_bytes
        self._line = BadLine()
        self._clock_jump_ns = 0
        self._path = ""
        self._master: int | None = None
        self._hang_up = select.poll()
        self._unsent = b""  # the rest of a packet that the pty took only in part
        self._open_before = False

    @property
    def address(self) -> str:
        """Path to open: the link where there is one."""
        return str(self._link) if self._link else self._path

    @property
    def has_reader(self) -> bool:
        """Whether a host has asked for samples since the device was plugged in."""
        return self._open_before and self._voice.asked

    def plug(self) -> None:
        """Make a new pty and start a new run. Raises `SimError` when there is none to have or the link is taken."""
        if self._master is not None:
            return
        try:
            master, slave = os.openpty()
        except OSError as error:
            raise SimError(f"this machine gives no pseudo-terminal ({error}); close some, or emulate lsl") from error
        tty.setraw(master)  # 8-bit clean for readers that set nothing, such as `cat`
        os.set_blocking(master, False)
        self._path = os.ttyname(slave)
        os.close(slave)  # from here on the master sees a hang-up until a reader opens the port
        self._master = master
        self._hang_up = select.poll()
        self._hang_up.register(master, 0)
        self._voice.switch_on()
        self._unsent = b""
        self._open_before = False
        try:
            self._make_link()
        except BaseException:
            self.unplug()
            raise

    def unplug(self) -> None:
        """Close the master: a reader gets a hang-up, as from a cable that was pulled."""
        if self._master is None:
            return
        if self._link and self._link.is_symlink() and str(self._link.readlink()) == self._path:
            self._link.unlink()
        os.close(self._master)
        self._master = None

    def wait_descriptor(self) -> int | None:
        """Return the master while someone has the port open: without a reader it would be readable all the time."""
        return self._master if self._open_before else None

    def attend(self, now_ns: int) -> None:
        """Notice readers that come and go, answer them, and say what is due."""
        if self._master is None:
            return
        is_open = not self._hang_up.poll(0)
        if is_open:
            if not self._open_before:
                self._say(self._voice.opened(now_ns))
            self._hear(self._master, now_ns)
            if self._unsent:
                self._write_unsent()
            self._say(self._voice.due(now_ns))
        elif self._open_before:
            self._hear(self._master, now_ns)  # a host's last words: the next one must not find them before its own
            self._forget_unread()
        self._open_before = is_open

    def send(self, counts: NDArray[np.int32], samples_per_packet: int) -> int:
        """Send the counts as packets of that many samples; returns the time right before the write."""
        now_ns = time.monotonic_ns()
        if self._master is None:
            return now_ns
        if not (self._open_before and self._voice.streaming):
            self._voice.skip(len(counts))
            self.counters.unheard_samples += len(counts)
            return now_ns
        packets = self._voice.frames(counts, (now_ns + self._clock_jump_ns) // 1000, samples_per_packet)
        now_ns = time.monotonic_ns()
        self._write(packets)
        self.counters.sent_samples += len(counts)
        return now_ns

    def jump_clock(self, jump_ns: int) -> None:
        """Let the time in the packets jump."""
        self._clock_jump_ns += jump_ns

    def disturb(self, state: LineState) -> None:
        """Put the line into a state."""
        self._line.state = state

    def lose_bytes(self, probability: float) -> None:
        """Let the line lose bytes from now on."""
        self._byte_loss.set(probability)

    def _hear(self, master: int, now_ns: int) -> None:
        try:
            data = os.read(master, 4096)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:  # the reader has gone between poll and read; the next poll will say so
                raise
            return
        self._say(self._voice.hear(data, now_ns))
        self.counters.unknown_commands = self._voice.counters.unknown_commands

    def _say(self, words: bytes) -> None:
        if words:
            self._write([words])
        self.counters.descriptions = self._voice.counters.descriptions

    def _write(self, packets: Sequence[bytes]) -> None:
        """Write what the pty takes, keep the rest of a packet it cut, and drop the packets after that."""
        sent = self._line.pass_on(packets)
        left = [self._byte_loss.pass_on(packet) for packet in sent]
        self.counters.lost_bytes += max(sum(map(len, packets)) - sum(map(len, left)), 0)
        if self._unsent:
            self._write_unsent()
        written = 0 if self._unsent else self._write_some(b"".join(left))
        for packet in left:
            if written >= len(packet):
                written -= len(packet)
            elif written or len(self._unsent) + len(packet) <= self._buffer_bytes:
                self._unsent += packet[written:]  # inside a packet, its rest is worth keeping
                written = 0
            else:
                self.counters.dropped_packets += 1

    def _write_unsent(self) -> None:
        self._unsent = self._unsent[self._write_some(self._unsent) :]

    def _write_some(self, data: bytes) -> int:
        assert self._master is not None  # noqa: S101 - checked by every caller
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    def _forget_unread(self) -> None:
        """Empty the pty after its reader has gone, as a real port does at its last close."""
        self._unsent = b""
        try:
            port = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return  # the next reader is there already and keeps others out; what it finds it may have
        try:
            termios.tcflush(port, termios.TCIFLUSH)
        finally:
            os.close(port)

    def _make_link(self) -> None:
        if self._link is None:
            return
        if not self._link.is_symlink() and self._link.exists():
            raise SimError(f"{self._link} exists and is no link; choose another --link, or remove it")
        beside = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        try:
            beside.symlink_to(self._path)
            beside.replace(self._link)
        except OSError as error:
            raise SimError(f"the link {self._link} cannot be made ({error}); choose a folder you may write") from error
