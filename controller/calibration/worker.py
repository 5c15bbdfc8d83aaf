"""Starts the process that scores and fits, hears its answers, and ends it: nothing it does can hold the loop up."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.errors import CalibrationError

# Loading the libraries takes seconds on a wearable computer, the fit of a long session some more.
WITHIN_S = 180.0
# The scores of the most trials that a session may have come in one line.
LONGEST_LINE = 1 << 20
ENDED = "the process that scores and fits ended before its answer; try again"


@dataclass(slots=True)
class Worker:
    """One job after the other, in a process of its own (started anew, not forked), which stays until `close`.

    A job that goes wrong in any other way than by its own word ends the process; the next one begins with a new one.
    `pid`: of the process while it is at work.
    """

    folder: Path
    within_s: float = WITHIN_S
    pid: int | None = None
    _process: asyncio.subprocess.Process | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def warm_up(self) -> None:
        """Let the process load what it will need, so that the first job needs not wait for it."""
        async with self._turn:
            await self._ready()

    async def run(self, on_progress: Callable[[float], None], hand_over: Callable[[], None] = lambda: None) -> Any:
        """Do the job in the folder, which `hand_over` puts there on a thread, and return its answer.

        Cancelled, it kills the process.
        Raises `CalibrationError` with one sentence: what the job found wrong, or that its process ended or hung.
        """
        async with self._turn:
            await asyncio.to_thread(hand_over)
            answer = await self._answer(on_progress)
        if "error" in answer:
            raise CalibrationError(answer["error"])
        return answer

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _answer(self, on_progress: Callable[[float], None]) -> dict[str, Any]:
        answered = False
        try:
            async with asyncio.timeout(self.within_s):
                process = await self._ready()
                self.pid = process.pid
                answer = await _ask(process, on_progress)
                answered = True
                return answer
        except TimeoutError as error:
            raise CalibrationError(
                f"the fit took longer than {self.within_s:g} s and was ended; record less"
            ) from error
        finally:
            if not answered:
                await self.close()
            self.pid = None

    async def _ready(self) -> asyncio.subprocess.Process:
        """Return the process; a new one if there is none, or no longer."""
        if self._process is None or self._process.returncode is not None:
            await self.close()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "controller.calibration.fit_process",
                str(self.folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_LINE,
            )
        return self._process


async def _ask(process: asyncio.subprocess.Process, on_progress: Callable[[float], None]) -> dict[str, Any]:
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("started without pipes")
    try:
        process.stdin.write(b"do\n")
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise CalibrationError(ENDED) from error
    async for line in process.stdout:
        said: dict[str, Any] = json.loads(line)
        if "progress" not in said:
            return said
        on_progress(said["progress"])
    raise CalibrationError(ENDED)
