"""EMG of what a wearer activates, hop by hop: two kinds of simulated muscles behind one face."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.emg.generator import WearerSignal
from sim.muscles.muscle_signal import MuscleSignal

# The simple signal is rendered anew only for a change of effort of so much; nobody sees less in EMG.
LEAST_CHANGE = 0.02


class Emg(Protocol):
    """`motions[0]` is `rest`."""

    @property
    def motions(self) -> tuple[str, ...]:
        """The motions whose activations it takes."""
        ...

    @property
    def channel_count(self) -> int:
        """Channels of what it gives."""
        ...

    @property
    def rate_hz(self) -> float:
        """Samples per second."""
        ...

    def driven(self, activation: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
        """Return the next [n, channels] µV with these activations 0..1 [motions]."""
        ...


class StrongestMotion:
    """The simple signal of `sim.emg`: of several activations the strongest is heard, with its own rise and fall."""

    def __init__(self, signal: WearerSignal) -> None:
        self._signal = signal
        self.motions = signal.motions
        self.channel_count = signal.info.channel_count
        self.rate_hz = signal.info.rate_hz

    def driven(self, activation: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
        """Return the next samples."""
        strongest = int(activation.argmax())
        motion, effort = self.motions[strongest], min(float(activation[strongest]), 1.0)
        meant, before = self._signal.intent
        if motion != meant or abs(effort - before) > LEAST_CHANGE or (effort == 0.0) != (before == 0.0):
            self._signal.set_intent(motion, effort)
        return self._signal.next(n_samples)


class DrivenMuscles:
    """The muscles of a wearer's file: each motion but rest drives its own, all at once."""

    def __init__(self, signal: MuscleSignal) -> None:
        self._signal = signal
        self.motions = signal.preset.motions
        self.channel_count = len(signal.site_names)
        self.rate_hz = signal.rate_hz

    def driven(self, activation: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
        """Return the next samples."""
        return self._signal.next_driven(np.broadcast_to(activation[1:], (n_samples, len(activation) - 1)))
