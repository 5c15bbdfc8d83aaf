"""The samples of a SpikerBox: two bytes for each channel, of which only the first byte of a frame has bit 7 set."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.protocol import SampleBlock
from drivers.source import SourceHealth

MOST_CHANNELS = 6
# So many frames of one length in a row are no accident: between two starts in random bytes lie two once in four.
FRAMES_THAT_SHOW_THE_LENGTH = 16
# ... and so many of another length show that the board now sends another number of channels.
FRAMES_THAT_SHOW_A_CHANGE = 64
_LENGTHS = range(2, 2 * MOST_CHANNELS + 1, 2)
_MOST_HELD_BYTES = 4 * 2 * MOST_CHANNELS * FRAMES_THAT_SHOW_THE_LENGTH


class ChannelCount:
    """Finds out how many channels a stream has; keeps a bounded number of bytes.

    `wanted`: the only number that is waited for; 0 for any. `seen`: the newest number that was clear; 0 while none was.
    """

    def __init__(self, wanted: int = 0) -> None:
        self.seen = 0
        self._wanted = wanted
        self._held = b""

    def feed(self, data: bytes) -> tuple[int, bytes]:
        """Return the channels, and the bytes from the first frame after that was clear; 0 while it is not."""
        line = self._held + data
        starts = np.flatnonzero(np.frombuffer(line, dtype=np.uint8) & 0x80)
        lengths = np.diff(starts)
        runs = np.flatnonzero(np.diff(lengths, prepend=-1, append=-1))  # where another length begins, and the end
        for run in np.flatnonzero(np.diff(runs) >= FRAMES_THAT_SHOW_THE_LENGTH).tolist():
            begin = int(runs[run])
            length = int(lengths[begin])
            if length not in _LENGTHS:
                continue
            self.seen = length // 2
            if self._wanted in (0, self.seen):
                self._held = b""
                return self.seen, line[starts[begin + FRAMES_THAT_SHOW_THE_LENGTH] :]
        self._held = line[-_MOST_HELD_BYTES:]
        return 0, b""


class SpikerFrames:
    """Cuts a stream of known channels and bits into frames and numbers them: the device does not.

    A frame is a byte with bit 7 and the bytes without it that must follow. What stands between two frames is counted as
    `discarded_bytes` and one of `bad_frames`, and stands for as many lost frames as it is long, to the nearest, one
    half upwards. A frame that is lost as a whole leaves no trace here.
    `other_channels`: how many the board sends by now, if not those that were told; 0 while it has not changed.
    """

    def __init__(self, channels: int, bits: int, health: SourceHealth) -> None:
        self.other_channels = 0
        self._length, self._mid, self._health = 2 * channels, 1 << (bits - 1), health
        self._highest = ((1 << bits) - 1) >> 7
        self._held = b""  # the beginning of a frame
        self._held_at = 0  # its place in the stream
        self._frame_end = 0  # place behind the last frame
        self._next_index = 0
        self._last_start = -1  # place of the newest byte with bit 7
        self._other_run = (0, 0)  # a length between such bytes that is not ours, and how often in a row it came

    def feed(self, data: bytes, places: Sequence[int] = ()) -> tuple[list[SampleBlock], list[int]]:
        """Return the frames that these bytes complete, and the index of the sample at each place in `data`."""
        held = len(self._held)
        line = np.frombuffer(self._held + data, dtype=np.uint8)
        candidates = np.flatnonzero(line & 0x80)
        self._watch_length(candidates + self._held_at)
        last_whole = len(line) - self._length
        # only the newest start may still become a frame; one before it is cut short by it
        held_from = int(candidates[-1]) if len(candidates) and candidates[-1] > last_whole else len(line)
        candidates = candidates[candidates <= last_whole]
        frames = line[candidates[:, None] + np.arange(self._length)]
        fits = np.all(frames[:, 1:] < 0x80, axis=1) & np.all(frames[:, ::2] & 0x7F <= self._highest, axis=1)
        starts = candidates[fits]
        indices, lost = self._number(starts + self._held_at)
        over = np.searchsorted(starts + self._length, [held + place for place in places], side="right").tolist()
        indices_at = [int(indices[at]) if at < len(indices) else self._next_index for at in over]
        self._held, self._held_at = line[held_from:].tobytes(), self._held_at + held_from
        return self._blocks(frames[fits], indices, lost), indices_at

    def _number(self, starts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the index of the frames that begin there, and how many were lost before each."""
        if not len(starts):
            return starts, starts
        between = starts - np.concatenate([[self._frame_end], starts[:-1] + self._length])
        lost = (2 * between + self._length) // (2 * self._length)
        indices = self._next_index + np.arange(len(starts)) + np.cumsum(lost)
        self._frame_end = int(starts[-1]) + self._length
        self._next_index = int(indices[-1]) + 1
        self._health.discarded_bytes += int(between.sum())
        self._health.bad_frames += int(np.count_nonzero(between))
        self._health.lost_samples += int(lost.sum())
        return indices, lost

    def _blocks(
        self, frames: NDArray[np.uint8], indices: NDArray[np.intp], lost: NDArray[np.intp]
    ) -> list[SampleBlock]:
        if not len(frames):
            return []
        counts = (frames[:, ::2] & 0x7F).astype(np.int16) << 7 | frames[:, 1::2]
        samples = counts - np.float64(self._mid)
        edges = [0, *(np.flatnonzero(lost[1:]) + 1).tolist(), len(frames)]
        return [
            SampleBlock(samples[begin:end], int(indices[begin]), int(lost[begin]), int(indices[end - 1]) + 1)
            for begin, end in pairwise(edges)
        ]

    def _watch_length(self, starts: NDArray[np.intp]) -> None:
        """Notice that the board sends another number of channels."""
        starts = starts[starts > self._last_start]
        if not len(starts):
            return
        before = self._last_start
        self._last_start = int(starts[-1])
        lengths = np.diff(starts) if before < 0 else np.diff(starts, prepend=before)
        if not len(lengths):
            return
        newest = int(lengths[-1])
        others = np.flatnonzero(lengths != newest)
        run = len(lengths) - int(others[-1]) - 1 if len(others) else len(lengths)
        if not len(others) and self._other_run[0] == newest:
            run += self._other_run[1]
        self._other_run = (newest, run)
        if run >= FRAMES_THAT_SHOW_A_CHANGE and newest != self._length and newest in _LENGTHS:
            self.other_channels = newest // 2


def pack_frames(counts: NDArray[np.integer[Any]], bits: int) -> NDArray[np.uint8]:
    """Return counts around mid scale [n, channels] as frames [n, 2 * channels]; what does not fit is clipped."""
    mid = 1 << (bits - 1)
    raw = np.clip(counts.astype(np.int64) + mid, 0, 2 * mid - 1)
    frames = np.empty((len(counts), 2 * counts.shape[1]), dtype=np.uint8)
    frames[:, ::2], frames[:, 1::2] = raw >> 7, raw & 0x7F
    frames[:, 0] |= 0x80
    return frames
