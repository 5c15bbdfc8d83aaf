"""The decoders that `efferent calibrate` makes, fitted and run by the code that `calibrate` and `run` use."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controller.calibration.fit import AUTO, FitSettings, fit_model
from controller.calibration.trials import joined
from controller.config import ShapingConfig
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.intent import Decoder
from controller.decoders.kinds import build_decoder
from controller.decoders.model import Model
from controller.evaluation.candidate import Fitted, Labelled, WindowDecoder, Windows
from controller.evaluation.candidates.live_path import live_decisions, live_speeds, live_windows
from controller.evaluation.folds import Stream
from controller.evaluation.person import Frame
from controller.shaping.rejection import accepts
from controller.step import ControlStep, control_step, feature_path
from drivers.recordings.recording import Recording

# What a configuration has unless it says otherwise: a decision that moves nothing teaches nothing.
SHAPING = ShapingConfig()
REJECTION_THRESHOLD = SHAPING.rejection_threshold


@dataclass(slots=True)
class _Deciding:
    decoder: Decoder

    def decide(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.decoder.decode(vector).scores


@dataclass(slots=True)
class _Learning:
    decoder: GaussianDecoder
    _sure: bool = False

    def decide(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        intent = self.decoder.decode(vector)
        self._sure = accepts(intent.confidence, REJECTION_THRESHOLD)
        return intent.scores

    def learn(self, vector: NDArray[np.float64]) -> None:  # noqa: ARG002 - it remembers what it has just decided
        self.decoder.learn_unlabelled(self._sure)

    def learn_labelled(self, vectors: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        self.decoder.learn_labelled(vectors, labels)


@dataclass(frozen=True, slots=True)
class _Fitted:
    model: Model

    def windows(self, recording: Recording) -> Windows:
        return live_windows(feature_path(self.model), recording)

    def decoder(self, new_donning: bool = False) -> WindowDecoder:
        decoder = build_decoder(self.model, self._directions)
        if new_donning:
            decoder.reset()
        return _Learning(decoder) if isinstance(decoder, GaussianDecoder) else _Deciding(decoder)

    def decide_with_health(self, stream: Stream, learn: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return live_decisions(self._step(self._directions, stream, learn), stream)

    def move(self, stream: Stream, learn: bool) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        facts = self.model.facts
        # Each motion moves a joint of its own, at full speed.
        directions = np.eye(len(facts.class_names))
        directions[facts.rest_index] = 0.0
        return live_speeds(self._step(directions, stream, learn), stream)

    def _step(self, directions: NDArray[np.float64], stream: Stream, learn: bool) -> ControlStep:
        """Build the controller's step with the shaping of a configuration that says nothing about it."""
        gain = [1.0] * directions.shape[1]
        step = control_step(self.model, directions, gain, REJECTION_THRESHOLD, SHAPING.ramp_ms, SHAPING.start)
        step.learns = learn
        if stream.new_donning:
            step.listening.whole.reset()
        return step

    @property
    def _directions(self) -> NDArray[np.float64]:
        return np.zeros((len(self.model.facts.class_names), 1))


@dataclass(slots=True)
class Product:
    """A decoder of the product; `decoder` and `feature_set` as `FitSettings` calls them."""

    name: str
    decoder: str
    feature_set: str = AUTO

    def fit(self, parts: Sequence[Labelled], frame: Frame) -> Fitted:
        """Fit. A part of weight 3 is given three times."""
        recording = joined([part.recording for part in parts for _ in range(part.weight)])
        rate_hz = recording.info.rate_hz
        # `fit_model` counts the settling time to a window's newest sample; here all of the window must be settled.
        settle = frame.settle_samples(rate_hz) + frame.window_samples(rate_hz) - 1
        settings = FitSettings(
            decoder=self.decoder,
            feature_set=self.feature_set,
            ring=frame.ring,
            window_ms=frame.window_ms,
            hop_ms=frame.hop_ms,
            settle_ms=settle / rate_hz * 1e3,
        )
        return _Fitted(fit_model(recording, settings, trained_on=recording.info.source_id))


CANDIDATES = (
    Product("gaussian", "gaussian"),
    Product("td4-lda", "lda", "td4"),
    Product("td6-lda", "lda", "td6"),
    Product("td4-ar4-lda", "lda", "td4_ar4"),
    Product("log-moments-lda", "lda", "log_moments"),
)
