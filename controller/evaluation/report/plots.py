"""The plots of an evaluation's report, each as the bytes of a PNG."""

import numpy as np
from matplotlib.figure import Figure

from controller.evaluation.report.drawing import BLUE, GREEN, GREY, ORANGE, SKY, grid, png
from controller.evaluation.summary import Summary

OURS, STATIC, GOAL, LIBEMG = BLUE, SKY, GREEN, ORANGE
MOST_NAMED_CELLS = 8


def errors(summary: Summary) -> bytes:
    """Every test: mean error, the people as dots, goal and LibEMG."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        tests = summary["tests"]
        places = np.arange(len(tests))[::-1]
        axes.barh(places, [test["error_percent"] for test in tests.values()], 0.5, color=OURS, label=summary["decoder"])
        for place, test in zip(places, tests.values(), strict=True):
            static = test.get("error_percent_without_adaptation")
            label = "without adaptation" if place == places[0] else ""
            if static is not None:
                axes.plot([static] * 2, [place - 0.33, place + 0.33], color=STATIC, lw=3, label=label)
            axes.plot(list(test["people"].values()), [place] * len(test["people"]), "o", ms=4, mfc="white", mec="black")
            axes.plot(
                test["goal_percent"], place, "D", color=GOAL, mec="white", label="goal" if place == places[0] else ""
            )
            axes.plot(
                test["libemg_percent"],
                place,
                "D",
                color=LIBEMG,
                mec="white",
                label="LibEMG 2.0.3" if place == places[0] else "",
            )
        axes.set_yticks(places, list(tests))
        axes.set_xscale("symlog", linthresh=1.0)
        axes.set_xlim(left=0.0)
        axes.set_xticks([0, 0.5, 1, 2, 5, 10, 20, 50, 100], ["0", "0.5", "1", "2", "5", "10", "20", "50", "100"])
        axes.grid(axis="x", alpha=0.3)
        axes.set_xlabel("wrong decisions, % (linear up to 1 %, then logarithmic); a circle is a person")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=4)

    return png(draw, 9.0, 0.45 * len(summary["tests"]) + 1.4)


def sessions(summary: Summary) -> bytes:
    """Every test: the error of each person in each session."""

    def draw(figure: Figure) -> None:
        for axes, (name, test) in zip(grid(figure, len(summary["tests"]), 2), summary["tests"].items(), strict=False):
            named = list(dict.fromkeys(session for row in test["sessions"].values() for session in row))
            for person, row in test["sessions"].items():
                axes.plot([named.index(session) for session in row], list(row.values()), "o-", ms=3, lw=1, label=person)
            axes.axhline(test["goal_percent"], color=GOAL, lw=1, ls="--")
            axes.set_xticks(range(len(named)), named)
            axes.set_title(name)
            axes.set_ylim(bottom=0.0)
            if len(test["sessions"]) <= 2 * MOST_NAMED_CELLS:
                axes.legend(fontsize=7, ncols=3, frameon=True, framealpha=0.6, edgecolor="none")
        figure.supylabel("wrong decisions, %", fontsize=9)
        figure.supxlabel(
            "session: number, and where the armband sat that day (N neutral, I inward, O outward)", fontsize=9
        )

    return png(draw, 10.0, 2.2 * ((len(summary["tests"]) + 1) // 2) + 0.4)


def confusion(test: Summary, name: str) -> bytes:
    """Share of each prompted class that was decided as each class."""
    classes = test["confusion"]["classes"]
    counts = np.array(test["confusion"]["windows"], dtype=np.float64)
    percent = 100.0 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        # The square root shows what is rare: a perfect diagonal beside errors of one per cent.
        axes.imshow(np.sqrt(percent), cmap="Blues", vmin=0.0, vmax=10.0)
        axes.set_xticks(range(len(classes)), classes, rotation=90)
        axes.set_yticks(range(len(classes)), classes)
        axes.set_xlabel("decided")
        axes.set_ylabel("prompted")
        axes.set_title(f"{name}, % of each row")
        size = 7.0 if len(classes) <= MOST_NAMED_CELLS else 4.5
        for (row, column), value in np.ndenumerate(percent):
            if value >= 0.5:
                shade = "white" if value > 30.0 else "black"
                axes.text(column, row, f"{value:.0f}", ha="center", va="center", color=shade, fontsize=size)

    return png(draw, 5.2, 5.2)


def delays(summary: Summary) -> bytes:
    """How many prompts were answered within how long."""

    def draw(figure: Figure) -> None:
        for axes, kind in zip(grid(figure, 2, 2), ("onset", "offset"), strict=True):
            for (name, row), colour in zip(summary["transitions"].items(), (OURS, LIBEMG), strict=False):
                late = sorted(row[kind]["delays_s"])
                prompts = len(late) + row[kind]["missed"]
                if prompts:
                    share = 100.0 * np.arange(1, len(late) + 1) / prompts
                    axes.step(late, share, where="post", color=colour, label=f"{name}, {prompts} prompts")
            axes.set_xlim(0.0, 3.0)
            axes.set_ylim(0.0, 100.0)
            axes.grid(alpha=0.3)
            axes.set_xlabel("s from the prompt to the first right decision")
            axes.set_title("onset: rest → gesture" if kind == "onset" else "offset: gesture → rest")
            axes.legend(loc="lower right")
        figure.supylabel("prompts answered, %", fontsize=9)

    return png(draw, 9.0, 3.2)


def dropped_channels(summary: Summary) -> bytes:
    """Accuracy with more and more channels dead, as it is and with dropping."""
    dropped = summary["dropped_channels"]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        counts = list(dropped["counts"])
        numbers = [int(count) for count in counts]
        for key, colour, label in (
            ("error_percent", LIBEMG, "channel health off"),
            ("error_percent_dropping", OURS, "channel health on"),
        ):
            if any(dropped["counts"][count][key] is None for count in counts):
                continue
            mean = [100.0 - dropped["counts"][count][key] for count in counts]
            worst = [100.0 - dropped["counts"][count][f"worst_{key}"] for count in counts]
            axes.plot(numbers, mean, "o-", color=colour, label=f"{label}: mean")
            axes.fill_between(numbers, worst, mean, color=colour, alpha=0.15, label="  down to the worst set")
        whole = 100.0 - dropped["counts"]["0"]["error_percent"]
        axes.axhline(whole - dropped["bound_points"], color=GREY, ls="--", lw=1)
        bound = f"{dropped['bound_points']:g} points lost: the bound for any two"
        axes.text(
            numbers[-1], whole - dropped["bound_points"] - 1.0, bound, color=GREY, fontsize=7, ha="right", va="top"
        )
        axes.set_xticks(numbers)
        axes.set_xlabel("channels set to zero")
        axes.set_ylabel("right decisions, %")
        axes.set_title(dropped["test"])
        axes.legend(loc="lower left")

    return png(draw, 6.0, 3.6)
