"""EMG of a virtual wearer, simple and believable: for the demo and for tests of what reads EMG.

Interference noise times activation times a pattern per motion. Motor units, electrode shift and fatigue are not in it.
"""

import numpy as np
from numpy.typing import NDArray

from drivers.source import StreamInfo, Unit
from sim.emg.activation import Activation
from sim.emg.noise import Background, MuscleNoise, block_length
from sim.emg.site_patterns import site_patterns
from sim.errors import SimError

DEFAULT_MOTIONS = (
    "rest",
    "elbow_flexion",
    "elbow_extension",
    "pronation",
    "supination",
    "hand_open",
    "hand_close",
)

# RMS of a site at full effort; devices.md 4.1 gives 50-500 µV for reinnervated sites.
_FULL_EFFORT_UV = (120.0, 320.0)
# Nobody holds an effort still: slow wander of a few per cent.
_TREMOR_HZ = (0.5, 2.5)
_TREMOR_PARTS = 3
_TREMOR_DEPTH = 0.03
# Below this activation a motion cannot be told from the noise floor, and its samples count as rest.
_ONSET_ACTIVATION = 0.05


class WearerSignal:
    """EMG of one wearer who intends one motion at a time.

    `seed` is the person: sites, amplitudes, skin. `take` is the occasion: the noise, so that a live signal (`take` 1)
    does not repeat what a decoder was fitted on (`take` 0). `motions[0]` is `rest`.
    The same calls give the same samples; `next(3)` and `next(4)` give what `next(7)` gives. Not for several threads.
    Raises `SimError` for motions, rates or channel counts that make no wearer.
    """

    def __init__(
        self,
        channel_count: int = 8,
        rate_hz: float = 1000.0,
        motions: tuple[str, ...] = DEFAULT_MOTIONS,
        seed: int = 0,
        take: int = 0,
    ) -> None:
        _refuse_no_wearer(channel_count, rate_hz, motions, seed)
        self.motions = motions
        self.info = StreamInfo(
            name="virtual wearer",
            channel_count=channel_count,
            rate_hz=rate_hz,
            unit=Unit.MICROVOLT,
            labels=tuple(f"site {number}" for number in range(1, channel_count + 1)),
            source_id=f"virtual-wearer-{seed}",
        )
        person = np.random.default_rng([seed, 0])
        site_uv = person.uniform(*_FULL_EFFORT_UV, channel_count)
        self._amplitude_uv = site_patterns(len(motions), channel_count, person) * site_uv
        self._tremor_hz = person.uniform(*_TREMOR_HZ, _TREMOR_PARTS)
        self._tremor_phase = np.random.default_rng([seed, 1, take]).uniform(0, 2 * np.pi, _TREMOR_PARTS)
        self._muscle = MuscleNoise(channel_count, rate_hz, np.random.default_rng([seed, 2, take]))
        self._background = Background(channel_count, rate_hz, person, np.random.default_rng([seed, 3, take]))
        self._activation = Activation(len(motions), rate_hz)
        self._intent = (motions[0], 0.0)
        self._index = 0
        # The block at hand: its carriers, which no intent changes, and what the present intent makes of them.
        self._block_length = block_length(rate_hz)
        self._carriers = (self._muscle.block(), self._background.block())
        self._samples = np.empty((self._block_length, channel_count))
        self._active = np.empty(self._block_length, dtype=np.int64)
        self._render_rest_of_block()

    @property
    def intent(self) -> tuple[str, float]:
        """The motion meant now and its effort."""
        return self._intent

    def check_intent(self, motion: str, effort: float) -> None:
        """Raise `SimError` when this wearer cannot mean that."""
        if motion not in self.motions:
            raise SimError(f"the wearer knows no motion '{motion}'; say one of: {', '.join(self.motions)}")
        if not 0.0 <= effort <= 1.0:
            raise SimError(f"an effort is between 0 and 1, not {effort:g}")

    def set_intent(self, motion: str, effort: float = 1.0) -> None:
        """Mean `motion` with `effort` 0..1 from the next sample on. Raises `SimError` for what the wearer cannot."""
        self.check_intent(motion, effort)
        target = np.zeros(len(self.motions))
        target[self.motions.index(motion)] = effort
        target[0] = 0.0
        self._activation.aim(self._index, target)
        self._intent = (motion, effort)
        self._render_rest_of_block()

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, channels] samples in µV."""
        return self.next_labelled(n_samples)[0]

    def next_labelled(self, n_samples: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the next samples with the index [n] of the motion whose muscles are truly active in each."""
        samples = np.empty((n_samples, self._samples.shape[1]))
        active = np.empty(n_samples, dtype=np.int64)
        filled = 0
        while filled < n_samples:
            used = self._index % self._block_length
            count = min(n_samples - filled, self._block_length - used)
            samples[filled : filled + count] = self._samples[used : used + count]
            active[filled : filled + count] = self._active[used : used + count]
            filled += count
            self._index += count
            if used + count == self._block_length:
                self._carriers = (self._muscle.block(), self._background.block())
                self._render_rest_of_block()
        return samples, active

    def _render_rest_of_block(self) -> None:
        """Make the samples from the present one to the end of the block, as if the intent stayed."""
        used = self._index % self._block_length
        count = self._block_length - used
        activation = self._activation.at(self._index, count)
        time_s = np.arange(self._index, self._index + count)[:, np.newaxis] / self.info.rate_hz
        wander = np.sin(2 * np.pi * self._tremor_hz * time_s + self._tremor_phase).sum(axis=1, keepdims=True)
        # einsum, because BLAS would start threads for so large a product, and they spin on every core afterwards
        amplitude_uv = np.einsum("nm,mc->nc", activation, self._amplitude_uv) * (1 + _TREMOR_DEPTH * wander)
        muscle, background = self._carriers
        self._samples[used:] = amplitude_uv * muscle[used:] + background[used:]
        self._active[used:] = np.where(activation.max(axis=1) >= _ONSET_ACTIVATION, activation.argmax(axis=1), 0)


def _refuse_no_wearer(channel_count: int, rate_hz: float, motions: tuple[str, ...], seed: int) -> None:
    if channel_count < 1:
        raise SimError(f"a wearer needs at least one channel, not {channel_count}")
    if not rate_hz >= 100:
        raise SimError(f"the generator needs a rate of 100 Hz or more to hold any EMG, not {rate_hz:g}")
    if not motions or motions[0] != "rest" or len(set(motions)) != len(motions):
        raise SimError(f"the motions must be different and begin with 'rest', not: {', '.join(motions) or 'none'}")
    if seed < 0:
        raise SimError(f"a seed is 0 or more, not {seed}")
