"""The controller's real step on the signal of a simulated wearer: EMG in, a wish out."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.model import ModelFacts
from controller.emg.hop_buffer import Hop
from controller.step import ControlStep
from sim.emg.generator import WearerSignal
from sim.errors import SimError
from sim.wearer.interpreter import Interpreted

# The signal is rendered anew only for a change of effort of so much; nobody sees less in EMG.
LEAST_CHANGE = 0.02


class SignalDecoder:
    """`signal` makes the EMG of the strongest activation, one motion at a time; `step` decodes it.

    Raises `SimError` where the step was fitted for another number of channels or another rate.
    """

    def __init__(self, signal: WearerSignal, step: ControlStep, facts: ModelFacts) -> None:
        info = signal.info
        if (facts.channel_count, facts.rate_hz) != (info.channel_count, info.rate_hz):
            raise SimError(
                f"the model was fitted for {facts.channel_count} channels at {facts.rate_hz:g} Hz, the wearer's signal "
                f"has {info.channel_count} at {info.rate_hz:g} Hz"
            )
        self._signal, self._step, self._facts = signal, step, facts
        self._hop = Hop(np.zeros((facts.hop_samples, facts.channel_count)))

    @property
    def hop_s(self) -> float:
        """Time between two decisions."""
        return self._facts.hop_s

    def interpret(self, activation: NDArray[np.float64]) -> Interpreted:
        """Make a hop of EMG of this activation [motions, in the order of the signal's], and decide on it."""
        strongest = int(activation.argmax())
        motion, effort = self._signal.motions[strongest], min(float(activation[strongest]), 1.0)
        meant, before = self._signal.intent
        if motion != meant or abs(effort - before) > LEAST_CHANGE or (effort == 0.0) != (before == 0.0):
            self._signal.set_intent(motion, effort)
        self._hop.block[:] = self._signal.next(len(self._hop.block))
        self._hop.newest_index += len(self._hop.block)
        step = self._step.decide(self._hop)
        self._step.learn()
        intent = step.intent
        accepted = -1 if intent is None else self._step.shaper.rejection.accepted(intent)
        decided = self._facts.class_names[accepted] if accepted >= 0 else None
        return Interpreted(step.wanted, step.healthy, decided)
