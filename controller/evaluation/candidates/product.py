"""The decoders that `efferent calibrate` makes, fitted and run by the code that `calibrate` and `run` use."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from controller.calibration.fit import AUTO, FitSettings, fit_model
from controller.config import ShapingConfig
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.gaussian.fewer_channels import FewerChannels
from controller.decoders.intent import Decoder
from controller.decoders.kinds import build_decoder
from controller.decoders.model import Model
from controller.emg.features.log_covariance import LogCovariance
from controller.evaluation.candidate import Fitted, Labelled, WindowDecoder, Windows
from controller.evaluation.candidates.live_path import live_windows
from controller.evaluation.person import Frame, joined
from controller.shaping.rejection import accepts
from controller.step import feature_path
from drivers.recordings.recording import Recording

# What a configuration has unless it says otherwise: a decision that moves nothing teaches nothing.
REJECTION_THRESHOLD = ShapingConfig().rejection_threshold


@dataclass(slots=True)
class _Deciding:
    decoder: Decoder | FewerChannels

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
    """`dead` [ch]: channels to do without."""

    model: Model
    dead: NDArray[np.bool_]

    def windows(self, recording: Recording) -> Windows:
        path = feature_path(self.model)
        if isinstance(path.features, LogCovariance):
            path.features.use_channels(~self.dead)
        return live_windows(path, recording)

    def decoder(self, new_donning: bool = False) -> WindowDecoder:
        decoder = build_decoder(self.model, np.zeros((len(self.model.facts.class_names), 1)))
        if new_donning:
            decoder.reset()
        if not isinstance(decoder, GaussianDecoder):
            return _Deciding(decoder)
        return _Deciding(decoder.without_channels(self.dead)) if self.dead.any() else _Learning(decoder)

    def without_channels(self, dead: Sequence[int]) -> Fitted | None:
        gone = self.dead.copy()
        gone[list(dead)] = True
        return None if self.model.facts.decoder != "gaussian" or gone.all() else replace(self, dead=gone)


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
        model = fit_model(recording, settings, trained_on=recording.info.source_id)
        return _Fitted(model, np.zeros(recording.info.channel_count, dtype=np.bool_))


CANDIDATES = (
    Product("gaussian", "gaussian"),
    Product("td4-lda", "lda", "td4"),
    Product("td6-lda", "lda", "td6"),
    Product("td4-ar4-lda", "lda", "td4_ar4"),
    Product("log-moments-lda", "lda", "log_moments"),
)
