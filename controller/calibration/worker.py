"""Starts the process that scores and fits, hears its answer, and ends it: nothing it does can hold the loop up."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from controller.errors import CalibrationError

# Loading the libraries takes seconds on a wearable computer, the fit of a long session some more.
WITHIN_S = 180.0
# The scores of the most trials that a session may have come in one line.
LONGEST_LINE = 1 << 20


@dataclass(slots=True)
class Worker:
    """One job at a time, each in a process of its own (started anew, not forked). `pid`: of the one at work."""

    folder: Path
    within_s: float = WITHIN_S
    pid: int | None = None

    async def run(self, on_progress: Callable[[float], None]) -> dict[str, Any]:
        """Do the job in the folder and return its answer. Cancelled, it kills the process.

        Raises `CalibrationError` with one sentence: what the job found wrong, or that its process ended or hung.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "controller.calibration.fit_process",
            str(self.folder),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LONGEST_LINE,
        )
        self.pid = process.pid
        try:
            async with asyncio.timeout(self.within_s):
                answer = await _answer(process, on_progress)
        except TimeoutError as error:
            raise CalibrationError(
                f"the fit took longer than {self.within_s:g} s and was ended; record less"
            ) from error
        finally:
            await _end(process)
            self.pid = None
        if "error" in answer:
            raise CalibrationError(answer["error"])
        return answer


async def _answer(process: asyncio.subprocess.Process, on_progress: Callable[[float], None]) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("started without a pipe for its answer")
    async for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if "progress" not in said:
            return said
        on_progress(said["progress"])
    raise CalibrationError("the process that scores and fits ended before its answer; try again")


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()
