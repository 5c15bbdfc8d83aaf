"""Frames of one length in bytes that come cut anywhere, and the byte in them that numbers them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.protocol import SampleBlock
from drivers.source import SourceHealth

COUNTS = 256  # of the byte that numbers frames


class FixedFrames:
    """Finds frames that begin with `head`, end with `tail`, are `length` bytes long and `plausible`.

    `plausible` takes candidates, [k, length] uint8, and returns which of them may be frames. Every place is tried, so
    the next whole frame after damage is found. Keeps less than one frame. Counts into `health` `discarded_bytes`, and
    in `bad_frames` the stretches of them between two frames.
    """

    def __init__(
        self,
        head: bytes,
        tail: bytes,
        length: int,
        plausible: Callable[[NDArray[np.uint8]], NDArray[np.bool_]],
        health: SourceHealth,
    ) -> None:
        places = [*range(len(head)), *range(length - len(tail), length)]
        self._fixed = tuple(zip(places, head + tail, strict=True))
        self._length, self._plausible, self._health = length, plausible, health
        self._held = b""
        self._locked = False  # a frame was seen
        self._stretch = False  # bytes were discarded since the last frame

    def feed(self, data: bytes) -> NDArray[np.uint8]:
        """Return the frames that these bytes complete, [k, length]."""
        data = self._held + data
        places = len(data) - self._length + 1
        if places <= 0:
            self._held = data
            return np.empty((0, self._length), dtype=np.uint8)
        line = np.frombuffer(data, dtype=np.uint8)
        fits = np.ones(places, dtype=np.bool_)
        for place, value in self._fixed:
            fits &= line[place : place + places] == value
        starts = np.flatnonzero(fits)
        windows = np.lib.stride_tricks.sliding_window_view(line, self._length)
        starts = starts[self._plausible(windows[starts])]
        chosen, end = self._one_after_the_other(starts.tolist())
        rest = max(end, places)  # what follows may be the beginning of a frame
        self._health.discarded_bytes += rest - end
        self._stretch |= rest > end
        self._held = data[rest:]
        frames: NDArray[np.uint8] = windows[chosen]
        return frames

    def _one_after_the_other(self, starts: list[int]) -> tuple[list[int], int]:
        """Return the places of frames that do not overlap, and where the last of them ends."""
        chosen, end = [], 0
        for start in starts:
            if start < end:
                continue
            self._health.discarded_bytes += start - end
            self._health.bad_frames += self._locked and (self._stretch or start > end)
            self._stretch, self._locked = False, True
            chosen.append(start)
            end = start + self._length
        return chosen, end


class ByteNumbering:
    """Gives frames that a byte numbers their index, and finds the lost ones. One frame is one sample.

    A loss of 256 frames does not show. Counts into `health` `lost_samples`, and in `extra` `repeated_frames`: those
    that are equal to the one before them, number and all.
    """

    def __init__(self, health: SourceHealth) -> None:
        self._health = health
        self._last: NDArray[np.uint8] | None = None
        self._next_index = 0

    def blocks(
        self, frames: NDArray[np.uint8], number_at: int, samples_of: Callable[[NDArray[np.uint8]], NDArray[np.float64]]
    ) -> list[SampleBlock]:
        """Return the frames [k, length] as blocks, a new one after each loss; `samples_of` gives their samples."""
        if not len(frames):
            return []
        first_ever = self._last is None
        line = np.concatenate([frames[:1] if self._last is None else self._last, frames])
        self._last = frames[-1:].copy()
        repeated = (line[1:] == line[:-1]).all(axis=1)
        repeated[0] &= not first_ever
        if repeated.any():
            extra = self._health.extra
            extra["repeated_frames"] = extra.get("repeated_frames", 0) + int(repeated.sum())
            frames = frames[~repeated]
            line = np.concatenate([line[:1], frames])
        lost = np.mod(np.diff(line[:, number_at].astype(np.int16)) - 1, COUNTS)
        if first_ever:
            lost[0] = 0
        blocks = []
        for rows in np.split(np.arange(len(frames)), np.flatnonzero(lost[1:]) + 1):
            if len(rows):
                lost_before = int(lost[rows[0]])
                self._health.lost_samples += lost_before
                first_index = self._next_index + lost_before
                self._next_index = first_index + len(rows)
                samples = np.ascontiguousarray(samples_of(frames[rows]))
                blocks.append(SampleBlock(samples, first_index, lost_before, self._next_index))
        return blocks
