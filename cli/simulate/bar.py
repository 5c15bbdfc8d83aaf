"""The progress of a simulation, trial by trial."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.simulate.job import Job


class SimulationBar:
    """One bar for all runs; filled by trials, so that few long runs show something, too."""

    def __init__(self, name: str, jobs: Sequence[Job], console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._runs = len(jobs)
        self._task = self._bar.add_task(name, total=float(len(jobs)), said=self._said(0, 0))
        self._share = {job.key: 0.0 for job in jobs}
        self._trials: dict[str, int] = {}
        self._finished = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def progress(self, key: str, done: int, of: int) -> None:
        """A run has done so many trials of its own."""
        self._share[key] = max(self._share[key], done / of)
        self._trials[key] = done
        self._show()

    def done(self, key: str) -> None:
        """A run has finished."""
        self._share[key] = 1.0
        self._finished += 1
        self._show()

    def _show(self) -> None:
        said = self._said(self._finished, sum(self._trials.values()))
        self._bar.update(self._task, completed=sum(self._share.values()), said=said)

    def _said(self, finished: int, trials: int) -> str:
        return f"{finished}/{self._runs} runs, {trials} trials"
