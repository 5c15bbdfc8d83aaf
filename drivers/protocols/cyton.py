"""OpenBCI Cyton, alone or with a Daisy: 8 channels at 250 Hz or 16 at 125 Hz over its radio dongle.

The host's dialogue is in cyton_dialogue.py, the framing in cyton_framer.py, the packet in cyton_packet.py.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.protocols.cyton_dialogue import BANNER, DAISY_CHANNELS, STOP, CytonDialogue, CytonSettings
from drivers.protocols.cyton_framer import CytonFramer
from drivers.protocols.cyton_packet import (
    NUMBER_AT,
    NUMBERS,
    PACKET_RATE_HZ,
    REFERENCE_UV,
    Bytes,
    unpack_channels,
    uv_per_count,
)
from drivers.protocols.protocol import Described, Event, SampleBlock, StreamRestarted, Ticks
from drivers.sample_clock import CRYSTAL_OR_RESONATOR
from drivers.source import SourceHealth, StreamInfo, Unit


class CytonProtocol:
    """Sets a board up for bipolar EMG, starts it and delivers what it sends, in µV; see `CytonSettings` for `options`.

    Packets carry an 8-bit number, so of a loss the remainder by 256 is known here: 256 packets that are lost in a row
    (1.02 s) do not show (`Ticks.unseen_loss`). The accelerometer, raw bytes and time stamps in a packet are not used.

    With a Daisy an even packet holds channels 9 to 16 and the odd one after it channels 1 to 8. Each is the mean of two
    samples of 250 Hz that the boards took one sample apart. A sample that lost one of its halves is lost. The
    first even packet of a run holds nothing true, so its sample is not delivered.

    Counts into `health` what `CytonFramer` counts, and `lost_samples`.
    """

    def __init__(self, health: SourceHealth | None = None, **options: Any) -> None:
        self.health = SourceHealth() if health is None else health
        self._settings = CytonSettings(**options)
        self._scale = uv_per_count(self._settings.gain)
        self._dialogue = CytonDialogue(self._settings)
        self._described = False
        self._tail = b""  # the end of what came before, in which a banner may have begun
        self._begin_run()

    def feed(self, data: bytes) -> Sequence[Event]:
        """Take the next bytes and return what they complete; the first packets describe the stream."""
        if not self._described and self._dialogue.hear(data):
            self._begin_run()
        if not self._dialogue.started:
            return ()
        events: list[Event] = []
        for packets in self._framer.feed(data):
            if not self._described:
                self._described = True
                events.append(Described(self._info(), self._ticks()))
            first = self._count(packets)
            block = self._whole_samples(first, packets) if self._has_daisy else (first, self._unpack(packets))
            if len(block[1]):
                events.append(self._block(*block))
        if self._described and BANNER in self._tail + data:
            events.append(StreamRestarted("the board has started again"))
        self._tail = (self._tail + data)[1 - len(BANNER) :]
        return events

    def say(self, elapsed_s: float) -> bytes:
        """Say the next word of the dialogue, until packets come."""
        return b"" if self._described else self._dialogue.say(elapsed_s)

    def farewell(self) -> bytes:
        """Stop the board, which would stream for as long as its battery lasts."""
        return STOP

    def why_not_described(self) -> str:
        """Tell how far the dialogue has come."""
        return self._dialogue.why_not_started()

    @property
    def _has_daisy(self) -> bool:
        return self._dialogue.channel_count == DAISY_CHANNELS

    @property
    def _rate_hz(self) -> float:
        return PACKET_RATE_HZ / 2 if self._has_daisy else PACKET_RATE_HZ

    def _info(self) -> StreamInfo:
        return StreamInfo(
            "OpenBCI Cyton+Daisy" if self._has_daisy else "OpenBCI Cyton",
            self._dialogue.channel_count,
            self._rate_hz,
            Unit.MICROVOLT,
            full_scale=REFERENCE_UV / self._settings.gain,
        )

    def _ticks(self) -> Ticks:
        unseen_loss = NUMBERS // 2 if self._has_daisy else NUMBERS
        return Ticks(1e9 / self._rate_hz, CRYSTAL_OR_RESONATOR, unseen_loss=unseen_loss)

    def _begin_run(self) -> None:
        """Forget the packets of an earlier run: the board numbers them from 0 when it is started."""
        self._framer = CytonFramer(self.health)
        self._newest = -1  # index of the newest packet since the start; -1 before the first
        self._next_sample: int | None = None
        # an even packet [1, 33] that waits for its odd one, and its index
        self._half: tuple[int, Bytes] | None = None

    def _count(self, packets: Bytes) -> int:
        """Return the index of the first of these packets, counted from the start of the run."""
        number = int(packets[0, NUMBER_AT])
        first = number if self._newest < 0 else self._newest + 1 + (number - self._newest - 1) % NUMBERS
        self._newest = first + len(packets) - 1
        return first

    def _unpack(self, packets: Bytes) -> NDArray[np.float64]:
        return unpack_channels(packets, self._scale)

    def _whole_samples(self, first: int, packets: Bytes) -> tuple[int, NDArray[np.float64]]:
        """Return index and [n, 16] of the samples of which both halves are here, and keep a half that may be completed.

        Indices of packets are even where their numbers are: 256 is even.
        """
        half, self._half = self._half, None
        if first % 2:
            if half is not None and half[0] == first - 1:
                packets, first = np.concatenate((half[1], packets)), first - 1
            else:
                packets, first = packets[1:], first + 1
        if first == 0:  # its mean has no sample before it
            packets, first = packets[2:], 2
        if len(packets) % 2:
            self._half = (first + len(packets) - 1, packets[-1:].copy())
            packets = packets[:-1]
        return first // 2, np.hstack((self._unpack(packets[1::2]), self._unpack(packets[::2])))

    def _block(self, first: int, samples: NDArray[np.float64]) -> SampleBlock:
        lost = 0 if self._next_sample is None else first - self._next_sample
        self.health.lost_samples += lost
        self._next_sample = first + len(samples)
        return SampleBlock(samples, first, lost, self._next_sample - 1)
