"""A wearer of a preset who intends one motion at a time: what emulators play and what sits through a calibration."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.source import StreamInfo, Unit
from sim.emg.activation import Activation
from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import WearerPreset

# Below this activation a motion cannot be told from the noise floor, and its samples count as rest.
_ONSET_ACTIVATION = 0.05
# An input of the amplifier with nothing on it, both ends joined.
_UNUSED_UV = 1.0


class MuscleWearer:
    """EMG of a wearer's file; `motions[0]` is `rest`, the others are those of the muscles.

    An effort is the share of a muscle's largest force. The same calls give the same samples; `next(3)` and `next(4)`
    give what `next(7)` gives. Channels beyond the sites are not connected. `signal` is there to tire, sweat, and shift
    or lift sites. Raises `SimError` as it does.
    """

    def __init__(
        self,
        preset: WearerPreset,
        rate_hz: float = 1000.0,
        seed: int = 0,
        take: int = 0,
        channel_count: int | None = None,
    ) -> None:
        sites = len(preset.sites)
        channels = sites if channel_count is None else channel_count
        if channels < sites:
            raise SimError(
                f"the wearer '{preset.name}' needs {sites} channels or more, one for each site, not {channels}"
            )
        self.signal = MuscleSignal(preset, rate_hz, seed, take)
        self.motions = preset.motions
        self.info = StreamInfo(
            name=preset.name,
            channel_count=channels,
            rate_hz=rate_hz,
            unit=Unit.MICROVOLT,
            labels=(*self.signal.site_names, *(f"unused {number}" for number in range(sites + 1, channels + 1))),
            source_id=f"muscles-{seed}",
        )
        self._unused = np.random.default_rng([seed, 17, take])
        self._activation = Activation(len(self.motions), rate_hz)
        self._driven: NDArray[np.float64] | None = None
        self._intent = (self.motions[0], 0.0)
        self._index = 0

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
        self._driven = None
        self._intent = (motion, effort)

    def check_drive(self, activations: Sequence[float]) -> None:
        """Raise `SimError` unless there is one activation between 0 and 1 for each muscle."""
        if len(activations) != len(self.signal.muscle_names):
            raise SimError(
                f"this wearer has {len(self.signal.muscle_names)} muscles ({'; '.join(self.signal.muscle_names)}), "
                f"not {len(activations)}"
            )
        if not all(0.0 <= activation <= 1.0 for activation in activations):
            raise SimError(f"an activation is between 0 and 1, not {' '.join(f'{one:g}' for one in activations)}")

    def drive(self, activations: Sequence[float]) -> None:
        """From the next sample on, activate each muscle just so much [muscles], at once, until an intent is set.

        For whoever brings a rise and fall of activation along. Raises `SimError` as `check_drive`.
        """
        self.check_drive(activations)
        if self._driven is None:
            self._activation.aim(self._index, np.zeros(len(self.motions)))
        self._driven = np.array([0.0, *activations])
        strongest = int(self._driven.argmax())
        self._intent = (self.motions[strongest], float(self._driven[strongest]))

    def next(self, n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, sites] samples in µV."""
        return self.next_labelled(n_samples)[0]

    def next_labelled(self, n_samples: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the next samples with the index [n] of the motion whose muscle is truly active in each."""
        activation = self._activation.at(self._index, n_samples)
        if self._driven is not None:
            activation = np.broadcast_to(self._driven, activation.shape)
        self._index += n_samples
        active = np.where(activation.max(axis=1) >= _ONSET_ACTIVATION, activation.argmax(axis=1), 0)
        samples = self.signal.next_driven(activation[:, 1:])
        if unused := self.info.channel_count - samples.shape[1]:
            samples = np.hstack((samples, self._unused.normal(0.0, _UNUSED_UV, (n_samples, unused))))
        return samples, active
