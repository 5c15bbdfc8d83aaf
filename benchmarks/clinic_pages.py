"""What the clinic's pages cost the controller, and how soon a page shows what was decided.

    uv run python -m benchmarks.clinic_pages [--rounds 40] [--seconds 4] [--priority 40] [--own-core] [--json]

Sixteen channels at 1 kHz, a report of the controller 30 times a second, mosquitto, all on this machine. First one page
in Chromium, for the time from a decision to the frame that shows it. Then the controller beside no page and beside ten,
in turn: its processor time, and the time from the newest sample to its command. Spans are short and many: a shared
machine is faster and slower for seconds at a time, and that is to fall on both sides alike.

What would be on other machines takes of this one only what nobody else wants: the emulated device, the arm and this
program have the system's idle priority. The ten pages are programs that are sent all that a page with its raw view is,
and let the system throw it away. They answer no ping, which is why a span has its longest.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.page_cost import Cost, FloatArray, Span, cost
from cli.bench.machine import machine
from cli.loopback import SEED
from controller.contract.command import Command
from controller.safety.states import State
from drivers.recordings.recording import Recording
from sim.emg.trials import prompted_trials
from sim.muscles.muscle_wearer import MuscleWearer
from tests.pages.moving import swinging
from tests.rigs.browser import Pages, sign_in, started_browser
from tests.rigs.bus_watch import BusWatch
from tests.rigs.clinic_stage import CLINICIAN_NAME, PASSWORD, ClinicStage
from tests.rigs.page_readers import reading_pages

CHANNELS = 16
NONE, TEN = PAGES = (0, 10)
# The page's own list of what it has drawn, in the module that every part of it shares.
FORGET = "import('/static/js/live.js').then(({ shown }) => { shown.length = 0; })"
SHOWN = "import('/static/js/live.js').then(({ shown }) => shown)"
# Processes of the stage that are things, or are on other machines.
ELSEWHERE = ("emulator", "arm")
SHOWN_S, SETTLE_S = 12.0, 1.0
# Readers are let go when they have answered no ping (tests/rigs/page_readers.py).
LONGEST_SPAN_S = 15.0


class MeasuredStage(ClinicStage):
    """The tests' stage with more channels."""

    def __init__(self, priority: int, own_core: bool) -> None:
        super().__init__()
        self._priority = priority
        # The clinic keeps off the controller's core by itself; all else goes where it likes.
        self._cores = sorted(os.sched_getaffinity(0))[-1:] if own_core else []

    def _config_text(self, broker_url: str) -> str:
        process = f"[process]\nreal_time_priority = {self._priority}\ncores = {self._cores}\n"
        return f"{super()._config_text(broker_url)}{process}"

    def _emulated(self) -> list[str]:
        return [*super()._emulated(), "--channels", str(CHANNELS)]

    def _sat_through(self) -> Recording:
        return prompted_trials(MuscleWearer(self.preset, seed=SEED, channel_count=CHANNELS), repetitions=3)


@dataclass(frozen=True, slots=True)
class Shown:
    """Decided → shown, in ms; `frames` a second that showed something new."""

    frames: int
    frames_per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def measure_shown(stage: ClinicStage, seconds: float) -> tuple[Shown, str]:
    """Look at the live page with its raw view; return what was measured, and the cookie that it was signed in with."""
    with started_browser() as browser:
        pages = Pages(browser, stage.address_of_pages)
        page = pages.open(calm=False)
        sign_in(page, CLINICIAN_NAME, PASSWORD)
        page.goto(f"{stage.address_of_pages}/#live")
        page.wait_for_timeout(SETTLE_S * 1e3)
        page.evaluate(FORGET)
        page.wait_for_timeout(seconds * 1e3)
        pairs = np.array(page.evaluate(SHOWN))
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        pages.close()
    delays = pairs[:, 1] - pairs[:, 0]
    p50, p95, p99 = np.percentile(delays, (50, 95, 99))
    painted_s = (pairs[-1, 1] - pairs[0, 1]) * 1e-3
    shown = Shown(
        len(pairs), round((len(pairs) - 1) / painted_s, 1), *(round(float(one), 1) for one in (p50, p95, p99))
    )
    return shown, cookie


