"""What a test found, as figures that can be compared, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import fmean, median

import numpy as np

from clinic.assessments.box_and_blocks_test import BoxAndBlocksTrial
from clinic.assessments.clothespin_test import ClothespinTrial
from clinic.assessments.motion_test import MotionTrial
from clinic.assessments.parameter import Parameter
from clinic.assessments.reach import ReachTrial
from clinic.assessments.rest_test import RestTrial

FORMAT = 1
Trial = ReachTrial | MotionTrial | RestTrial | BoxAndBlocksTrial | ClothespinTrial


@dataclass(frozen=True, slots=True)
class DifficultyLine:
    """Completion time over index of difficulty: a straight line through the means of each index, where Fitts holds."""

    intercept_s: float
    slope_s_per_bit: float
    r_squared: float


@dataclass(frozen=True, slots=True)
class Result:
    """One test of one wearer. `figures`: by name, None where there is nothing to make one of.

    Times, path efficiency and throughput are of completed trials alone; overshoots, ways and the completion rate of all
    of them. So the rate belongs beside every other figure.
    """

    test: str
    who: str
    parameters: tuple[Parameter, ...]
    figures: dict[str, float | None]
    trials: tuple[Trial, ...]
    line: DifficultyLine | None = None

    def to_json(self, *, with_trajectories: bool = False) -> str:
        """Return one JSON object. Angles in rad, times in s, as the names say."""
        return json.dumps(
            {
                "format": FORMAT,
                "test": self.test,
                "who": self.who,
                "parameters": [asdict(parameter) for parameter in self.parameters],
                "figures": self.figures,
                "difficulty_line": None if self.line is None else asdict(self.line),
                "trials": [_trial(trial, with_trajectories) for trial in self.trials],
            },
            allow_nan=False,
        )


def reach_result(test: str, who: str, parameters: Sequence[Parameter], trials: Sequence[ReachTrial]) -> Result:
    """Sum up a TAC or Fitts test."""
    done = [trial for trial in trials if trial.completion_s is not None]
    throughput = [
        trial.difficulty_bits / trial.completion_s
        for trial in done
        if trial.difficulty_bits is not None and trial.completion_s is not None
    ]
    figures = {
        "completion_rate": _share(len(done), len(trials)),
        "median_completion_s": _middle([trial.completion_s for trial in done]),
        "mean_completion_s": _mean([trial.completion_s for trial in done]),
        "path_efficiency": _mean([trial.path_efficiency for trial in done]),
        "overshoots_per_trial": _mean([trial.overshoots for trial in trials]),
        "unintended_rad_per_trial": _mean([trial.unintended_rad for trial in trials]),
        "throughput_bit_s": _mean(throughput),
    }
    return Result(test, who, tuple(parameters), figures, tuple(trials), difficulty_line(done))


def motion_result(test: str, who: str, parameters: Sequence[Parameter], trials: Sequence[MotionTrial]) -> Result:
    """Sum up a motion test."""
    figures = {
        "completion_rate": _share(sum(trial.completed for trial in trials), len(trials)),
        "mean_selection_s": _mean([trial.selection_s for trial in trials if trial.completed]),
        "mean_completion_s": _mean([trial.completion_s for trial in trials]),
        "median_completion_s": _middle([trial.completion_s for trial in trials]),
        "right_share": _mean([trial.right_share for trial in trials]),
    }
    return Result(test, who, tuple(parameters), figures, tuple(trials))


def rest_result(test: str, who: str, parameters: Sequence[Parameter], trials: Sequence[RestTrial]) -> Result:
    """Sum up a rest test."""
    figures: dict[str, float | None] = {
        "rest_motion_rad": sum(trial.motion_rad for trial in trials),
        "rest_s": sum(trial.duration_s for trial in trials),
    }
    return Result(test, who, tuple(parameters), figures, tuple(trials))


def box_and_blocks_result(
    test: str, who: str, parameters: Sequence[Parameter], trials: Sequence[BoxAndBlocksTrial]
) -> Result:
    """Sum up box and blocks. Seconds per block: between one block that counts and the next."""
    gaps = [after - before for trial in trials for before, after in pairwise((0.0, *trial.moved_at_s))]
    figures: dict[str, float | None] = {
        "blocks_moved": _mean([trial.moved for trial in trials]),
        "blocks_per_min": _mean([60.0 * trial.moved / trial.duration_s for trial in trials]),
        "median_s_per_block": _middle(gaps),
        "dropped": _mean([trial.dropped for trial in trials]),
        "together": _mean([trial.together for trial in trials]),
        "grip_n": max((trial.grip_n for trial in trials), default=None),
        "unintended_rad": _mean([trial.unintended_rad for trial in trials]),
    }
    return Result(test, who, tuple(parameters), figures, tuple(trials))


def clothespin_result(
    test: str, who: str, parameters: Sequence[Parameter], trials: Sequence[ClothespinTrial]
) -> Result:
    """Sum up clothespin relocation. Completed: all pins are on the bar."""
    times = [trial.completion_s for trial in trials]
    gaps = [after - before for trial in trials for before, after in pairwise((0.0, *trial.placed_at_s))]
    figures: dict[str, float | None] = {
        "completion_rate": _share(sum(time is not None for time in times), len(trials)),
        "median_completion_s": _middle(times),
        "mean_completion_s": _mean(times),
        "pins_placed": _mean([len(trial.placed_at_s) for trial in trials]),
        "median_s_per_pin": _middle(gaps),
        "dropped": _mean([trial.dropped for trial in trials]),
        "grip_n": max((trial.grip_n for trial in trials), default=None),
        "unintended_rad": _mean([trial.unintended_rad for trial in trials]),
    }
    return Result(test, who, tuple(parameters), figures, tuple(trials))


def difficulty_line(done: Sequence[ReachTrial]) -> DifficultyLine | None:
    """Fit a straight line through the mean completion time of each index; None with fewer than three of them."""
    by_index: dict[float, list[float]] = {}
    for trial in done:
        if trial.difficulty_bits is not None and trial.completion_s is not None:
            by_index.setdefault(round(trial.difficulty_bits, 6), []).append(trial.completion_s)
    if len(by_index) < 3:
        return None
    bits, times = np.array(list(by_index)), np.array([fmean(each) for each in by_index.values()])
    slope, intercept = np.polyfit(bits, times, 1)
    spread = float(((times - times.mean()) ** 2).sum())
    left = float(((times - intercept - slope * bits) ** 2).sum())
    return DifficultyLine(float(intercept), float(slope), 1.0 - left / spread if spread > 0.0 else 0.0)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _trial(trial: Trial, with_trajectories: bool) -> dict[str, object]:
    if isinstance(trial, ReachTrial):
        said: dict[str, object] = {
            "target": trial.target.name,
            "posture_rad": trial.target.posture_rad,
            "difficulty_bits": trial.difficulty_bits,
            "completion_s": trial.completion_s,
            "duration_s": trial.duration_s,
            "path_efficiency": trial.path_efficiency,
            "overshoots": trial.overshoots,
            "travel_rad": trial.travel_rad,
            "unintended_rad": trial.unintended_rad,
        }
        if with_trajectories:
            way = trial.trajectory
            said["trajectory"] = {
                "joints": way.joints,
                "time_s": way.times_s.tolist(),
                "position_rad": way.positions_rad.tolist(),
            }
        return said
    return asdict(trial)
