"""Runs in processes of this machine. Results do not depend on how many, or on which is done first."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import SimpleQueue, get_context

from cli.simulate.errors import SimulationError
from cli.simulate.job import Job, RunResult
from cli.simulate.session import run_job
from cli.simulate.stage import Pace
from controller.evaluation.processes import process_pool

# How often the progress is looked at.
LOOK_S = 0.1

Done = Callable[[RunResult], None]
# Key of the run, trials done, trials of the run.
Progress = Callable[[str, int, int], None]
Message = tuple[str, int, int]


@dataclass(slots=True)
class _Mouth:
    """What a process tells its parent through; set once, when the process begins."""

    queue: "SimpleQueue[Message] | None" = None


_MOUTH = _Mouth()


def run_here(jobs: Sequence[Job], processes: int, paced: bool, done: Done, progress: Progress) -> None:
    """Do all jobs, `processes` at a time, and give each result to `done` as it comes.

    Raises what a job raised, and `SimulationError` when a process was ended from outside; leaves no process behind.
    """
    queue: SimpleQueue[Message] = get_context("spawn").SimpleQueue()
    with process_pool(min(processes, len(jobs)), _begin, (queue,)) as pool:
        running = {pool.submit(run_as_text, job, paced) for job in jobs}
        try:
            while running:
                finished, running = wait(running, LOOK_S, FIRST_COMPLETED)
                while not queue.empty():
                    progress(*queue.get())
                for future in finished:
                    done(RunResult.model_validate_json(future.result()))
        except BrokenProcessPool as error:
            raise SimulationError(
                "a process of the simulation was ended from outside; is memory short? Fewer at a time: --jobs"
            ) from error


def run_as_text(job: Job, paced: bool = False) -> str:
    """Do a job; return its result as JSON, which every process and machine reads alike."""

    def told(finished: int, of: int) -> None:
        if _MOUTH.queue is not None:
            _MOUTH.queue.put((job.key, finished, of))

    return run_job(job, told, Pace() if paced else None).model_dump_json()


def _begin(queue: "SimpleQueue[Message]") -> None:
    _MOUTH.queue = queue
