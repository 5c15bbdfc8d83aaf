"""The controller's real step on the EMG of simulated muscles: activations in, a wish out."""

import numpy as np
from numpy.typing import NDArray

from controller.decoders.model import ModelFacts
from controller.emg.hop_buffer import Hop
from controller.step import ControlStep
from sim.errors import SimError
from sim.wearer.emg import Emg
from sim.wearer.interpreter import Interpreted


class SignalDecoder:
    """`emg` makes what the sites measure; `step` decodes it, and stays there to be looked at and tuned.

    Raises `SimError` where the step was fitted for another number of channels or another rate.
    """

    def __init__(self, emg: Emg, step: ControlStep, facts: ModelFacts) -> None:
        if (facts.channel_count, facts.rate_hz) != (emg.channel_count, emg.rate_hz):
            raise SimError(
                f"the model was fitted for {facts.channel_count} channels at {facts.rate_hz:g} Hz, the wearer's signal "
                f"has {emg.channel_count} at {emg.rate_hz:g} Hz"
            )
        self._emg, self.step, self._facts = emg, step, facts
        self._hop = Hop(np.zeros((facts.hop_samples, facts.channel_count)))

    @property
    def hop_s(self) -> float:
        """Time between two decisions."""
        return self._facts.hop_s

    def interpret(self, activation: NDArray[np.float64]) -> Interpreted:
        """Make a hop of EMG of this activation [motions, in the order of the EMG's], and decide on it."""
        self._hop.block[:] = self._emg.driven(activation, len(self._hop.block))
        self._hop.newest_index += len(self._hop.block)
        step = self.step.decide(self._hop)
        self.step.learn()
        intent = step.intent
        accepted = -1 if intent is None else self.step.shaper.rejection.accepted(intent)
        decided = self._facts.class_names[accepted] if accepted >= 0 else None
        return Interpreted(step.wanted, step.healthy, decided)
