"""One hop: condition, decode, shape. The same code live, in replay, in calibration and in evaluation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.decoders.direct.left_over import LeftOver
from controller.decoders.intent import Intent
from controller.decoders.kinds import build_decoder, features_of
from controller.decoders.listening import Hearing, Listening
from controller.decoders.model import Model
from controller.emg.channel_health import HealthMonitor
from controller.emg.conditioning import Conditioning
from controller.emg.features.features import Features
from controller.emg.health import ChannelHealth
from controller.emg.hop_buffer import Hop
from controller.emg.muscle_sound import SoundGate
from controller.emg.speed_path import SpeedPath
from controller.shaping.shaper import Shaper
from controller.shaping.steady_start import AT_ONCE, StartSettings
from controller.shaping.usual_shaper import usual_shaper

# With fewer than half of its channels a decoder is not trusted.
FEWEST_SHARE = 0.5


@dataclass(slots=True)
class FeaturePath:
    """Raw hops in, feature vectors and effort out.

    `speed`: where the effort comes from, unless from the features. `sound`: what tells muscle from noise.
    """

    conditioning: Conditioning
    features: Features
    health: ChannelHealth
    speed: SpeedPath | None = None
    sound: SoundGate | None = None

    @property
    def like_muscle(self) -> bool:
        """Whether the window sounds as motions did in training; true where nobody knows how they sounded."""
        return self.sound is None or self.sound.like_muscle

    @property
    def effort(self) -> float:
        """Mean absolute value of the window over all channels, which the speed follows; in the signal's unit.

        A channel that cannot be trusted counts as silent: nothing speeds up by it.
        """
        if self.health.bad_count:
            return float(self.level[~self.health.bad].sum()) / self.features.channel_count
        return self.features.effort if self.speed is None else self.speed.effort

    @property
    def level(self) -> NDArray[np.float64]:
        """The same per channel [ch]; overwritten by the next hop."""
        return self.features.level if self.speed is None else self.speed.level

    def feed(self, hop: Hop) -> None:
        """Take one raw hop; afterwards `features` holds the window that ends with it."""
        if hop.after_gap:
            self.reset()
        self.health.examine(hop.block)
        if self.sound is not None:
            self.sound.listen(self.health.bad)
        self.conditioning.process(hop.block, self.features.conditioned)
        self.features.update()
        if self.speed is not None:
            self.speed.update(hop.block)

    def reset(self) -> None:
        """Forget the window, after a gap or for a new stream."""
        self.health.reset()
        if self.sound is not None:
            self.sound.reset()
        self.conditioning.reset()
        self.features.reset()
        if self.speed is not None:
            self.speed.reset()


@dataclass(slots=True)
class Step:
    """What the controller knows after one hop. `wanted`: share of full speed per joint; `healthy`: may be acted on.

    `like_muscle`, `hops` and `anew` are what else shaping needs to know: how the window sounds, how many hops came
    since the last decision, and whether nothing that was earned before counts. Overwritten by the next hop.
    """

    intent: Intent | None = None
    wanted: list[float] = field(default_factory=list)
    effort: float = 0.0
    healthy: bool = False
    like_muscle: bool = True
    hops: int = 1
    anew: bool = False


def shaped(shaper: Shaper, step: Step) -> list[float]:
    """Return what `shaper` makes of what was decoded: the wanted share of full speed per joint."""
    if step.anew:
        shaper.reset()
    if step.intent is None:
        return shaper.still
    return shaper.shape(step.intent, step.effort, step.like_muscle, step.hops)


@dataclass(slots=True)
class ControlStep:
    """Condition, decode, shape: pure of clocks and I/O."""

    path: FeaturePath
    listening: Listening
    shaper: Shaper
    learns: bool = True
    _undecided: int = 0
    _step: Step = field(default_factory=Step)
    _nothing: Intent = field(init=False)

    def __post_init__(self) -> None:
        classes = self.shaper.ramp.class_count
        self._nothing = Intent(np.zeros(len(self.shaper.gain.values)), np.zeros(classes))

    def observe(self, hop: Hop) -> None:
        """Take a hop without deciding: a newer one is already there."""
        self.path.feed(hop)
        self._undecided += 1

    def decide(self, hop: Hop) -> Step:
        """Take a hop and decide."""
        step = self.decode(hop)
        step.wanted = shaped(self.shaper, step)
        return step

    def decode(self, hop: Hop) -> Step:
        """Take a hop and say what was decoded; `wanted` is left as it was."""
        self.path.feed(hop)
        step, features = self._step, self.path.features
        step.hops, self._undecided = self._undecided + 1, 0
        if not features.ready:
            step.intent, step.healthy, step.anew = None, False, True
            self.listening.restart()
            return step
        decoder = self.listening.listen(self.path.health)
        step.effort, step.like_muscle, step.anew = self.path.effort, self.path.like_muscle, self.listening.turned
        if decoder is None:
            step.intent, step.healthy = self._nothing, False
        else:
            step.intent = decoder.decode(self.listening.vector(self.path.level))
            step.healthy = not self.listening.turned
        return step

    def learn(self) -> None:
        """Let the decoder learn from the last decision; after its command is out, so that nothing waits for it."""
        step = self._step
        if self.learns and step.intent is not None and self.listening.hearing is Hearing.WHOLE:
            self.listening.whole.learn_unlabelled(step.healthy and self.shaper.rejection.sure(step.intent))

    def reset(self) -> None:
        """Begin a new stream; what the decoder has learnt stays."""
        self._undecided = 0
        self.path.reset()
        self.shaper.reset()
        self.listening.restart()


def feature_path(model: Model) -> FeaturePath:
    """Build the path that the model was fitted with."""
    facts = model.facts
    speed = None
    if len(model.speed_sections):
        conditioning = Conditioning(model.speed_sections, facts.channel_count)
        speed = SpeedPath(conditioning, facts.hop_samples, facts.window_hops)
    monitor = HealthMonitor(model.rest, facts.rate_hz, facts.hop_samples, facts.window_hops)
    health = ChannelHealth(facts.channel_count, max(facts.window_hops, monitor.recovery_hops), monitor)
    sound = None
    if model.sound is not None:
        sound = SoundGate(model.sound, monitor.statistics, model.rest.noise_rms, facts.hop_s)
    return FeaturePath(Conditioning(model.sections, facts.channel_count), features_of(model), health, speed, sound)


def training_path(sections: NDArray[np.float64], features: Features, speed: SpeedPath | None = None) -> FeaturePath:
    """Build the path for recordings that a model is fitted to: only what is no number is left out."""
    channels = features.channel_count
    health = ChannelHealth(channels, features.window_hops)
    return FeaturePath(Conditioning(sections, channels), features, health, speed)


def control_step(
    model: Model,
    directions: NDArray[np.float64],
    gain: Sequence[float],
    rejection_threshold: float,
    ramp_ms: float,
    start: StartSettings = AT_ONCE,
) -> ControlStep:
    """Build the step for a model. `directions` [classes, joints]: what each class means for each joint.

    One threshold for all classes, no vote, no dead-band: what else is wanted, `Shaper.tune` gives it. A motion begins
    at once unless `start` says otherwise.
    """
    facts = model.facts
    rest, spans = facts.rest_index, (model.effort_low, model.effort_high)
    shaper = usual_shaper(directions, rest, spans, facts.hop_s, gain, rejection_threshold, ramp_ms, start)
    path, direct = feature_path(model), facts.decoder == "direct"
    fewest = max(math.ceil(FEWEST_SHARE * facts.channel_count), 1)
    # Direct control does without any site that is not one of its own.
    fallback = None if direct else LeftOver(model.levels, directions, rest).decoder
    listening = Listening(build_decoder(model, directions), path.features, 1 if direct else fewest, fallback)
    return ControlStep(path, listening, shaper)
