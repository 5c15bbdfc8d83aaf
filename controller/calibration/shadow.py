"""A model that decides every hop beside the running one, and moves nothing."""

import time
from dataclasses import dataclass

import numpy as np

from controller.decoders.intent import Intent
from controller.decoders.model import Model
from controller.emg.hop_buffer import Hop
from controller.step import ControlStep, Step


@dataclass(slots=True)
class Shadow:
    """Follows the loop, once each command is out, with a path, a decoder and a shaper of its own.

    `agreed` of `decisions`: both models decided for the class of the same name; where one has no classes, both want
    every joint to go the same way. `cost_ns` in all.
    """

    model: Model
    step: ControlStep
    running: tuple[str, ...]
    ready: bool = False
    decisions: int = 0
    agreed: int = 0
    cost_ns: int = 0

    def observe(self, hop: Hop) -> None:
        """Take a hop that gets no decision."""
        self.step.observe(hop)

    def follow(self, hop: Hop, decided: Step) -> None:
        """Decide on the hop that the running model has `decided` on, and learn as it would."""
        begin_ns = time.perf_counter_ns()
        own = self.step.decide(hop)
        self.step.learn()
        self.ready = own.intent is not None
        if own.intent is not None and decided.intent is not None:
            self.decisions += 1
            self.agreed += self._agree(own.intent, decided.intent)
        self.cost_ns += time.perf_counter_ns() - begin_ns

    def _agree(self, own: Intent, decided: Intent) -> bool:
        if own.class_index < 0 or decided.class_index < 0:
            return bool((np.sign(own.direction) == np.sign(decided.direction)).all())
        return self.model.facts.class_names[own.class_index] == self.running[decided.class_index]

    def reset(self) -> None:
        """Begin a new stream."""
        self.step.reset()
        self.ready = False