def measure_span(
    stage: ClinicStage, watch: BusWatch, pages: int, cookie: str, seconds: float
) -> tuple[Span, FloatArray]:
    """Measure the controller beside so many pages; return all delays too, in ms."""
    controller, clinic = (psutil.Process(stage.process(name).pid) for name in ("controller", "clinic"))
    with ExitStack() as stack:
        read = stack.enter_context(reading_pages(pages, "127.0.0.1", stage.port, cookie)) if pages else None
        time.sleep(SETTLE_S)
        watch.heard["command"].clear()
        began, began_s = (cpu_s(controller), cpu_s(clinic), 0 if read is None else read()), time.monotonic()
        time.sleep(seconds)
        took_s = time.monotonic() - began_s
        ended = (cpu_s(controller), cpu_s(clinic), 0 if read is None else read())
        commands = watch.since("command", 0, Command)
    decided = [after for before, after in pairwise(commands) if after.sample_index > before.sample_index]
    moving = {State.ENGAGED, State.HOLDING}  # holding: where the machine is late; it decides on every hop all the same
    if not decided or not {command.state for command in commands} <= moving:
        raise SystemExit(f"the controller did not stay engaged: {stage.last_words('controller')}")
    delays_ms = np.array([command.t_publish_ns - command.t_sample_ns for command in decided]) * 1e-6
    p50, p99 = np.percentile(delays_ms, (50, 99))
    spent = [(after - before) / took_s for before, after in zip(began, ended, strict=True)]
    span = Span(
        pages,
        round(100.0 * spent[0], 2),
        len(decided),
        round(float(p50), 3),
        round(float(p99), 3),
        round(100.0 * spent[1], 1),
        round(spent[2] * 1e-3, 1),
    )
    return span, delays_ms


def stand_aside(process: psutil.Process) -> None:
    """Let a process compute only where nobody else wants to; so do processes and threads that it starts from now on."""
    for thread in process.threads():
        os.sched_setscheduler(thread.id, os.SCHED_IDLE, os.sched_param(0))


def cpu_s(process: psutil.Process) -> float:
    """Processor time so far, its own and the system's on its behalf."""
    times = process.cpu_times()
    return float(times.user + times.system)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog=Path(__file__).name, description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="of each of 0 and 10 pages (40)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each span (4)")
    parser.add_argument("--priority", type=int, default=0, help="real-time priority of the controller's loop (0: none)")
    parser.add_argument("--own-core", action="store_true", help="the controller on a core that the clinic keeps off")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    if not 1.0 <= options.seconds <= LONGEST_SPAN_S:
        parser.error(
            f"--seconds: 1 to {LONGEST_SPAN_S:g} expected, {options.seconds:g} came; take more --rounds instead"
        )
    console = Console(stderr=True)
    with MeasuredStage(options.priority, options.own_core) as stage:
        stage.set_up()
        for name in ELSEWHERE:
            stand_aside(psutil.Process(stage.process(name).pid))
        with BusWatch(stage.address, stage.arm.name) as watch:
            watch.until(lambda: watch.is_in("ready"), 60.0)
            watch.ask("engage")
            watch.until(lambda: watch.is_in("engaged"))
            with swinging(stage, watch):
                console.print("one page in Chromium ...")
                shown, cookie = measure_shown(stage, SHOWN_S)
                stand_aside(psutil.Process())  # only now: the browser was its child
                measured = []
                for turn in range(options.rounds):
                    # Every other round the other way round, so that what grows with time is on neither side.
                    for pages in PAGES if turn % 2 == 0 else PAGES[::-1]:
                        measured.append(measure_span(stage, watch, pages, cookie, options.seconds))
                        console.print(f"round {turn + 1}: {measured[-1][0]}")
    spans = [span for span, _ in measured]
    found = cost(measured, TEN)
    if options.json:
        values = {"shown": asdict(shown), "spans": [asdict(span) for span in spans]}
        print(json.dumps(values | {"cost": asdict(found), "machine": machine()}))
    else:
        show(shown, spans, found)
    return 0


def show(shown: Shown, spans: Sequence[Span], found: Cost) -> None:
    """Print tables."""
    console = Console()
    table = Table("", "frames/s", "p50", "p95", "p99", title="decided → shown, one page in Chromium")
    table.add_row(
        f"{CHANNELS} channels",
        f"{shown.frames_per_s}",
        *(f"{ms} ms" for ms in (shown.p50_ms, shown.p95_ms, shown.p99_ms)),
    )
    console.print(table)
    table = Table(
        "pages", "controller", "commands", "p50", "p99", "clinic", "read", title="the controller beside pages"
    )
    for span in sorted(spans, key=lambda span: span.pages):
        table.add_row(
            str(span.pages),
            f"{span.cpu_percent:.2f} % of a core",
            str(span.commands),
            f"{span.p50_ms:.3f} ms",
            f"{span.p99_ms:.3f} ms",
            f"{span.clinic_cpu_percent:.1f} %",
            f"{span.read_kb_per_s:.0f} kB/s",
        )
    console.print(table)
    console.print(
        f"{found.pages} pages over none: {found.added_cpu_percent:+.2f} % of a core, p99 times {found.p99_ratio:.3f} "
        f"({found.p99_between[0]} to {found.p99_between[1]} in 90 % of resampled rounds; "
        f"rounds: {', '.join(f'{ratio:.2f}' for ratio in found.p99_ratios)})"
    )
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()))


if __name__ == "__main__":
    sys.exit(main())
