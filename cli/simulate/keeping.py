"""Results on the disk, each written whole as it comes, and found again by a later call."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from cli.errors import UsageError
from cli.simulate.job import Job, RunResult
from drivers.atomic_file import write_atomically

RUNS = "runs"


class Keeper:
    """Keeps the results of `jobs` in `folder`. Raises `UsageError` where that cannot be.

    A folder that holds results already is taken only with `resume`: those of the very same jobs are not done again.
    """

    def __init__(self, folder: Path, jobs: Sequence[Job], resume: bool) -> None:
        self._runs = folder / RUNS
        try:
            self._runs.mkdir(parents=True, exist_ok=True)
            present = {path.stem: path for path in self._runs.glob("*.json")}
        except OSError as error:
            raise UsageError(f"--output: cannot write to {folder}: {error.strerror}") from error
        if present and not resume:
            raise UsageError(f"--output: {folder} holds {len(present)} results; add --resume, or name another folder")
        self.found = [_read(present[job.key], job) for job in jobs if job.key in present]

    def keep(self, result: RunResult) -> None:
        """Write a result, whole or not at all."""
        path = self._runs / f"{result.key}.json"
        try:
            write_atomically(path, result.model_dump_json(indent=1).encode())
        except OSError as error:
            raise UsageError(f"--output: cannot write {path}: {error.strerror}") from error


def _read(path: Path, job: Job) -> RunResult:
    try:
        result = RunResult.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"--output: {path} is no result of a run; remove it") from error
    if result.key != job.key:
        raise UsageError(f"--output: {path} holds the result of another run; remove it")
    return result
