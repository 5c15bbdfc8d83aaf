"""`efferent simulate --scheduler` with a real Dask scheduler and real workers, each a process of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from distributed import Client

from cli.exit_codes import BAD_INPUT, WELL
from cli.main import main
from cli.simulate.cluster import run_on_cluster
from cli.simulate.errors import SimulationError
from cli.simulate.job import RunResult
from cli.simulate.scenario_file import load_jobs
from tests.unit.cli.simulate.scenarios import (
    QUICK,
    TWO_DECODERS,
    said_in_this_process,
    without_times,
    written,
)

# Two processes that import a lot, on a machine that has other things to do.
LONGEST_S = 120.0


def until(true: Callable[[], object]) -> None:
    end_s = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < end_s
        time.sleep(0.05)


@contextmanager
def process(*words: str) -> "Iterator[subprocess.Popen[str]]":
    started = subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


@contextmanager
def scheduler(folder: Path) -> "Iterator[tuple[str, subprocess.Popen[str]]]":
    """Give the address of a scheduler, and its process."""
    file = folder / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with process("distributed.cli.dask_scheduler", *options) as started:
        until(file.exists)
        until(file.read_text)
        yield json.loads(file.read_text())["address"], started


def worker(address: str) -> "AbstractContextManager[subprocess.Popen[str]]":
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
    return process("distributed.cli.dask_worker", address, *options)


def simulation(path: Path, *options: str) -> "AbstractContextManager[subprocess.Popen[str]]":
    return process("cli.main", "simulate", str(path), "--fast", *options)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a scheduler that goes on; workers come and go."""
    with scheduler(tmp_path_factory.mktemp("scheduler")) as (said, _):
        yield said


@pytest.fixture(scope="module", autouse=True)
def unanswered(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[subprocess.Popen[str]]":
    """Ask where no scheduler is, while the first tests run: it takes as long as somebody might still answer."""
    path = written(tmp_path_factory.mktemp("unanswered"), text=QUICK)
    with simulation(path, "--scheduler", "tcp://127.0.0.1:9") as there:
        yield there


def test_a_cluster_says_the_same_as_this_machine_to_the_bit(address: str, tmp_path: Path) -> None:
    path = written(tmp_path, text=TWO_DECODERS)
    with worker(address), worker(address):
        with simulation(path, "--json", "--scheduler", address) as there:
            said, told = there.communicate(timeout=LONGEST_S)
        assert (there.returncode, told) == (WELL, "")
    assert without_times(json.loads(said)) == without_times(said_in_this_process(path))


def test_a_scheduler_that_dies_costs_one_sentence_and_no_result(tmp_path: Path) -> None:
    path, out = written(tmp_path, text=QUICK), tmp_path / "out"
    with (
        scheduler(tmp_path) as (address, head),
        worker(address),
        simulation(path, "--seeds", "1-200", "--scheduler", address, "--output", str(out)) as there,
    ):
        until(lambda: list(out.glob("runs/*.json")))
        os.kill(head.pid, signal.SIGKILL)
        _, told = there.communicate(timeout=LONGEST_S)
    assert there.returncode == BAD_INPUT
    assert told.count("\n") == 1
    assert f"the Dask scheduler at {address} is gone" in told
    assert 0 < len(list(out.glob("runs/*.json"))) < 200


def test_workers_that_die_are_waited_for_and_then_told(address: str, tmp_path: Path) -> None:
    jobs, found = load_jobs(written(tmp_path, text=QUICK), tuple(range(1, 201))), []
    with worker(address) as first:
        with Client(address, set_as_default=False) as asking:
            asking.wait_for_workers(1, timeout=LONGEST_S)

        def done(result: RunResult) -> None:
            found.append(result.seed)
            os.kill(first.pid, signal.SIGKILL)

        with pytest.raises(SimulationError, match="has had no worker for 2 s: start one with 'dask worker tcp://"):
            run_on_cluster(jobs, address, done, patience_s=2.0)
        assert 0 < len(found) < 200
        # What was not done is left to nobody.
        with worker(address):
            done_later: list[RunResult] = []
            run_on_cluster(jobs[:1], address, done_later.append)
            assert [result.seed for result in done_later] == [1]


def test_a_scheduler_that_is_not_there_is_one_sentence(unanswered: "subprocess.Popen[str]") -> None:
    _, told = unanswered.communicate(timeout=LONGEST_S)
    assert unanswered.returncode == BAD_INPUT
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fast", "--scheduler", "over there"], "expected an address such as tcp://127.0.0.1:8786, got 'over there'"),
        (["--fast", "--scheduler", "tls://127.0.0.1:9"], "tls:// needs certificates"),
        (["--scheduler", "tcp://127.0.0.1:9"], "--scheduler needs --fast"),
        (["--fast", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:9"], "--scheduler needs --fast, and no --jobs"),
    ],
)
def test_what_no_cluster_can_do_is_refused(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(written(tmp_path, text=QUICK)), *options]) == BAD_INPUT
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
