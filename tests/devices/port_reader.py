"""A plain reader of an emulated serial device, and what to send to it."""

import contextlib
import os
import select
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.efferent_frame import EfferentParser
from drivers.protocols.efferent_packet import Description
from drivers.protocols.protocol import Described, SampleBlock
from drivers.source import StreamInfo, Unit

INFO = StreamInfo("armband", 3, 2000.0, Unit.ARBITRARY, ("a", "b", "c"), "test-1")
PATIENCE_S = 30.0


def any_counts(n_samples: int, seed: int = 0) -> NDArray[np.int32]:
    """All of the 24-bit range, so that every byte value crosses the line."""
    return np.random.default_rng(seed).integers(-(1 << 23) + 1, 1 << 23, (n_samples, 3), dtype=np.int32)


class PortReader:
    """Reads a port as a plain program would: opens the path, sets nothing, decodes with our parser."""

    def __init__(self, path: str) -> None:
        self.parser = EfferentParser()
        self.descriptions: list[Description] = []
        self.blocks: list[SampleBlock] = []
        self.hung_up = False
        self._port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def say(self, words: bytes) -> None:
        os.write(self._port, words)

    def read(self) -> bool:
        """Take what is there; False when nothing is."""
        try:
            data = os.read(self._port, 1 << 16)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self.hung_up = self.hung_up or data == b""
        for event in self.parser.feed(data):
            if isinstance(event, Described) and self.parser.description is not None:
                self.descriptions.append(self.parser.description)
            elif isinstance(event, SampleBlock):
                self.blocks.append(event)
        return data != b""

    def read_all(self) -> None:
        """Take everything that was written before, all of which the pty delivers within some milliseconds."""
        while select.select([self._port], [], [], 0.05)[0] and self.read():
            pass

    def read_until_samples(self, n_samples: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while len(self.samples) < n_samples:
            assert time.monotonic() < deadline, f"{len(self.samples)} of {n_samples} samples came"
            if select.select([self._port], [], [], 0.1)[0]:
                self.read()

    def wait_for_hang_up(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self.hung_up:
            assert time.monotonic() < deadline, "no hang-up"
            select.select([self._port], [], [], 0.1)
            self.read()

    @property
    def samples(self) -> NDArray[np.float64]:
        return np.concatenate([np.empty((0, 3)), *(block.samples for block in self.blocks)])

    def close(self) -> None:
        os.close(self._port)


@contextlib.contextmanager
def reader_of(path: str) -> Iterator[PortReader]:
    reader = PortReader(path)
    try:
        yield reader
    finally:
        reader.close()
