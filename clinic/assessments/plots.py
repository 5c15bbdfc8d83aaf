"""The plots of a report on tests, each as the bytes of a PNG."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from clinic.assessments.box_and_blocks_test import BoxAndBlocksTrial
from clinic.assessments.clothespin_test import ClothespinTrial
from clinic.assessments.motion_test import MotionTrial
from clinic.assessments.reach import ReachTrial
from clinic.assessments.result import Result
from controller.evaluation.report.drawing import BLUE, GREEN, GREY, ORANGE, SKY, grid, png

COLOURS = (BLUE, ORANGE, GREEN, SKY, GREY)
MOST_TRIALS = 12


def completions(results: Sequence[Result]) -> bytes:
    """Share of all trials that were complete within each time: failures keep a line below 100 %."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for index, result in enumerate(results):
            times = sorted(time for trial in result.trials if (time := _completion(trial)) is not None)
            share = 100.0 * np.arange(len(times) + 1) / max(len(result.trials), 1)
            axes.step([0.0, *times], share, where="post", color=COLOURS[index % len(COLOURS)], label=result.who)
        axes.set_ylim(0.0, 103.0)
        axes.set_xlim(left=0.0)
        axes.grid(alpha=0.3)
        axes.set_xlabel("completion time, s")
        axes.set_ylabel("trials completed, %")
        axes.legend(loc="lower right")

    return png(draw, 6.5, 3.4)


def ways(result: Result) -> bytes:
    """The first trials: how far each joint was from where it was to be, over time."""
    trials = [trial for trial in result.trials if isinstance(trial, ReachTrial)][:MOST_TRIALS]

    def draw(figure: Figure) -> None:
        for axes, trial in zip(grid(figure, len(trials), 4), trials, strict=True):
            way = trial.trajectory
            since_s = way.times_s - way.times_s[0]
            for index, joint in enumerate(way.joints):
                off = np.degrees(way.positions_rad[:, index] - trial.target.posture_rad[joint])
                axes.plot(since_s, off, lw=1, color=COLOURS[index % len(COLOURS)], label=joint)
            axes.axhline(0.0, color="black", lw=0.5)
            if trial.completion_s is not None:
                axes.axvline(trial.completion_s, color=GREY, lw=1, ls="--")
            axes.set_title(trial.target.name + ("" if trial.completed else ": not completed"), fontsize=7)
            axes.tick_params(labelsize=6)
        figure.supxlabel("s from the beginning; dashed: completion", fontsize=9)
        figure.supylabel("degrees from the target", fontsize=9)
        figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=7)

    return png(draw, 10.0, 1.9 * ((len(trials) + 3) // 4) + 0.7)


def difficulty(results: Sequence[Result]) -> bytes:
    """Completion time over index of difficulty, with the line through the means."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for index, result in enumerate(results):
            colour = COLOURS[index % len(COLOURS)]
            points = [
                (trial.difficulty_bits, trial.completion_s)
                for trial in result.trials
                if isinstance(trial, ReachTrial)
                and trial.difficulty_bits is not None
                and trial.completion_s is not None
            ]
            bits = [bit for bit, _ in points]
            label = result.who
            if result.line is not None:
                ends = np.array([min(bits), max(bits)])
                axes.plot(ends, result.line.intercept_s + result.line.slope_s_per_bit * ends, color=colour, lw=1)
                label += f", R² {result.line.r_squared:.2f}"
            axes.plot(bits, [time for _, time in points], "o", ms=3, alpha=0.6, color=colour, label=label)
        axes.set_xlabel("index of difficulty, bit")
        axes.set_ylabel("completion time, s")
        axes.set_ylim(bottom=0.0)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left")

    return png(draw, 6.5, 3.4)


def placed(results: Sequence[Result]) -> bytes:
    """Things that count, over the time of the test; what was dropped stands beside the name."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for index, result in enumerate(results):
            for trial in result.trials:
                if isinstance(trial, BoxAndBlocksTrial | ClothespinTrial):
                    at_s = trial.moved_at_s if isinstance(trial, BoxAndBlocksTrial) else trial.placed_at_s
                    label = f"{result.who}, {trial.dropped} dropped"
                    counts = [*range(len(at_s) + 1), len(at_s)]
                    colour = COLOURS[index % len(COLOURS)]
                    axes.step([0.0, *at_s, trial.duration_s], counts, where="post", color=colour, label=label)
        axes.set_xlim(left=0.0)
        axes.set_ylim(bottom=0.0)
        axes.grid(alpha=0.3)
        axes.set_xlabel("s from the beginning")
        axes.set_ylabel("moved")
        axes.legend(loc="upper left")

    return png(draw, 6.5, 3.4)


def _completion(trial: object) -> float | None:
    return trial.completion_s if isinstance(trial, ReachTrial | MotionTrial | ClothespinTrial) else None
