"""A model that decides every hop beside the running one, and moves nothing."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Intent
from controller.decoders.model import Model
from controller.emg.hop_buffer import Hop
from controller.rest_class import REST
from controller.step import ControlStep, Step

# Of what people can take in at a glance.
MOST_DIFFERENCES = 8


@dataclass(slots=True)
class Shadow:
    """Follows the loop, once each command is out, with a path, a decoder and a shaper of its own.

    `agreed` of `decisions`: both models decided for the class of the same name; where one has no classes, both want
    every joint to go the same way. `cost_ns` in all. `counts` [running's classes + 1, own classes + 1]: decisions of
    both, the last row and column where there is no class.
    """

    model: Model
    step: ControlStep
    running: tuple[str, ...]
    ready: bool = False
    decisions: int = 0
    agreed: int = 0
    cost_ns: int = 0
    counts: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros((len(self.running) + 1, len(self.model.facts.class_names) + 1), dtype=np.int64)

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
            self.counts[decided.intent.class_index, own.intent.class_index] += 1
        self.cost_ns += time.perf_counter_ns() - begin_ns

    def _agree(self, own: Intent, decided: Intent) -> bool:
        if own.class_index < 0 or decided.class_index < 0:
            return bool((np.sign(own.direction) == np.sign(decided.direction)).all())
        return self.model.facts.class_names[own.class_index] == self.running[decided.class_index]

    def rest_share(self) -> float:
        """Return the share of decisions in which this model decided for rest."""
        names = self.model.facts.class_names
        rests = int(self.counts[:, names.index(REST)].sum()) if REST in names else 0
        return rests / max(self.decisions, 1)

    def differences(self) -> list[tuple[str, str, float]]:
        """Return (running's class, own class, share of all decisions) where both decided, largest first."""
        names = self.model.facts.class_names
        found = [
            (running, own, int(self.counts[row, column]) / max(self.decisions, 1))
            for row, running in enumerate(self.running)
            for column, own in enumerate(names)
            if running != own and self.counts[row, column]
        ]
        return sorted(found, key=lambda one: -one[2])[:MOST_DIFFERENCES]

    def reset(self) -> None:
        """Begin a new stream."""
        self.step.reset()
        self.ready = False
