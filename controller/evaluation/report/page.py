"""An evaluation as one HTML page, and the numbers beside it as JSON."""

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path

from controller.evaluation.report import plots
from controller.evaluation.report.html import image, page, table
from controller.evaluation.summary import Summary
from drivers.atomic_file import write_atomically

PAGE, NUMBERS = "evaluation.html", "evaluation.json"


def write_report(summary: Summary, folder: Path) -> Path:
    """Write page and JSON into `folder`, and return the page's path. Raises `OSError` when the disk refuses."""
    text = page(f"{summary['decoder']}: evaluation", _sections(summary))
    write_atomically(folder / NUMBERS, json.dumps(summary, indent=1).encode())
    write_atomically(folder / PAGE, text.encode())
    return folder / PAGE


def _sections(summary: Summary) -> Iterator[str]:
    people = "; ".join(f"{name}: {', '.join(names)}" for name, names in summary["people"].items())
    yield f"<h1>{escape(summary['decoder'])}</h1><p>Suite {escape(summary['suite'])}, seed {summary['seed']}.<br>"
    yield f"People: {escape(people)}.</p>"
    for note in summary["notes"]:
        yield f"<p class='note'>{escape(note)}</p>"
    yield "<h2>Wrong decisions</h2>"
    yield _tests(summary)
    yield image(plots.errors(summary), "error of every test with its goal")
    yield "<h2>Person by person, session by session</h2>"
    yield image(plots.sessions(summary), "error of every person in every session")
    if summary["transitions"]:
        yield "<h2>Onset, offset, rest</h2>"
        yield _transitions(summary["transitions"])
        yield image(plots.delays(summary), "delays from the prompt to the first right decision")
    if summary["dropped_channels"]:
        yield "<h2>Dead channels</h2>"
        yield _dropped(summary["dropped_channels"])
        yield image(plots.dropped_channels(summary), "accuracy with channels set to zero")
    if summary["time_per_decision_us"]:
        yield "<h2>Time per decision</h2>"
        yield _time(summary["time_per_decision_us"])
    yield "<h2>What was taken for what</h2><div class='side'>"
    for name, test in summary["tests"].items():
        yield image(plots.confusion(test, name), f"confusion matrix of {name}")
    yield "</div>"


def _tests(summary: Summary) -> str:
    headings = ["test", "error %", "without adaptation %", "goal %", "LibEMG 2.0.3 %", "people", "windows"]
    rows = []
    for name, test in summary["tests"].items():
        verdict = "met" if test["error_percent"] <= test["goal_percent"] else "missed"
        static = test.get("error_percent_without_adaptation")
        error = f"<b class='{verdict}'>{test['error_percent']:.2f}</b>"
        cells = [escape(name), error, "" if static is None else f"{static:.2f}"]
        cells += [
            f"{test['goal_percent']:g}",
            f"{test['libemg_percent']:g}",
            f"{len(test['people'])}",
            f"{test['windows']}",
        ]
        rows.append(cells)
    note = "Goals and LibEMG's errors are for the people in the project's shared data. Every window counts, no vote."
    return table(headings, rows) + f"<p class='note'>{note}</p>"


def _transitions(transitions: Summary) -> str:
    headings = ["", "onset p50 s", "p90 s", "missed", "offset p50 s", "p90 s", "missed", "false activations / min"]
    headings += ["of the arm / min", "mean speed in rest %"]
    rows = []
    for name, row in transitions.items():
        cells = [escape(name)]
        for kind in ("onset", "offset"):
            cells += [_number(row[kind]["p50_s"]), _number(row[kind]["p90_s"]), str(row[kind]["missed"])]
        for key in ("false_activations_per_minute", "false_movements_per_minute", "false_movement_speed_percent"):
            cells.append(f"{_number(row[key])}; {_number(row[f'{key}_in_rest_recordings'])} in rest alone")
        rows.append(cells)
    note = (
        "From the prompt to the first right decision: people's own lag, some tenths of a second, is in it. A false "
        "activation is a run of decisions other than rest, a second or more after rest was prompted; 'rest alone' are "
        "recordings without any gesture, which no decoder was trained on. Bare decisions: no rejection, no ramp. 'Of "
        "the arm' are times that it would have moved: after rejection, ramp and proportional speed as they are by "
        "default, each motion on a joint of its own, at full speed."
    )
    return table(headings, rows) + f"<p class='note'>{note}</p>"


def _dropped(dropped: Summary) -> str:
    headings = ["dead", "sets", "error %", "worst set", "health on: error %", "worst set", "points lost", "worst set"]
    keys = ("error_percent", "worst_error_percent", "error_percent_dropping", "worst_error_percent_dropping")
    lost = ("points_lost_dropping", "worst_points_lost_dropping")
    rows = [
        [count, str(row["sets"]), *(_number(row.get(key)) for key in (*keys, *lost))]
        for count, row in dropped["counts"].items()
    ]
    within = dropped["any_two_within_bound"]
    verdict = "This decoder does not watch its channels."
    if within is not None:
        kept = "holds" if within else "does not hold"
        of_people = dropped["counts"]["2"]["people_worst_points_lost_dropping"]
        people = ", ".join(f"{name} {lost:.2f}" for name, lost in of_people.items())
        verdict = f"Any two channels dead cost less than {dropped['bound_points']:g} points: it {kept}. "
        verdict += f"The worst two of each person: {people}."
    return table(headings, rows) + f"<p class='note'>{escape(dropped['test'])}. {escape(verdict)}</p>"


def _time(time_us: Summary) -> str:
    names = {
        "features_mean": "features, mean",
        "decide_p50": "decision p50",
        "decide_p99": "p99",
        "learn_mean": "learning, mean",
        "learn_p99": "p99",
    }
    row = [_number(time_us[name]) for name in names]
    return table(["µs", *names.values()], [["", *row]])


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
