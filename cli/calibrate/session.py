"""One prompted session: record, score, do again what went wrong."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cli.calibrate.again import ask_again, can_ask
from cli.calibrate.prompting import PromptedSession
from cli.calibrate.scores import row_of, show_scores
from controller.calibration.notch import Notch
from controller.calibration.prompts import prompt_schedule
from controller.calibration.session_score import ScoredTrial, score_recording, trials_to_redo
from controller.calibration.trials import TrialName
from controller.config import DeviceConfig
from controller.errors import CalibrationError
from drivers.errors import DriverError
from drivers.recordings.recording import Recording

# People who follow prompts begin sooner than those who were recorded without; the onset is scored by itself.
PROMPTED_SETTLE_MS = 700.0


def scores_of(recording: Recording, band_pass_hz: tuple[float, float], notch_hz: Notch) -> list[ScoredTrial]:
    """Score the trials; none where there are none to compare, which the fit refuses and explains."""
    try:
        return score_recording(recording, band_pass_hz, notch_hz)
    except CalibrationError:
        return []


@dataclass(slots=True)
class WearerSession:
    """Asks as the command line says. What was recorded is in `kept`; a trial to leave out goes into the options."""

    options: argparse.Namespace
    device: DeviceConfig
    kept: Path
    band_pass_hz: tuple[float, float]
    notch_hz: Notch
    console: Console

    async def run(self, motions: Sequence[str], trials: int) -> tuple[Recording, list[ScoredTrial]]:
        """Return the recording, with every trial that was done again in the place of the first one."""
        options, console = self.options, self.console
        session = PromptedSession(
            self.device.kind, self.device.settings, options.hold, options.rest, self.kept, console
        )
        count = trials if options.trials is None else options.trials
        recording = await session.record(prompt_schedule(motions, count, options.hold, options.rest))
        console.print(f"kept in {self.kept}", highlight=False, soft_wrap=True)
        rounds = 0
        while True:
            scored = scores_of(recording, self.band_pass_hz, self.notch_hz)
            if not options.json:
                show_scores([row_of(trial) for trial in scored], console, options.plain)
            redo = self._to_redo(scored, rounds)
            if not redo:
                return recording, scored
            rounds += 1
            try:
                recording = await session.redo(recording, redo)
            except (CalibrationError, DriverError) as error:
                console.print(f"not done again: {error}; what was recorded before stands", soft_wrap=True)
                return recording, scored
            options.without = [name for name in options.without if name not in redo]

    def _to_redo(self, scored: list[ScoredTrial], rounds: int) -> list[TrialName]:
        options = self.options
        if options.redo == "ask" and can_ask(self.console):
            known = [trial.name for trial in scored]
            redo, leave_out = ask_again(known, trials_to_redo(scored), self.console)
            options.without += leave_out
            return redo
        # Once: what was done twice and is still marked would be prompted for ever.
        return trials_to_redo(scored) if options.redo == "marked" and rounds == 0 else []
