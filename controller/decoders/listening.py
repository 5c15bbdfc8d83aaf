"""Which channels the decoder listens to: all, those that are left, those of direct control, or none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import ChannelDropper, Decoder
from controller.emg.features.features import Features
from controller.emg.health import ChannelHealth

# Made of the channels that are left, [ch] of bool; None where they do not suffice.
Fallback = Callable[[NDArray[np.bool_]], Decoder | None]


class Hearing(StrEnum):
    """On what decisions rest."""

    WHOLE = "whole"  # all channels
    FEWER = "fewer"  # the decoder without the bad ones
    DIRECT = "direct"  # too few for the decoder: the strongest of the channels that are left move a joint each
    NOTHING = "nothing"  # no decision can be trusted


@dataclass(slots=True)
class Listening:
    """Gives the decoder for the channels that can be trusted now.

    `fewest`: with fewer good channels the decoder is not trusted. `hearing`: what it rests on. `turned`: True for the
    decision at which the wearer must first come to rest, because another way of control begins.
    """

    whole: Decoder
    features: Features
    fewest: int
    fallback: Fallback | None = None
    hearing: Hearing = Hearing.WHOLE
    turned: bool = False
    _current: Decoder | None = field(init=False)
    _bad: bytes = b""
    _all_good: bytes = field(init=False)
    _roots: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._current = self.whole
        self._roots = np.zeros(self.features.channel_count)
        self._bad = self._all_good = np.zeros(self.features.channel_count, dtype=np.bool_).tobytes()

    def listen(self, health: ChannelHealth) -> Decoder | None:
        """Return the decoder to ask now, None where nothing can be trusted.

        It is made anew when the bad channels change: under a millisecond at 8 channels (`without_channels`).
        """
        self.turned = False
        bad = health.bad.tobytes() if health.bad_count else self._all_good
        if bad != self._bad:
            self._bad = bad
            self._choose(health.bad, health.bad_count)
        return self._current

    def vector(self, level: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the decoder that `listen` gave is to decide on. `level` [ch]: what a speed may follow."""
        if self.hearing is Hearing.DIRECT:
            return np.sqrt(level, out=self._roots)
        return self.features.vector

    def restart(self) -> None:
        """Forget what earlier decisions have begun, after a gap or for a new stream."""
        self.whole.restart()
        if self._current is not None:
            self._current.restart()

    def _choose(self, bad: NDArray[np.bool_], bad_count: int) -> None:
        before = self.hearing
        self.hearing, self._current = self._without(bad, bad_count)
        uses = ~bad if self.hearing is Hearing.FEWER else np.ones(len(bad), dtype=np.bool_)
        self.features.use_channels(uses)
        decoding = (Hearing.WHOLE, Hearing.FEWER)
        self.turned = self.hearing is Hearing.DIRECT or (before in decoding) != (self.hearing in decoding)

    def _without(self, bad: NDArray[np.bool_], bad_count: int) -> tuple[Hearing, Decoder | None]:
        if bad_count == 0:
            return Hearing.WHOLE, self.whole
        if isinstance(self.whole, ChannelDropper) and len(bad) - bad_count >= self.fewest:
            return Hearing.FEWER, self.whole.without_channels(bad)
        direct = self.fallback(~bad) if self.fallback is not None else None
        return (Hearing.NOTHING, None) if direct is None else (Hearing.DIRECT, direct)
