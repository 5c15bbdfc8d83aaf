"""What became of each trial, for people to look at and for scripts to read."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from controller.calibration.session_score import ScoredTrial
from controller.calibration.trial_score_words import Verdict

STYLE_OF = {Verdict.GOOD: "green", Verdict.USABLE: "yellow", Verdict.REDO: "bold red"}
BAR_CELLS = 10
# A full bar: above it a stronger signal no longer helps.
FULL_BAR_DB = 30.0


def show_scores(scored: Sequence[ScoredTrial], console: Console, plain: bool = False) -> None:
    """Print a line per trial; `plain`: verdict, trial and sentence alone, without colours or bars."""
    if plain:
        for trial in scored:
            console.print(f"{trial.score.verdict:<7}{trial.name}: {_said(trial)}", highlight=False, soft_wrap=True)
        return
    table = Table(title="trials", box=None, pad_edge=False, title_justify="left")
    for heading in ("trial", "", "over rest", "told apart", ""):
        table.add_column(heading, no_wrap=heading != "")
    for trial in scored:
        style, measures = STYLE_OF[trial.score.verdict], trial.measures
        table.add_row(
            str(trial.name),
            Text(trial.score.verdict.value, style),
            _bar(measures.signal_to_noise_db / FULL_BAR_DB, f"{measures.signal_to_noise_db:.0f} dB", style),
            _bar(measures.recognised, f"{measures.recognised:.0%}", style),
            "" if trial.score.verdict is Verdict.GOOD else _said(trial),
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


def _said(trial: ScoredTrial) -> str:
    return trial.score.sentence.partition(": ")[2]


def _bar(share: float, words: str, style: str) -> Text:
    filled = round(min(max(share, 0.0), 1.0) * BAR_CELLS)
    return Text("━" * filled, style) + Text("╌" * (BAR_CELLS - filled), "dim") + Text(f" {words:>5}")
