"""One hop: condition, decode, shape. The same code live, in replay, in calibration and in evaluation."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.intent import Decoder, Intent
from controller.decoders.kinds import build_decoder, features_of
from controller.decoders.model import Model
from controller.emg.conditioning import Conditioning
from controller.emg.features.features import Features
from controller.emg.health import check_hop
from controller.emg.hop_buffer import Hop
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import accepts
from controller.shaping.shaper import Shaper
from controller.shaping.velocity_ramp import VelocityRamp


@dataclass(slots=True)
class FeaturePath:
    """Raw hops in, feature vectors out."""

    conditioning: Conditioning
    features: Features
    health: NDArray[np.int64] = field(init=False)
    bad_channels: int = 0

    def __post_init__(self) -> None:
        self.health = np.zeros(self.features.channel_count, dtype=np.int64)

    def feed(self, hop: Hop) -> None:
        """Take one raw hop; afterwards `features` holds the window that ends with it."""
        if hop.after_gap:
            self.reset()
        self.bad_channels = check_hop(hop.block, self.health)
        self.conditioning.process(hop.block, self.features.conditioned)
        self.features.update()

    def reset(self) -> None:
        """Forget the window, after a gap or for a new stream."""
        self.conditioning.reset()
        self.features.reset()


@dataclass(slots=True)
class Step:
    """What the controller knows after one hop. `wanted`: share of full speed per joint; `healthy`: may be acted on.

    Overwritten by the next hop.
    """

    intent: Intent | None = None
    wanted: list[float] = field(default_factory=list)
    effort: float = 0.0
    healthy: bool = False


@dataclass(slots=True)
class ControlStep:
    """Condition, decode, shape: pure of clocks and I/O."""

    path: FeaturePath
    decoder: Decoder
    shaper: Shaper
    learns: bool = True
    _step: Step = field(default_factory=Step)

    def observe(self, hop: Hop) -> None:
        """Take a hop without deciding: a newer one is already there."""
        self.path.feed(hop)

    def decide(self, hop: Hop) -> Step:
        """Take a hop and decide."""
        self.path.feed(hop)
        step, features = self._step, self.path.features
        if not features.ready:
            step.intent, step.healthy = None, False
            step.wanted = [0.0] * len(self.shaper.gain)
            self.shaper.reset()
            return step
        step.intent = self.decoder.decode(features.vector)
        step.effort = features.effort
        step.healthy = self.path.bad_channels == 0
        step.wanted = self.shaper.shape(step.intent, step.effort)
        return step

    def learn(self) -> None:
        """Let the decoder learn from the last decision; after its command is out, so that nothing waits for it."""
        step = self._step
        if self.learns and step.intent is not None:
            sure = accepts(step.intent.confidence, self.shaper.rejection_threshold)
            self.decoder.learn_unlabelled(step.healthy and sure)

    def reset(self) -> None:
        """Begin a new stream; what the decoder has learnt stays."""
        self.path.reset()
        self.shaper.reset()


def feature_path(model: Model) -> FeaturePath:
    """Build the path that the model was fitted with."""
    facts = model.facts
    return FeaturePath(Conditioning(model.sections, facts.channel_count), features_of(model))


def control_step(
    model: Model, directions: NDArray[np.float64], gain: list[float], rejection_threshold: float, ramp_ms: float
) -> ControlStep:
    """Build the step for a model. `directions` [classes, joints]: what each class means for each joint."""
    facts = model.facts
    length = max(round(ramp_ms / 1e3 / facts.hop_s), 1)
    shaper = Shaper(
        rejection_threshold,
        VelocityRamp(len(facts.class_names), length),
        ProportionalSpeed(model.effort_low, model.effort_high),
        gain,
    )
    return ControlStep(feature_path(model), build_decoder(model, directions), shaper)
