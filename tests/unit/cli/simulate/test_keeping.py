from pathlib import Path

import pytest

from cli.errors import UsageError
from cli.simulate.job import Job, RunResult
from cli.simulate.keeping import Keeper
from cli.simulate.scenario_file import load_jobs
from tests.unit.cli.simulate.scenarios import written


def jobs(folder: Path) -> list[Job]:
    return load_jobs(written(folder), (1, 2))


def result(job: Job) -> RunResult:
    return RunResult(key=job.key, point=job.point, seed=job.seed, wall_s=0.1)


def test_what_is_kept_is_found_again_and_nothing_else(tmp_path: Path) -> None:
    one, other = jobs(tmp_path)
    out = tmp_path / "out"
    Keeper(out, [one, other], resume=False).keep(result(one))
    assert Keeper(out, [one, other], resume=True).found == [result(one)]
    assert Keeper(out, [other], resume=True).found == []
    with pytest.raises(UsageError, match="holds 1 results; add --resume"):
        Keeper(out, [one, other], resume=False)


def test_what_is_no_result_and_what_is_another_runs_are_refused(tmp_path: Path) -> None:
    one, other = jobs(tmp_path)
    file = tmp_path / "runs" / f"{one.key}.json"
    Keeper(tmp_path, [one], resume=False).keep(result(one))
    file.write_text(result(other).model_dump_json())
    with pytest.raises(UsageError, match="another run"):
        Keeper(tmp_path, [one], resume=True)
    file.write_bytes(b"\xff{")
    with pytest.raises(UsageError, match="no result of a run"):
        Keeper(tmp_path, [one], resume=True)


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        Keeper(tmp_path / "file" / "out", jobs(tmp_path), resume=False)
