"""A model that decides every hop beside the running one, and moves nothing."""

import time
from dataclasses import dataclass

from controller.decoders.model import Model
from controller.emg.hop_buffer import Hop
from controller.step import ControlStep, Step


@dataclass(slots=True)
class Shadow:
    """Follows the loop, once each command is out, with a path, a decoder and a shaper of its own.

    `agreed` of `decisions`: both models decided for the class of the same name. `cost_ns` in all.
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
            here, there = own.intent.class_index, decided.intent.class_index
            self.decisions += 1
            names = self.model.facts.class_names
            self.agreed += (names[here] if here >= 0 else "") == (self.running[there] if there >= 0 else "")
        self.cost_ns += time.perf_counter_ns() - begin_ns

    def reset(self) -> None:
        """Begin a new stream."""
        self.step.reset()
        self.ready = False
