"""An arm that is engaged and moves, for tests of what must not disturb it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from controller.contract.command import Command
from controller.safety.states import State
from tests.rigs.bus_watch import BusWatch
from tests.rigs.bystander import Bystander
from tests.rigs.clinic_stage import ClinicStage
from tests.rigs.command_stream import TO_AND_FRO, assert_undisturbed

JOINT = "elbow"
# A motion begins once enough decisions in a row were clear: as a rule within 0.3 s, once in a hundred only after 0.7 or
# more. Both ways are to be seen within any `TO_AND_FRO` commands.
HALF_SWING_S = 1.3
EFFORT = 0.5
PATIENCE_S = 40.0
TRIES, ANSWER_S = 5, 5.0


@contextmanager
def moving_arm(stage: ClinicStage, watch: BusWatch) -> Iterator[int]:
    """Engage, let the wearer bend and stretch the elbow all the time; the arm's commands are checked at the end.

    Gives the count of commands from which on they are checked.
    """
    engage(watch, lambda: watch.ask("engage"))
    try:
        with swinging(stage, watch):
            before = watch.count("command")
            watch.until(lambda: moves_both_ways(watch.since("command", before, Command)))
            first = watch.count("command")
            with Bystander([stage.process(name).pid for name in ("emulator", "controller")]) as bystander:
                yield first
                watch.until(lambda: watch.count("command") >= first + TO_AND_FRO)
                commands = watch.since("command", first, Command)
            assert_undisturbed(commands, JOINT, bystander.waits)
    finally:
        watch.ask("disengage")
        watch.until(lambda: watch.is_in("ready"))


def engage(watch: BusWatch, press: Callable[[], Any]) -> None:
    """Engage by pressing what does it: where the machine stalls for 0.1 s it is refused, and people press again."""
    for _ in range(TRIES):
        watch.until(lambda: watch.is_in("ready") or watch.is_in("engaged"), PATIENCE_S)
        press()
        with suppress(AssertionError):
            watch.until(lambda: watch.is_in("engaged"), ANSWER_S)
            return
    raise AssertionError(f"it does not engage: {watch.events()[-TRIES:]}")


@contextmanager
def swinging(stage: ClinicStage, watch: BusWatch) -> Iterator[None]:
    """Let the wearer bend and stretch the elbow all the time, from a thread of its own; at rest afterwards."""
    over = threading.Event()
    thread = threading.Thread(target=_swing, args=(stage, watch, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def contract(stage: ClinicStage, watch: BusWatch, motion: str, enough: Callable[[], bool]) -> None:
    """Let the wearer of an engaged arm contract until it is enough.

    A machine that has too much to do lets the controller hold; then the wearer relaxes and goes on, as people do.
    """
    stage.tell_emulator(f"intent {motion}")
    watch.until(lambda: enough() or holds(watch), PATIENCE_S)
    while not enough():
        stage.tell_emulator("intent rest")
        watch.until(lambda: not holds(watch), PATIENCE_S)
        stage.tell_emulator(f"intent {motion}")
        watch.until(lambda: enough() or holds(watch), PATIENCE_S)


def holds(watch: BusWatch) -> bool:
    """Whether the controller holds the arm until the wearer has rested."""
    command = watch.newest("command", Command)
    return command is not None and command.state is State.HOLDING


def moves_both_ways(commands: list[Command]) -> bool:
    """Whether the elbow has gone to and fro."""
    speeds = [command.velocity_rad_s.get(JOINT, 0.0) for command in commands]
    return bool(speeds) and min(speeds) < 0.0 < max(speeds)


def is_moving(watch: BusWatch) -> bool:
    """Whether the newest command moves a joint."""
    command = watch.newest("command", Command)
    return command is not None and any(command.velocity_rad_s.values())


def _swing(stage: ClinicStage, watch: BusWatch, over: threading.Event) -> None:
    while not over.is_set():
        if holds(watch):
            stage.tell_emulator("intent rest")  # as people do: it goes on after half a second of rest
            over.wait(HALF_SWING_S)
        for motion in ("elbow_flexion", "elbow_extension"):
            stage.tell_emulator(f"intent {motion} {EFFORT}")
            over.wait(HALF_SWING_S)
    stage.tell_emulator("intent rest")
