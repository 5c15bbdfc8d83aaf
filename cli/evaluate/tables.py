"""The summary for people at a terminal."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from controller.evaluation.bursts import Burst
from controller.evaluation.confidence import ConfidenceScore
from controller.evaluation.onset import OnsetFound
from controller.evaluation.rest_hour import RestFound
from controller.evaluation.summary import Summary


def tables(summary: Summary) -> Iterator[Table]:
    """Yield what there is to show."""
    yield _tests(summary)
    yield _people(summary)
    if summary["transitions"]:
        yield _transitions(summary["transitions"])
    if summary["dropped_channels"]:
        yield _dropped(summary["dropped_channels"])
    if summary["time_per_decision_us"]:
        yield _time(summary["time_per_decision_us"])


def confidence_table(scores: dict[str, dict[str, ConfidenceScore]]) -> Table:
    """Return one row for each test and decoder."""
    table = Table(title="confidence on repetitions that the fit has not seen")
    for heading in (
        "test",
        "decoder",
        "fits",
        "refused",
        "right",
        "confidence",
        "calibration error",
        "accepted",
        "right",
    ):
        table.add_column(heading, justify="left" if heading in ("test", "decoder") else "right")
    for test, row in scores.items():
        for decoder, one in row.items():
            shares = (one.right, one.confidence, one.calibration_error, one.accepted, one.accepted_right)
            table.add_row(test, decoder, str(one.fits), str(one.refused), *(f"{share:.3f}" for share in shares))
    return table


def rest_table(found: Mapping[Burst, RestFound]) -> Table:
    """Return one row for each kind of burst."""
    table = Table(title="rest: what the arm would do in engaged")
    for heading in ("bursts", "minutes", "engaged %", "decisions / h", "movements", "per h", "way s"):
        table.add_column(heading, justify="left" if heading == "bursts" else "right")
    for burst, one in found.items():
        rates = one.per_hour()
        table.add_row(
            burst.value,
            f"{one.rest_s / 60.0:.1f}",
            f"{100.0 * one.engaged_s / one.rest_s:.1f}",
            f"{rates['false_activations_per_hour']:.0f}",
            str(one.movements),
            f"{rates['movements_per_hour']:.1f}",
            f"{one.way_s:.2f}",
        )
    table.caption = "decisions: runs of others than rest; way: seconds of full speed"
    return table


def onset_table(found: Mapping[str, OnsetFound]) -> Table:
    """Return one row for each way of fitting."""
    table = Table(title="from the prompt to the first motion the right way, people's own lag included")
    for heading in ("fitted", "prompts", "never began", "median s", "90 % s", "mean speed"):
        table.add_column(heading, justify="left" if heading == "fitted" else "right")
    for where, one in found.items():
        figures = one.figures()
        table.add_row(
            where,
            f"{figures['prompts']:g}",
            f"{figures['never_began']:g}",
            f"{figures['onset_s_median']:.2f}",
            f"{figures['onset_s_p90']:.2f}",
            f"{figures['mean_speed']:.2f}",
        )
    return table


def _tests(summary: Summary) -> Table:
    adaptive = summary["adaptation"]
    table = Table(title=f"{summary['decoder']}: wrong decisions, %")
    table.add_column("test", no_wrap=True)
    for heading in ("error", *(("no adaptation",) if adaptive else ()), "goal", "LibEMG", "windows"):
        table.add_column(heading, justify="right")
    for name, test in summary["tests"].items():
        colour = "green" if test["error_percent"] <= test["goal_percent"] else "red"
        cells = [name, f"[{colour}]{test['error_percent']:.2f}[/]"]
        if adaptive:
            cells.append(f"{test.get('error_percent_without_adaptation', test['error_percent']):.2f}")
        table.add_row(*cells, f"{test['goal_percent']:g}", f"{test['libemg_percent']:g}", str(test["windows"]))
    table.caption = "goal and LibEMG 2.0.3: for the people in the project's shared data"
    return table


def _people(summary: Summary) -> Table:
    table = Table(title="person by person, %", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, test in summary["tests"].items():
        # A space that does not break, so that a person's name and number stay on one line.
        table.add_row(
            name, "  ".join(f"{person}\N{NO-BREAK SPACE}{error:.2f}" for person, error in test["people"].items())
        )
    return table


def _transitions(transitions: Summary) -> Table:
    table = Table(title="from the prompt on: delay in s (p50 / p90), and false activations per minute of rest")
    table.add_column(no_wrap=True)
    for heading in ("onset", "missed", "offset", "missed", "bare", "in rest alone", "of the arm", "in rest alone"):
        table.add_column(heading, justify="right")
    for name, row in transitions.items():
        cells = [name]
        for lag in (row["onset"], row["offset"]):
            cells += ["-" if lag["p50_s"] is None else f"{lag['p50_s']:.2f} / {lag['p90_s']:.2f}", str(lag["missed"])]
        for where in ("", "_in_rest_recordings"):
            rate = row[f"false_activations_per_minute{where}"]
            cells.append("-" if rate is None else f"{rate:.2f}")
        for where in ("", "_in_rest_recordings"):
            rate, speed = (row[f"false_movement{key}{where}"] for key in ("s_per_minute", "_speed_percent"))
            cells.append("-" if rate is None else f"{rate:.2f} ({speed:.2f} %)")
        table.add_row(*cells)
    table.caption = (
        "people lag a prompt by some tenths of a second; bare: decisions, no rejection, no ramp; "
        "of the arm: after shaping, and mean speed in rest, % of full speed"
    )
    return table


def _dropped(dropped: Summary) -> Table:
    table = Table("dead", "sets", title=f"{dropped['test']} with dead channels: error %, mean (worst set)")
    for heading in ("not noticed", "dropped", "points lost"):
        table.add_column(heading, justify="right")
    for count, row in dropped["counts"].items():
        cells = [count, str(row["sets"]), f"{row['error_percent']:.2f} ({row['worst_error_percent']:.2f})"]
        if row["error_percent_dropping"] is None:
            cells += ["-", "-"]
        else:
            cells.append(f"{row['error_percent_dropping']:.2f} ({row['worst_error_percent_dropping']:.2f})")
            cells.append(f"{row['points_lost_dropping']:+.2f} ({row['worst_points_lost_dropping']:+.2f})")
        table.add_row(*cells)
    return table


def _time(time_us: Summary) -> Table:
    table = Table(title="time per decision, µs")
    for heading in ("features, mean", "decision p50", "p99", "learning, mean", "p99"):
        table.add_column(heading, justify="right")
    order = ("features_mean", "decide_p50", "decide_p99", "learn_mean", "learn_p99")
    table.add_row(*("-" if time_us[name] is None else f"{time_us[name]:.1f}" for name in order))
    return table
