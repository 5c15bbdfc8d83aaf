"""A decoder without signals: it knows what is activated, and errs as often, as long and as surely as it is told.

For questions about shaping and delay, in which a decoder's own character would only be noise. What it decides goes
through the very shaper of the controller.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Intent
from controller.decoders.motions import Motions
from controller.shaping.shaper import Shaper
from controller.shaping.steady_start import AT_ONCE, StartSettings
from controller.shaping.usual_shaper import usual_shaper
from sim.errors import SimError
from sim.wearer.interpreter import Interpreted

# Below this activation there is rest.
REST_BELOW = 0.05
# Activation of no speed and of full speed.
EFFORT_SPAN = (0.05, 0.8)


@dataclass(frozen=True, slots=True)
class DecoderErrors:
    """How a decoder errs while a motion is activated. In rest it does not.

    `share` of its decisions are for another motion, in bursts of `burst_decisions` on average: windows overlap, so that
    errors come together. Confidences are drawn from beta distributions: `right` with a mean of 0.89 and `wrong` with
    one of 0.5 by default, an assumption, so that a threshold of 0.6 lets 98 of 100 right and 32 of 100 wrong ones pass.
    """

    share: float = 0.0
    burst_decisions: float = 5.0
    right: tuple[float, float] = (8.0, 1.0)
    wrong: tuple[float, float] = (3.0, 3.0)

    def __post_init__(self) -> None:
        if not (0.0 <= self.share < 0.5 and self.burst_decisions >= 1.0):
            raise SimError(
                f"a decoder errs in 0 to 0.5 of its decisions, in bursts of 1 or more, not {self.share:g} and "
                f"{self.burst_decisions:g}"
            )


@dataclass(frozen=True, slots=True)
class ModelDecoderSettings:
    """`window_ms`: a decision is about the middle of its window, half of it late. Shaping as in `[shaping]`."""

    hop_ms: float = 10.0
    window_ms: float = 200.0
    rejection_threshold: float = 0.0
    ramp_ms: float = 10.0
    vote: int = 1
    start: StartSettings = AT_ONCE
    errors: DecoderErrors = field(default_factory=DecoderErrors)


class ModelDecoder:
    """`motions[0]` is `rest`; `speeds`: motion → joint → share of full speed; `joints`: of the arm, in order."""

    def __init__(
        self,
        motions: tuple[str, ...],
        speeds: Mapping[str, Mapping[str, float]],
        joints: tuple[str, ...],
        settings: ModelDecoderSettings,
        seed: int = 0,
    ) -> None:
        self.motions, self.settings = motions, settings
        self._hop_s = settings.hop_ms * 1e-3
        self._directions = Motions(joints, speeds).directions(motions)
        self._generator = np.random.default_rng([seed, 2])
        self._late: deque[tuple[int, float]] = deque([(0, 0.0)] * round(settings.window_ms / 2 / settings.hop_ms))
        self._wrong = 0  # the motion of the burst at hand; 0 for none
        self.shaper: Shaper = self._shaper()
        self._intent = Intent(np.zeros(len(joints)), np.zeros(len(motions)))

    @property
    def hop_s(self) -> float:
        """Time between two decisions."""
        return self._hop_s

    def interpret(self, activation: NDArray[np.float64]) -> Interpreted:
        """Decide on what was activated half a window ago."""
        strongest = int(activation.argmax())
        level = float(activation[strongest])
        self._late.append((strongest if level >= REST_BELOW else 0, level))
        true, effort = self._late.popleft()
        decided = self._err(true)
        errors, intent = self.settings.errors, self._intent
        intent.class_index = decided
        intent.confidence = float(self._generator.beta(*(errors.right if decided == true else errors.wrong)))
        intent.direction = self._directions[decided]
        wanted = self.shaper.shape(intent, effort)
        accepted = self.shaper.rejection.accepted(intent)
        return Interpreted(wanted, True, self.motions[accepted] if accepted >= 0 else None)

    def _err(self, true: int) -> int:
        """Return the decision: `true`, or the wrong motion of the present burst."""
        errors = self.settings.errors
        if true == 0 or errors.share == 0.0 or len(self.motions) < 3:
            self._wrong = 0
            return true
        if self._wrong:
            ends = self._generator.random() < 1.0 / errors.burst_decisions
            self._wrong = 0 if ends else self._wrong
        # So often that the share comes out: bursts begin in (1 - share) of the time and hold for share.
        elif self._generator.random() < errors.share / (1.0 - errors.share) / errors.burst_decisions:
            self._wrong = int(self._generator.integers(1, len(self.motions)))
        return self._wrong if self._wrong else true

    def _shaper(self) -> Shaper:
        settings, classes, joints = self.settings, len(self.motions), self._directions.shape[1]
        spans = (np.full(classes, EFFORT_SPAN[0]), np.full(classes, EFFORT_SPAN[1]))
        shaper = usual_shaper(
            self._directions,
            0,
            spans,
            self._hop_s,
            [1.0] * joints,
            settings.rejection_threshold,
            settings.ramp_ms,
            settings.start,
        )
        thresholds = [settings.rejection_threshold] * classes
        shaper.tune([1.0] * joints, thresholds, settings.rejection_threshold, shaper.ramp.length, 0.0, settings.vote)
        return shaper
