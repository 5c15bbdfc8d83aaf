import argparse
import asyncio
import signal
import sys
from pathlib import Path

from cli.demo.headless import play_headless
from cli.demo.interactive import play_interactively
from cli.demo.wearer_stage import WearerStage
from cli.errors import UsageError
from cli.finite import require_finite


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--headless", action="store_true", help="no view: play a fixed script, then report")
    parser.add_argument("--duration", type=float, metavar="S", help="end after so many seconds (headless: 20)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what happened as JSON")
    parser.add_argument(
        "--broker", choices=("auto", "embedded", "mosquitto"), default="auto", help="auto: mosquitto if installed"
    )
    parser.add_argument("--device", choices=("serial", "lsl"), default="serial", help="how the EMG comes in")


def run(options: argparse.Namespace) -> int:
    """Set the stage, play, clear up; return the exit code."""
    require_finite(duration=options.duration)
    if options.duration is not None and options.duration <= 0:
        raise UsageError(f"--duration takes seconds above zero, got {options.duration:g}")
    if options.report and not options.report.parent.is_dir():
        raise UsageError(f"--report: the folder {options.report.parent} is not there; make it first")
    if not options.headless and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the live view needs a terminal; without one use: efferent demo --headless --duration 20")
    # As if Ctrl-C had been pressed, so that what has been set up is taken down as well; SIGINT too, because a shell's
    # background jobs begin with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with WearerStage(options.broker, options.device) as stage:
        if not stage.arm_has_mass:
            stage.console.print(
                "the arm has no mass: MuJoCo is not installed (efferent[physics])", markup=False, highlight=False
            )
        stage.set_up()
        play = play_headless if options.headless else play_interactively
        return asyncio.run(play(stage, options.duration, options.report))
