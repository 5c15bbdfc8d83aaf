"""One talk between a wire protocol and an example device, and what came out of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.conformance.verdict import require
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, WireProtocol
from drivers.source import SourceHealth

SAY_EVERY_S = 0.05
# No board takes longer from the opened port to its first samples.
LONGEST_TALK_S = 30.0


class ExampleDevice(Protocol):
    """A device that was just switched on and always behaves. Pure: it has no port and no clock.

    `samples_per_frame`: samples (of all channels at once) in what `frame` returns, the same in every frame. The samples
    differ from frame to frame, or damage could not be told from delivery.
    """

    samples_per_frame: int

    def answer(self, words: bytes, elapsed_s: float) -> bytes:
        """Return all that it sends in the 50 ms after the host said `words` (mostly nothing), frames included."""
        ...

    def frame(self) -> bytes:
        """Return the next frame: the bytes that are lost together when a packet is lost."""
        ...


@dataclass(slots=True)
class Run:
    """What one protocol made of one talk; `take` checks the rules that hold for any bytes."""

    protocol: WireProtocol
    described: Described | None = None
    restarts: list[str] = field(default_factory=list)
    blocks: list[SampleBlock] = field(default_factory=list)
    next_index: int | None = None  # of the sample after the newest one

    @property
    def health(self) -> SourceHealth:
        """What the protocol counted."""
        return self.protocol.health

    @property
    def numbered(self) -> bool:
        """Whether the device numbers its samples, so that a protocol can tell what is missing."""
        return self.described is not None and self.described.ticks.unseen_loss != 1

    def forget(self) -> None:
        """Count the samples anew that come from now on."""
        self.blocks = []

    def take(self, pieces: Iterable[bytes]) -> None:
        """Feed the pieces, and hold the events against what `WireProtocol` promises."""
        for piece in pieces:
            for event in self.protocol.feed(piece):
                self._take_event(event)

    @property
    def rows(self) -> NDArray[np.float64]:
        """All samples so far, [n, channels]."""
        channels = self.described.info.channel_count if self.described else 0
        return np.concatenate([np.empty((0, channels)), *(block.samples for block in self.blocks)])

    @property
    def lost(self) -> int:
        """How many samples the blocks say are missing."""
        return sum(block.lost_before for block in self.blocks)

    def _take_event(self, event: Event) -> None:
        if isinstance(event, Described):
            require(self.described is None, "the stream was described twice without having restarted between")
            self.described = event
        elif isinstance(event, StreamRestarted):
            self.restarts.append(event.cause)
            self.described = self.next_index = None
        elif isinstance(event, SampleBlock):
            self._take_block(event)

    def _take_block(self, block: SampleBlock) -> None:
        require(self.described is not None, "samples came before the description that says what they are")
        assert self.described is not None  # noqa: S101 - for the type checker
        channels, shape = self.described.info.channel_count, block.samples.shape
        require(
            len(shape) == 2 and shape[0] >= 1 and shape[1] == channels,
            f"a block of {channels} channels has the shape [n, {channels}] with n >= 1, not {list(shape)}",
        )
        require(
            block.samples.dtype == np.float64 and block.samples.flags.c_contiguous,
            f"samples are C-contiguous float64; these are {block.samples.dtype}, or have gaps in memory",
        )
        require(block.lost_before >= 0, f"lost_before is 0 or more, not {block.lost_before}")
        if self.next_index is not None:
            begins = self.next_index + block.lost_before
            require(
                block.first_index == begins,
                f"a block behind index {self.next_index - 1} with {block.lost_before} lost before it begins at "
                f"{begins}, not {block.first_index}",
            )
        self.next_index = block.first_index + shape[0]
        self.blocks.append(block)


def talk(protocol: WireProtocol, device: ExampleDevice, piece_bytes: int = 0) -> Run:
    """Let the two talk until the stream is described; answers are cut into pieces of so many bytes (0: not at all)."""
    run = Run(protocol)
    elapsed_s = 0.0
    while run.described is None and elapsed_s < LONGEST_TALK_S:
        run.take(cut(device.answer(protocol.say(elapsed_s), elapsed_s), piece_bytes))
        elapsed_s += SAY_EVERY_S
    require(
        run.described is not None,
        f"the stream was not described within {LONGEST_TALK_S:g} s of talk; "
        f"the protocol says: {protocol.why_not_described() or 'nothing'}",
    )
    return run


def cut(data: bytes, piece_bytes: int) -> Iterator[bytes]:
    """Yield the bytes in pieces of that length; 0 for one piece."""
    length = piece_bytes or max(len(data), 1)
    for start in range(0, len(data), length):
        yield data[start : start + length]


def frames_of(device: ExampleDevice, count: int) -> Sequence[bytes]:
    """Return the next frames."""
    return [device.frame() for _ in range(count)]
