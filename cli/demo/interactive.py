"""The demo with a live view and keys."""

import asyncio
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live

from cli.demo.headless import HOP_S, MOTION_S, ORDER, READY_WITHIN_S, REST_S
from cli.demo.keys import Keys
from cli.demo.report import Report, write_report
from cli.demo.stage import Stage
from cli.demo.view import screen
from cli.demo.watcher import Watcher
from cli.exit_codes import WELL, WENT_WRONG
from cli.loopback import MOTIONS
from controller.contract.requests import Mode
from controller.safety.states import State
from controller.tasks import end_task

FRAME_S = 1 / 12
ASK_AGAIN_S = 0.3
GAIN_ANSWER_S = 0.5
GAIN_STEP, HIGHEST_GAIN = 0.2, 3.0
# The key's effort: strong enough to see, with room for a higher gain to matter.
KEY_EFFORT = 0.6


@dataclass(slots=True)
class Player:
    """What the person at the keys has chosen."""

    stage: Stage
    watcher: Watcher
    wanted: str = "rest"
    effort: float = 0.0
    gain: float = 1.0
    by_itself: bool = True
    plugged: bool = True
    wants_on: bool = True
    quitting: bool = False
    note: str = ""
    began_s: float = 0.0
    asked_s: float = 0.0
    gain_asked_s: float = 0.0

    @property
    def state(self) -> State | None:
        """The controller's state, as far as it is known."""
        return self.watcher.status.state if self.watcher.status is not None else None

    def key(self, key: str) -> None:
        """Obey one key."""
        motions = list(MOTIONS)
        if key.isdecimal() and int(key) <= len(motions):
            self.by_itself = False
            self.mean(motions[int(key) - 1] if key != "0" else "rest")
        elif key == "a":
            self.by_itself = True
        elif key in "+=-":
            step = -GAIN_STEP if key == "-" else GAIN_STEP
            self.gain = min(max(round(self.gain + step, 1), GAIN_STEP), HIGHEST_GAIN)
            self.watcher.set_gain(self.gain)
            self.gain_asked_s = time.monotonic()
        elif key == "u":
            self.plugged = not self.plugged
            self.stage.tell_emulator("plug" if self.plugged else "unplug")
            self.note = "" if self.plugged else "the sensor's cable is out (u puts it back)"
        elif key == " ":
            self.wants_on = False
            self.watcher.stop()
        elif key == "d":
            self.wants_on = False
            self.watcher.ask(Mode.DISENGAGE)
        elif key == "e":
            self.wants_on = True
            self.mean("rest")  # it is switched on only at rest
            if self.state is State.FAULT:
                self.watcher.ask(Mode.CLEAR)
        elif key == "q":
            self.quitting = True

    def mean(self, motion: str) -> None:
        """Let the virtual wearer mean this motion."""
        self.wanted, self.effort = motion, 0.0 if motion == "rest" else KEY_EFFORT
        self.stage.tell_emulator(f"intent {motion} {self.effort}")

    def follow_script(self) -> None:
        """Without a person at the keys: one motion after another, as long as the arm is on."""
        if not self.by_itself:
            return
        if self.state is not State.ENGAGED:
            self.began_s = time.monotonic() + REST_S
            if self.wanted != "rest":
                self.mean("rest")
            return
        turn, into_s = divmod(time.monotonic() - self.began_s, MOTION_S + REST_S)
        wanted = ORDER[int(turn) % len(ORDER)] if turn >= 0 and into_s < MOTION_S else "rest"
        if wanted != self.wanted:
            self.mean(wanted)

    def switch_on_when_ready(self) -> None:
        """Engage as soon as it is possible, if the person wants it; the muscles may take a moment to relax.

        Also shows the gain that is in force, once an answer to the last change has had its time.
        """
        if self.watcher.profile is not None and time.monotonic() - self.gain_asked_s > GAIN_ANSWER_S:
            self.gain = max(self.watcher.profile.values.gain.values(), default=self.gain)
        now_s = time.monotonic()
        if self.state is State.ENGAGED:
            self.wants_on = False
        elif self.wants_on and self.state is State.READY and now_s - self.asked_s > ASK_AGAIN_S:
            self.asked_s = now_s
            self.watcher.ask(Mode.ENGAGE)


async def play_interactively(stage: Stage, duration_s: float | None, report_file: Path | None) -> int:
    """Show the view until `q`, Ctrl-C or the end of `duration_s`."""
    watcher = Watcher(stage.address, stage.arm.name)
    watching = asyncio.create_task(watcher.run())
    player = Player(stage, watcher)
    report = Report()
    console = Console()
    with console.status("starting the controller (the very first time its signal path is compiled) …"):
        await watcher.until(lambda: watcher.arm_state is not None or bool(stage.ended_early()), READY_WITHIN_S)
    begin_s = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, player.key, "q")
    try:
        with Keys(player.key), Live(console=console, screen=True, auto_refresh=False) as live:
            while not player.quitting and (duration_s is None or time.monotonic() - begin_s < duration_s):
                if problem := stage.ended_early():
                    report.problems.append(problem)
                    break
                player.switch_on_when_ready()
                player.follow_script()
                wanted, effort, gain, note = player.wanted, player.effort, player.gain, player.note
                shown = screen(watcher, stage.arm, wanted, effort, gain, note, console.width)
                live.update(shown, refresh=True)
                await asyncio.sleep(FRAME_S)
    finally:
        await end_task(watching)
    if report_file and (unwritten := write_report(report.summarize(watcher, stage, HOP_S), report_file)):
        report.problems.append(unwritten)
    for problem in report.problems:
        stage.console.print(f"[red]problem:[/] {problem}", highlight=False)
    return WENT_WRONG if report.problems else WELL
