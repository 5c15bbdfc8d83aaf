"""A fitted model: everything that decoding needs, and what it fits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from controller.decoders.direct.left_over import ChannelLevels
from controller.decoders.settings import DirectSettings, RegressionSettings
from controller.emg.muscle_sound import MuscleSound
from controller.emg.rest_baseline import RestBaseline
from controller.errors import ModelError
from controller.rest_class import REST
from drivers.source import StreamInfo, Unit

# A device's clock and a nominal rate may differ by so much before the filters no longer mean what they meant.
RATE_TOLERANCE = 0.02
# Decoders that decide for speeds of joints, not for one class: there is nothing to vote on.
SPEED_DECODERS = ("direct", "regression")
# The feature set that is a matrix; all others are rows of `FEATURE_SETS`.
LOG_COVARIANCE = "log_covariance"


class ModelFacts(BaseModel):
    """What a model is, readable by people and checked before use. `mains`: why there is a notch, or none;
    `notch_detected`: that was decided from the rest recording.

    `joints` and `directions` [classes, joints]: what each class meant for the arm when the model was fitted, where the
    fit depends on it; `direct`, `regression`: what was chosen of such a decoder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = Field(default=1, ge=1, le=1)
    decoder: str
    feature_set: str
    class_names: tuple[str, ...] = Field(min_length=2, max_length=256)
    channel_count: int = Field(ge=1, le=1024)
    rate_hz: float = Field(gt=0)
    unit: Unit
    hop_samples: int = Field(ge=1)
    window_hops: int = Field(ge=1)
    band_pass_hz: tuple[float, float]
    notch_hz: float | None = None
    notch_detected: bool = False
    mains: str = Field(default="", max_length=300)
    speed_high_pass_hz: float | None = None
    trained_on: str = Field(max_length=2000)
    training_windows: tuple[int, ...]
    joints: tuple[str, ...] = ()
    directions: tuple[tuple[float, ...], ...] = ()
    direct: DirectSettings | None = None
    regression: RegressionSettings | None = None

    @property
    def hop_s(self) -> float:
        """Time between two decisions."""
        return self.hop_samples / self.rate_hz

    @property
    def rest_index(self) -> int:
        """The place of the class `rest` among the classes; -1 where there is none."""
        return self.class_names.index(REST) if REST in self.class_names else -1

    @property
    def delay_by_design_ms(self) -> float:
        """Half a window and half a hop: the mean age of what a decision rests on (Farrell & Weir 2008)."""
        return self.delay_with_vote_ms(1)

    def delay_with_vote_ms(self, vote: int) -> float:
        """The same with a majority vote over `vote` decisions, which changes its mind half of them later."""
        votes = 1 if self.decoder in SPEED_DECODERS else vote
        return (self.window_hops + votes) / 2 * self.hop_s * 1e3


@dataclass(frozen=True, slots=True)
class Model:
    """A decoder's arrays with its conditioning.

    `sections` [s, 6]; `threshold` [ch] for counting features; `effort_low`, `effort_high` [classes]; efforts and
    threshold in the stream's unit. `decoder`: arrays by name, as its kind asks for (`decoders/kinds.py`).
    `rest`: each channel at rest, raw, against which its health is judged. `levels`: how strong each channel was in
    each class, for direct control when too few are left. `sound`: how the motions sounded, where
    that is known.
    `speed_sections` [s, 6]: filters of a speed path of its own; none where the effort comes from the features.
    """

    facts: ModelFacts
    sections: NDArray[np.float64]
    threshold: NDArray[np.float64]
    effort_low: NDArray[np.float64]
    effort_high: NDArray[np.float64]
    decoder: Mapping[str, NDArray[np.float64]]
    rest: RestBaseline
    levels: ChannelLevels
    speed_sections: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 6)))
    sound: MuscleSound | None = None

    def require_fit(self, info: StreamInfo) -> None:
        """Raise `ModelError` with every way in which the stream does not fit."""
        facts, faults = self.facts, []
        if info.channel_count != facts.channel_count:
            faults.append(f"it was fitted to {facts.channel_count} channels and the stream has {info.channel_count}")
        if abs(info.rate_hz - facts.rate_hz) > RATE_TOLERANCE * facts.rate_hz:
            faults.append(f"it was fitted at {facts.rate_hz:g} Hz and the stream runs at {info.rate_hz:g} Hz")
        if info.unit != facts.unit:
            faults.append(f"it was fitted to samples in {facts.unit.value} and the stream has {info.unit.value}")
        if faults:
            raise ModelError(
                f"the model does not fit the stream '{info.name}': {'; '.join(faults)}; "
                "calibrate again with this device (efferent calibrate)"
            )
