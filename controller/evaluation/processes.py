"""Jobs in parallel processes; the answers depend neither on how many there are nor on which is done first."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from controller.evaluation.errors import EvaluationError
from controller.evaluation.jobs import Job, Plan, Result, do_job

# A thread per core inside each process would only make the processes wait for each other; and sums that are cut
# into other pieces by another number of threads would differ in their last bits.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def do_jobs(plan: Plan, jobs: Sequence[Job], processes: int, on_done: Callable[[Job], None]) -> list[Result]:
    """Do all jobs, `processes` at a time, and return their results in the order of `jobs`.

    Jobs that only read run before all others; jobs that measure time after them, one by one. Raises what a job raised,
    and leaves no process behind.
    """
    results: dict[int, Result] = {}
    with process_pool(processes) as pool:
        for batch in _batches(jobs):
            running = {pool.submit(do_job, plan, jobs[index]): index for index in batch}
            try:
                for future in as_completed(running):
                    results[running[future]] = future.result()
                    on_done(jobs[running[future]])
            except BrokenProcessPool as error:
                raise EvaluationError("a process of the evaluation was ended from outside; is memory short?") from error
    return [results[index] for index in range(len(jobs))]


def _batches(jobs: Sequence[Job]) -> list[list[int]]:
    """Of most jobs the longest first, so that no process has one left when the others are done."""
    together = [index for index, job in enumerate(jobs) if job.kind not in {"read", "time"}]
    together.sort(key=lambda index: -jobs[index].dead_count)
    reading = [index for index, job in enumerate(jobs) if job.kind == "read"]
    return [reading, together, *([index] for index, job in enumerate(jobs) if job.kind == "time")]


@contextmanager
def process_pool(
    processes: int, start: Callable[..., None] | None = None, arguments: tuple[object, ...] = ()
) -> Iterator[ProcessPoolExecutor]:
    """Give new processes with one thread for sums each, in which `start(*arguments)` was called.

    Ctrl-C is left to this process. When the block ends by an error, they end at once; when this process is gone, too.
    """
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(start, arguments))
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _begin(start: Callable[..., None] | None, arguments: tuple[object, ...]) -> None:
    """Leave Ctrl-C to the parent, which ends us; and end when the parent has gone without a word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after_parent, name="parent watch", daemon=True).start()
    if start is not None:
        start(*arguments)


def _end_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
