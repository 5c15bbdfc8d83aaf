"""What became of each trial, for people to look at and for scripts to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from controller.calibration.session_score import ScoredTrial
from controller.contract.calibration import TrialReport

STYLE_OF = {"good": "green", "usable": "yellow", "redo": "bold red"}
BAR_CELLS = 10
# A full bar: above it a stronger signal no longer helps.
FULL_BAR_DB = 30.0


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """What is shown of a trial. `said`: the sentence for the wearer, without the trial's name."""

    trial: str
    verdict: str
    said: str
    signal_to_noise_db: float
    recognised: float


def row_of(trial: ScoredTrial) -> ScoreRow:
    """Return the row of a trial that was scored here."""
    score, measures = trial.score, trial.measures
    said = score.sentence.partition(": ")[2]
    return ScoreRow(str(trial.name), score.verdict.value, said, measures.signal_to_noise_db, measures.recognised)


def row_of_report(report: TrialReport) -> ScoreRow:
    """Return the row of a trial that a controller has scored."""
    said = report.sentence.partition(": ")[2]
    return ScoreRow(report.trial, report.verdict, said, report.signal_to_noise_db, report.recognised)


def show_scores(rows: Sequence[ScoreRow], console: Console, plain: bool = False) -> None:
    """Print a line per trial; `plain`: verdict, trial and sentence alone, without colours or bars."""
    if plain:
        for row in rows:
            console.print(f"{row.verdict:<7}{row.trial}: {row.said}", highlight=False, soft_wrap=True)
        return
    table = Table(title="trials", box=None, pad_edge=False, title_justify="left")
    for heading in ("trial", "", "over rest", "told apart", ""):
        table.add_column(heading, no_wrap=heading != "")
    for row in rows:
        style = STYLE_OF[row.verdict]
        table.add_row(
            row.trial,
            Text(row.verdict, style),
            _bar(row.signal_to_noise_db / FULL_BAR_DB, f"{row.signal_to_noise_db:.0f} dB", style),
            _bar(row.recognised, f"{row.recognised:.0%}", style),
            "" if row.verdict == "good" else row.said,
        )
    console.print(table)


def scores_for_scripts(scored: Sequence[ScoredTrial]) -> list[dict[str, Any]]:
    """Return what a script may want to know of each trial."""
    return [
        {
            "trial": str(trial.name),
            "verdict": trial.score.verdict.value,
            "sentence": trial.score.sentence,
            "onset_s": trial.measures.onset_s,
            "prompt_seen": trial.measures.prompt_seen,
            "active": trial.measures.active,
            "signal_to_noise_db": trial.measures.signal_to_noise_db,
            "effort_range": trial.measures.effort_range,
            "unsteadiness": trial.measures.unsteadiness,
            "recognised": trial.measures.recognised,
            "most_like": trial.measures.like,
        }
        for trial in scored
    ]


def _bar(share: float, words: str, style: str) -> Text:
    filled = round(min(max(share, 0.0), 1.0) * BAR_CELLS)
    return Text("━" * filled, style) + Text("╌" * (BAR_CELLS - filled), "dim") + Text(f" {words:>5}")
