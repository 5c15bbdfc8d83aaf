"""The process that replays, kept warm; one that hangs or dies is replaced."""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from typing import Any

from clinic.errors import ClinicError
from clinic.what_if.messages import Hello, Question
from clinic.what_if.recent_emg import Excerpt
from clinic.what_if.shown import WhatIf
from controller.arm_config import ArmConfig
from controller.broker_address import BrokerAddress
from controller.config import RunConfig
from controller.contract.requests import ProfileValues

# A minute takes well under a second; longer excerpts may take as much longer.
WITHIN_S, OF_S = 5.0, 60.0
# On a wearable computer the libraries alone take seconds.
READY_WITHIN_S = 120.0
# However busy the machine is, nobody waits longer.
MOST_S = 60.0
LONGEST_LINE = 1 << 23
# Matrices of a decoder are small: more threads would only spin, on the cores that the controller needs.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
HUNG = "the replay took longer than {within:g} s and was ended; try a shorter time"
DIED = "the process that replays ended before its answer; it is started again, try again"


@dataclass(slots=True)
class Worker:
    """One question at a time. `pid`: of the process, None while there is none. On the event loop.

    `within_s`: so long without a word, or of work for a minute of EMG, and the process is taken to hang.
    """

    config: RunConfig
    arm: ArmConfig
    within_s: float = WITHIN_S
    pid: int | None = None
    started: int = 0
    _process: Process | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def warm_up(self) -> None:
        """Start the process if there is none; nobody has to wait for it later. What fails is said at a question."""
        async with self._lock:
            with contextlib.suppress(ClinicError):
                await self._running()

    async def ask(
        self, decoder: str, today: ProfileValues, change: ProfileValues, excerpt: Excerpt, lead_s: float
    ) -> WhatIf:
        """Replay an excerpt through `today`, and through it with what `change` names.

        Raises `ClinicError` with a sentence for people.
        """
        question = Question(
            excerpt=f"{excerpt.stream}:{excerpt.index[0]}:{excerpt.index[-1]}:{len(excerpt.index)}",
            stream=excerpt.stream,
            rate_hz=excerpt.rate_hz,
            channels=excerpt.samples.shape[1],
            lead_s=lead_s,
            decoder=decoder,
            today=today,
            change=change,
        )
        within_s = self.within_s * max(excerpt.seconds / OF_S, 1.0)
        async with self._lock:
            process = await self._running()
            try:
                async with asyncio.timeout(max(MOST_S, within_s)):
                    said = await _exchange(process, question, within_s)
                    if "missing" in said:
                        said = await _exchange(process, question, within_s, excerpt)
            except TimeoutError as error:
                await self._kill()
                raise ClinicError(HUNG.format(within=within_s)) from error
            except (ConnectionError, ValueError) as error:
                await self._kill()
                raise ClinicError(DIED) from error
            except asyncio.CancelledError:
                # Its answer would be taken for the next one's.
                await self._kill()
                raise
        if "error" in said:
            raise ClinicError(said["error"])
        return WhatIf.model_validate(said["what_if"])

    async def close(self) -> None:
        """End the process."""
        await self._kill()

    async def _running(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self._kill()
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "clinic.what_if.process",
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=LONGEST_LINE,
            env={**os.environ, **ONE_THREAD},
        )
        self.pid = process.pid
        self.started += 1
        # The way to the broker, and what opens it, is nothing that this process needs.
        hello = Hello(config=self.config.model_copy(update={"broker": BrokerAddress()}), arm=self.arm)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await _send(process, hello.model_dump_json().encode())
                await _line(process)
        except (TimeoutError, ConnectionError, ValueError) as error:
            await self._kill()
            raise ClinicError(DIED) from error
        except asyncio.CancelledError:
            await self._kill()
            raise
        return process

    async def _kill(self) -> None:
        process, self._process, self.pid = self._process, None, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _exchange(
    process: Process, question: Question, within_s: float, excerpt: Excerpt | None = None
) -> dict[str, Any]:
    """Raises `TimeoutError` when it says nothing for `within_s`, or has worked for longer."""
    if excerpt is None:
        await _send(process, question.model_dump_json().encode())
    else:
        question = question.model_copy(update={"rows": len(excerpt.index)})
        line = question.model_dump_json().encode()
        await _send(process, line, excerpt.index.astype("<i8").tobytes(), excerpt.samples.astype("<f4").tobytes())
    began_s: float | None = None
    while True:
        async with asyncio.timeout(within_s):
            said = await _line(process)
        if "working" not in said:
            return said
        began_s = said["working"] if began_s is None else began_s
        if said["working"] - began_s > within_s:
            raise TimeoutError


async def _send(process: Process, line: bytes, *blocks: bytes) -> None:
    if process.stdin is None:
        raise RuntimeError("started without a pipe for its questions")
    process.stdin.write(line + b"\n")
    for block in blocks:
        process.stdin.write(block)
    await process.stdin.drain()


async def _line(process: Process) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("started without a pipe for its answers")
    line = await process.stdout.readline()
    if not line:
        raise ConnectionResetError("it has ended")
    said: dict[str, Any] = json.loads(line)
    return said
