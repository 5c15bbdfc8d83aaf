"""Runs on the workers of a Dask cluster: the same function as in processes of this machine, and the same results.

Needs the extra `cluster`, here, where the scheduler runs, and where the workers run.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from distributed import Client, Future, KilledWorker, Security

from cli.simulate.errors import SimulationError
from cli.simulate.here import Done, run_as_text
from cli.simulate.job import Job, RunResult
from clinic.assessments.errors import AssessmentError
from controller.errors import ControllerError
from sim.errors import SimError

ADDRESS = re.compile(r"(tcp|tls)://\S+:\d+")
CONNECT_S = 10.0
# Without any worker for so long there is nobody to wait for; a worker that is started again is back sooner.
PATIENCE_S = 30.0
# How often results and workers are looked at.
LOOK_S, COUNT_S = 0.1, 1.0

T = TypeVar("T")


def run_on_cluster(jobs: Sequence[Job], address: str, done: Done, patience_s: float = PATIENCE_S) -> None:
    """Do all jobs on the workers of the scheduler at `address`, and give each result to `done` as it comes.

    Workers may come and go: what one left undone another does. Raises `SimulationError` when scheduler or workers are
    not there any more, or cannot do it, and what a job raised. Nothing is left for the cluster to do.
    """
    # What it says about connections would stand between our lines; what matters is said below.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    client = _client(address)
    try:
        expected = {job.key for job in jobs}
        # Equal jobs of two simulations are done twice: nobody's results hang on somebody else's.
        waiting: list[Future[str]] = client.map(run_as_text, jobs, pure=False, retries=0)
        try:
            _collect(client, waiting, expected, done, address, patience_s)
        except BaseException:
            if client.status == "running":
                client.cancel(waiting, force=True)
            raise
    finally:
        client.close(timeout=CONNECT_S)


def _collect(
    client: Client, futures: "Sequence[Future[str]]", expected: set[str], done: Done, address: str, patience_s: float
) -> None:
    waiting = list(futures)
    count_at_s = seen_s = time.monotonic()
    while waiting:
        ended = [future for future in waiting if future.status != "pending"]
        for future in ended:
            waiting.remove(future)
            done(_result(future, expected, address))
        now_s = time.monotonic()
        if now_s >= count_at_s:
            count_at_s = now_s + COUNT_S
            if _asked(lambda: len(client.nthreads()), address):
                seen_s = now_s
            elif now_s - seen_s > patience_s:
                raise SimulationError(
                    f"the scheduler at {address} has had no worker for {patience_s:g} s: start one with "
                    f"'dask worker {address}'"
                )
        if not ended:
            time.sleep(LOOK_S)


def _result(future: "Future[str]", expected: set[str], address: str) -> RunResult:
    if future.status == "error":
        error = future.exception()
        if isinstance(error, ControllerError | SimError | AssessmentError):
            raise error
        if isinstance(error, KilledWorker):
            raise SimulationError(
                f"workers of the scheduler at {address} died, one after the other, over the same run; is memory short "
                "there?"
            ) from error
        first = str(error).partition("\n")[0]
        raise SimulationError(
            f"a worker of the scheduler at {address} could not do a run ({type(error).__name__}: {first:.200}): "
            "scheduler and workers need this version of efferent with the same extras"
        ) from error
    if future.status != "finished":
        raise _gone(address)
    text = _asked(lambda: future.result(timeout=CONNECT_S), address)
    result = RunResult.model_validate_json(text)
    if result.key not in expected:
        raise SimulationError(f"a worker of the scheduler at {address} has another version of efferent than this one")
    return result


def _client(address: str) -> Client:
    if not ADDRESS.fullmatch(address):
        raise SimulationError(f"--scheduler: expected an address such as tcp://127.0.0.1:8786, got '{address}'")
    if address.startswith("tls:") and Security().get_connection_args("client").get("ssl_context") is None:
        raise SimulationError("--scheduler: tls:// needs certificates in Dask's configuration, distributed.comm.tls")
    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SimulationError(
            f"--scheduler: no Dask scheduler answers at {address}; 'dask scheduler' starts one"
        ) from error


def _asked(question: Callable[[], T], address: str) -> T:
    try:
        return question()
    except (OSError, TimeoutError) as error:
        raise _gone(address) from error


def _gone(address: str) -> SimulationError:
    return SimulationError(f"the Dask scheduler at {address} is gone, or does not answer; what was finished is kept")
