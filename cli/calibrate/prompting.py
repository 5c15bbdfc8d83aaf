"""Prompt a wearer in the terminal, keep what was recorded, and do single trials again."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from cli.errors import UsageError
from controller.calibration.prompted import record_prompted
from controller.calibration.prompts import Prompt, redo_schedule
from controller.calibration.trials import TrialName, with_redone
from drivers.recordings.own_npz import save_recording
from drivers.recordings.recording import Recording
from drivers.registry import make_source


@dataclass(slots=True)
class PromptedSession:
    """One wearer at one device. Every recording is on the disk, in `kept`, before anything else is done with it.

    A recording of an earlier session that stood there is kept as `<name>.previous`.
    """

    kind: str
    settings: Mapping[str, Any]
    hold_s: float
    rest_s: float
    kept: Path
    console: Console

    async def record(self, schedule: Sequence[Prompt]) -> Recording:
        """Prompt, record and keep; a place that takes no file is told before anybody contracts a muscle."""
        try:
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.kept.parent):
                pass
        except OSError as error:
            raise UsageError(f"cannot write the recording to {self.kept}: {error.strerror}") from error
        recording = await self._prompt(schedule)
        self._keep(recording, keep_previous=True)
        return recording

    async def redo(self, recording: Recording, names: Sequence[TrialName]) -> Recording:
        """Prompt these trials again and put them in the place of the old ones; keep the whole."""
        schedule = redo_schedule([(name.class_name, name.repetition) for name in names], self.hold_s, self.rest_s)
        redone = with_redone(recording, await self._prompt(schedule), names)
        self._keep(redone)
        return redone

    def _keep(self, recording: Recording, keep_previous: bool = False) -> None:
        try:
            save_recording(recording, self.kept, keep_previous=keep_previous)
        except OSError as error:
            raise UsageError(f"cannot write the recording to {self.kept}: {error.strerror}") from error

    async def _prompt(self, schedule: Sequence[Prompt]) -> Recording:
        """Show each prompt with a bar that fills while it lasts."""
        if self.console.is_terminal:
            self.console.print(f"[bold]{schedule[-1].end_s:.0f} s[/] of prompts")
        source = make_source(self.kind, self.settings)
        info = await source.open()
        columns = (TextColumn("{task.description:<24}"), BarColumn(), TextColumn("{task.fields[note]}"))
        try:
            with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as bar:
                whole = bar.add_task("whole session", total=schedule[-1].end_s, note="")
                shown = bar.add_task("get ready", total=1.0, note="")

                def on_time(now_s: float, prompt: Prompt) -> None:
                    following = schedule[min(schedule.index(prompt) + 1, len(schedule) - 1)]
                    left_s = max(prompt.end_s - now_s, 0.0)
                    bar.update(whole, completed=max(now_s, 0.0))
                    bar.update(
                        shown,
                        description=_spoken(prompt.class_name).upper(),
                        total=prompt.end_s - prompt.start_s,
                        completed=max(now_s - prompt.start_s, 0.0),
                        note=f"{left_s:.0f} s   next: {_spoken(following.class_name)}",
                    )

                return await record_prompted(source, info, schedule, on_time)
        finally:
            await source.close()


def _spoken(name: str) -> str:
    return name.replace("_", " ")
