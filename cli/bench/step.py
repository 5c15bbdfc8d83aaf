"""Time of one decision: condition, features, health, decode, shape, govern, learn."""

import time
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import track

from cli.bench.made_decoders import NOISE_UV, decoder_arrays
from controller.decoders.direct.left_over import ChannelLevels
from controller.decoders.model import LOG_COVARIANCE, Model, ModelFacts
from controller.decoders.settings import DirectSettings
from controller.emg.filter_design import design_band_pass, design_speed_path
from controller.emg.hop_buffer import Hop
from controller.emg.muscle_sound import MuscleSound
from controller.emg.rest_baseline import measure_rest
from controller.safety.freshness import FreshnessBounds
from controller.safety.governor import Governor
from controller.safety.limits import JointLimits
from controller.safety.states import Event
from controller.step import ControlStep, control_step
from drivers.source import Unit

HOP_MS = 10.0
WINDOW_MS = 200.0
CLASSES, JOINTS = 8, 4
# Name → decoder, feature set, high-pass of a speed path of its own.
MEASURED: dict[str, tuple[str, str, float | None]] = {
    "td4-lda": ("lda", "td4", None),
    "td6-lda": ("lda", "td6", None),
    "td4-ar4-lda": ("lda", "td4_ar4", None),
    "log-moments-lda": ("lda", "log_moments", None),
    "log-covariance-gaussian": ("gaussian", LOG_COVARIANCE, None),
    "td4-lda-chest": ("lda", "td4", 100.0),
    "td4-direct": ("direct", "td4", None),
    "log-moments-simultaneous": ("simultaneous", "log_moments", None),
    "td4-regression": ("regression", "td4", None),
}
# The first two are the project's own bounds, the third the default decoder's; then how the time grows, and what other
# features, a speed path of its own and the other decoders cost.
SIZES = (
    ("td4-lda", 8, 1000.0),
    ("td4-lda", 64, 2000.0),
    ("log-covariance-gaussian", 8, 1000.0),
    *(("td4-lda", channels, 1000.0) for channels in (4, 16, 32, 64, 128, 256)),
    *(("log-covariance-gaussian", channels, 1000.0) for channels in (4, 16)),
    *(
        (name, channels, rate_hz)
        for name in ("log-moments-lda", "td6-lda", "td4-ar4-lda", "td4-lda-chest")
        for channels, rate_hz in ((8, 1000.0), (64, 2000.0))
    ),
    *((name, 8, 1000.0) for name in ("td4-direct", "log-moments-simultaneous", "td4-regression")),
)
WARM_UP, COUNTED = 300, 5000


@dataclass(frozen=True, slots=True)
class StepRow:
    """Percentiles of one configuration."""

    decoder: str
    channels: int
    rate_hz: float
    hop_ms: float
    p50_us: float
    p99_us: float


def measure_steps(console: Console) -> list[StepRow]:
    """Measure every size, each on signals that change from hop to hop."""
    return [
        _measure(name, channels, rate_hz)
        for name, channels, rate_hz in track(SIZES, "measuring", console=console, transient=True)
    ]


def _measure(name: str, channels: int, rate_hz: float) -> StepRow:
    hop_samples = round(HOP_MS * 1e-3 * rate_hz)
    step = made_step(name, channels, rate_hz, hop_samples)
    governor = engaged_governor()
    blocks = np.random.default_rng(1).normal(0.0, NOISE_UV, (64, hop_samples, channels))
    hop = Hop(np.zeros((hop_samples, channels)))
    took_ns = np.zeros(COUNTED, dtype=np.int64)
    now_ns = 0
    for index in range(WARM_UP + COUNTED):
        hop.block[:] = blocks[index % len(blocks)]
        now_ns += round(HOP_MS * 1e6)
        begin_ns = time.perf_counter_ns()
        decided = step.decide(hop)
        governor.decide(decided.wanted, decided.healthy, now_ns, now_ns)
        step.learn()
        if index >= WARM_UP:
            took_ns[index - WARM_UP] = time.perf_counter_ns() - begin_ns
    p50_us, p99_us = np.percentile(took_ns, (50, 99)) / 1e3
    return StepRow(name, channels, rate_hz, HOP_MS, round(float(p50_us), 2), round(float(p99_us), 2))


def made_step(name: str, channels: int, rate_hz: float, hop_samples: int) -> ControlStep:
    """A model of the right shape; its time does not depend on its numbers."""
    decoder, feature_set, speed_hz = MEASURED[name]
    generator = np.random.default_rng(0)
    model = Model(
        ModelFacts(
            decoder=decoder,
            feature_set=feature_set,
            class_names=tuple(f"class_{index}" for index in range(CLASSES)),
            channel_count=channels,
            rate_hz=rate_hz,
            unit=Unit.MICROVOLT,
            hop_samples=hop_samples,
            window_hops=round(WINDOW_MS / HOP_MS),
            band_pass_hz=(20.0, 450.0),
            notch_hz=50.0,
            speed_high_pass_hz=speed_hz,
            trained_on="benchmark",
            training_windows=(0,) * CLASSES,
            direct=DirectSettings() if decoder == "direct" else None,
        ),
        design_band_pass(rate_hz, 20.0, 450.0, 50.0),
        np.full(channels, 1.0),
        np.full(CLASSES, 5.0),
        np.full(CLASSES, 100.0),
        decoder_arrays(decoder, feature_set, channels, CLASSES, JOINTS, generator),
        measure_rest(generator.normal(0.0, NOISE_UV, (round(4 * rate_hz), channels)), rate_hz),
        ChannelLevels(np.ones(channels), np.ones((CLASSES, channels)), np.ones((CLASSES, channels))),
        np.zeros((0, 6)) if speed_hz is None else design_speed_path(rate_hz, speed_hz, 450.0, 50.0),
        MuscleSound(0.4, 0.1, 0.4, 0.1, 0.05),
    )
    directions = generator.choice((-1.0, 0.0, 1.0), (CLASSES, JOINTS))
    return control_step(model, directions, [1.0] * JOINTS, 0.0, 300.0)


def engaged_governor() -> Governor:
    """Return a governor that lets the joints of the benchmark move, from time 0 on."""
    joints = [JointLimits(f"joint_{index}", -1.0, 1.0, 2.0, 10.0, 300.0, 0.1, 40.0) for index in range(JOINTS)]
    governor = Governor(joints, FreshnessBounds())
    governor.decide([0.0] * JOINTS, True, 0, 0)
    governor.request(Event.ENGAGE, 0, "benchmark")
    return governor
