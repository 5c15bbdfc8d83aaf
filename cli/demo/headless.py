"""The demo without a view: a fixed script, then a verdict."""

import asyncio
import itertools
import json
import signal
import time
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli.demo.report import Report, write_report
from cli.demo.stage import Stage
from cli.demo.watcher import Watcher
from cli.exit_codes import INTERRUPTED, WELL, WENT_WRONG
from cli.loopback import MOTIONS
from controller.contract.requests import Mode
from controller.safety.states import State
from controller.tasks import end_task

DEFAULT_DURATION_S = 20.0
HOP_S = 0.010
MOTION_S, REST_S = 1.2, 0.8
# Start of the processes: imports and, on the very first run, compiling the signal path.
READY_WITHIN_S = 60.0
# Opposite motions follow each other, so that no joint runs into its end.
ORDER = ("elbow_flexion", "elbow_extension", "hand_close", "hand_open", "supination", "pronation")
EFFORT = 0.6
# Far above what a stray decision moves, far below what 1.2 s of any motion does.
MOVED_AT_LEAST_RAD = 0.1


async def play_headless(stage: Stage, duration_s: float | None, report_file: Path | None) -> int:
    """Play the script for `duration_s`, write the report, return the exit code."""
    report = Report()
    watcher = Watcher(stage.address, stage.arm.name)
    watching = asyncio.create_task(watcher.run())
    playing = asyncio.create_task(_play(stage, watcher, report, duration_s or DEFAULT_DURATION_S))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, playing.cancel)
    interrupted = False
    try:
        await playing
    except asyncio.CancelledError:
        interrupted = True
        report.problems.append("interrupted before the end")
    await asyncio.to_thread(stage.end_controller)
    await watcher.until(lambda: watcher.status is not None and watcher.status.status == "ended", 2.0)
    await asyncio.sleep(0.1)  # the arm's next state holds the last command
    values = report.summarize(watcher, stage, HOP_S)
    await end_task(watching)
    await asyncio.to_thread(stage.tear_down)
    for name, code in stage.exit_codes.items():
        if code != 0:
            report.problems.append(f"the {name} ended with exit code {code}")
    values |= {"ok": not report.problems, "problems": report.problems, "exit_codes": stage.exit_codes}
    if report_file is None:
        print(json.dumps(values, indent=2))
    elif unwritten := write_report(values, report_file):
        report.problems.append(unwritten)
    for problem in report.problems:
        stage.console.print(f"[red]problem:[/] {problem}", highlight=False)
    if interrupted:
        return INTERRUPTED
    return WENT_WRONG if report.problems else WELL


async def _play(stage: Stage, watcher: Watcher, report: Report, duration_s: float) -> None:
    if not await _engage(stage, watcher, report):
        return
    begin_s = time.monotonic()
    end_s = begin_s + duration_s
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=stage.console, transient=True) as bar:
            task = bar.add_task("", total=duration_s)
            for motion in itertools.cycle(ORDER):
                bar.update(task, description=motion.replace("_", " "), completed=time.monotonic() - begin_s)
                if not await _one_motion(stage, watcher, report, motion, end_s):
                    return
    finally:
        report.engaged_s = time.monotonic() - begin_s


async def _engage(stage: Stage, watcher: Watcher, report: Report) -> bool:
    def ready() -> bool:
        return bool(stage.ended_early()) or (
            watcher.status is not None and watcher.status.state is State.READY and watcher.arm_state is not None
            and bool(watcher.arm_state.session)
        )  # fmt: skip

    def engaged() -> bool:
        return watcher.status is not None and watcher.status.state is State.ENGAGED

    if await watcher.until(ready, READY_WITHIN_S) and not stage.ended_early():
        watcher.ask(Mode.ENGAGE)
        if await watcher.until(engaged, 5.0):
            return True
    cause = watcher.status.cause if watcher.status else "no word from the controller"
    report.problems.append(stage.ended_early() or f"the controller did not engage: {cause}")
    return False


async def _one_motion(stage: Stage, watcher: Watcher, report: Report, motion: str, end_s: float) -> bool:
    """Contract, relax, and judge whether the joint went the right way; False when the time is over."""
    joint, sign = MOTIONS[motion]
    before = watcher.arm_state
    for line, span_s in ((f"intent {motion} {EFFORT}", MOTION_S), ("intent rest", REST_S)):
        stage.tell_emulator(line)
        left_s = end_s - time.monotonic()
        await asyncio.sleep(max(min(span_s, left_s), 0.0))
        if problem := stage.ended_early():
            report.problems.append(problem)
            return False
        if left_s <= span_s:
            stage.tell_emulator("intent rest")
            return False
    after = watcher.arm_state
    if before is not None and after is not None:
        moved = after.position_rad[joint] - before.position_rad[joint]
        followed = moved * sign >= MOVED_AT_LEAST_RAD
        report.motions.append({"motion": motion, "joint": joint, "moved_rad": round(moved, 3), "followed": followed})
    return True
