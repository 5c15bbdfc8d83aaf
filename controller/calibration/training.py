"""What every fit needs of a labelled recording: usable windows with their labels, rest, and the spans of effort."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from controller.calibration.batch import BatchFeatures
from controller.decoders.direct.left_over import ChannelLevels, measure_levels
from controller.decoders.motions import Motions
from controller.decoders.settings import DirectSettings, RegressionSettings
from controller.emg.conditioning import Conditioning
from controller.emg.rest_baseline import RestBaseline, measure_rest, smallest_step
from controller.errors import CalibrationError
from controller.rest_class import REST
from drivers.recordings.recording import Recording

# Fewer windows than this cannot carry a covariance; at a 10 ms hop it is half a second.
FEWEST_WINDOWS = 50


@dataclass(frozen=True, slots=True)
class Choices:
    """What people say that a fit cannot find out: what the classes mean for the arm, and how decoders are to work."""

    motions: Motions | None = None
    direct: DirectSettings = field(default_factory=DirectSettings)
    regression: RegressionSettings = field(default_factory=RegressionSettings)


@dataclass(frozen=True, slots=True)
class Training:
    """Labelled windows, conditioned and reduced to features by the path that runs live.

    `vectors` [n, f]; `labels` [n], indices into `class_names`, each of which has windows; `repetition` [n]: which
    windows belong to one round of prompts; `effort` [n] and `levels` [n, ch], in the stream's unit. `floor`: variance
    that rest has in any channel (`floor_from_rest`). `ring`: the electrodes are equally spaced around the limb, in the
    order of channels.
    """

    vectors: NDArray[np.float64]
    labels: NDArray[np.int64]
    repetition: NDArray[np.int64]
    effort: NDArray[np.float64]
    levels: NDArray[np.float64]
    class_names: tuple[str, ...]
    channel_count: int
    floor: float
    ring: bool
    choices: Choices

    @property
    def motions(self) -> Motions:
        """What the classes mean for the arm. Raises `CalibrationError` where nobody said it, or said it of others."""
        motions = self.choices.motions
        if motions is None:
            raise CalibrationError(
                "this decoder needs to know what each motion means for the joints of the arm; "
                "name a run configuration that has [motions] (efferent calibrate --motions FILE)"
            )
        unknown = sorted(set(motions.speeds) - set(self.class_names))
        if unknown:
            raise CalibrationError(
                f"[motions] names {', '.join(unknown)}, but the training has {', '.join(self.class_names)}"
            )
        if any(motions.speeds.get(REST, {}).values()):
            raise CalibrationError("[motions.rest] must not move any joint")
        return motions

    @property
    def directions(self) -> NDArray[np.float64]:
        """What each class means for each joint, [classes, joints]. Raises `CalibrationError` as `motions` does."""
        return self.motions.directions(self.class_names)

    @property
    def rest(self) -> int:
        """The place of rest among the classes."""
        return self.class_names.index(REST)

    @property
    def windows(self) -> tuple[int, ...]:
        """How many windows each class has."""
        return tuple(np.bincount(self.labels, minlength=len(self.class_names)).tolist())

    def effort_span(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Per class: no speed at the rest level (95th percentile of rest), full speed at its own 80th percentile."""
        rest_level = float(np.percentile(self.effort[self.labels == self.rest], 95))
        high = np.array([np.percentile(self.effort[self.labels == index], 80) for index in range(len(self.windows))])
        return np.minimum(rest_level, 0.5 * high), high

    def channel_levels(self) -> ChannelLevels:
        """Measure how strong each channel is in each class."""
        return measure_levels(self.levels, self.labels, len(self.class_names), self.rest)


def training_windows(
    recording: Recording, features: BatchFeatures, usable: NDArray[np.bool_], floor: float, ring: bool, choices: Choices
) -> Training:
    """Take the windows that end on a usable row. Raises `CalibrationError` where a class has too few."""
    keep = usable[features.newest_row]
    rows = features.newest_row[keep]
    training = Training(
        features.vectors[keep],
        recording.class_of_sample[rows],
        recording.repetition[rows],
        features.effort[keep],
        features.levels[keep],
        recording.class_names,
        recording.info.channel_count,
        floor,
        ring,
        choices,
    )
    for name, count in zip(recording.class_names, training.windows, strict=True):
        if count < FEWEST_WINDOWS:
            raise CalibrationError(
                f"class '{name}' has {count} usable windows, at least {FEWEST_WINDOWS} are needed; "
                "record more or longer trials, or shorten the settling time"
            )
    return training


def require_labels(recording: Recording) -> None:
    """Raise `CalibrationError` unless there is rest, a motion, and life in every channel."""
    if len(recording) == 0:
        raise CalibrationError("nothing of the recording was selected; check --session and --repetitions")
    present = {recording.class_names[index] for index in np.unique(recording.class_of_sample)}
    if REST not in present:
        raise CalibrationError(f"training needs the class '{REST}', the recording has {', '.join(sorted(present))}")
    if len(present) < 2:
        raise CalibrationError(f"training needs '{REST}' and at least one motion, the recording has only '{REST}'")
    finite = np.isfinite(recording.samples)
    highest = np.where(finite, recording.samples, -np.inf).max(axis=0)
    spread = highest - np.where(finite, recording.samples, np.inf).min(axis=0)
    dead = [str(channel + 1) for channel in np.flatnonzero(~(spread > 0))]
    if dead:
        raise CalibrationError(f"channel {', '.join(dead)} never changes in the training data; check its electrode")


def usable_rows(recording: Recording, settle_ms: float) -> NDArray[np.bool_]:
    """Mark rows that are far enough from a change of the prompt or a cut."""
    settle = round(settle_ms * 1e-3 * recording.info.rate_hz)
    changed = (np.diff(recording.class_of_sample) != 0) | (np.diff(recording.segment) != 0)
    starts = np.concatenate(([0], np.flatnonzero(changed) + 1))
    since_change = np.arange(len(recording)) - np.repeat(starts, np.diff(np.append(starts, len(recording))))
    usable: NDArray[np.bool_] = since_change >= settle
    return usable


def quiet_rows(recording: Recording, sections: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the conditioned samples at rest."""
    rest = recording.class_names.index(REST)
    conditioned = np.empty_like(recording.samples)
    Conditioning(sections, recording.info.channel_count).process(
        np.nan_to_num(recording.samples, posinf=0.0, neginf=0.0), conditioned
    )
    quiet: NDArray[np.float64] = conditioned[usable & (recording.class_of_sample == rest)]
    if len(quiet) == 0:
        raise CalibrationError(f"no row of '{REST}' is left after the settling time; record longer rests")
    return quiet


def rest_baseline(recording: Recording, usable: NDArray[np.bool_]) -> RestBaseline:
    """Measure the raw rest, and the device's smallest step on all of the recording."""
    raw = recording.samples[usable & (recording.class_of_sample == recording.class_names.index(REST))]
    finite = np.ascontiguousarray(raw[np.isfinite(raw).all(axis=1)])
    info = recording.info
    return measure_rest(finite, info.rate_hz, info.full_scale, smallest_step(recording.samples))
