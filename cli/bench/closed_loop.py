"""A virtual wearer's outcome test over real sockets and ptys, and the same on the virtual clock.

Live: the wearer sees the arm over MQTT and moves the muscles of an emulated device. Its bytes go through a pty to the
controller (`efferent run`), whose commands go over the broker to the arm with mass (`efferent arm --physics`). On the
virtual clock: the same wearer, model, configuration, targets and arm, without any of these ways.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from cli.bench.live_wearer import LiveWearer
from cli.demo.watcher import Watcher
from cli.demo.wearer_stage import WearerStage
from cli.errors import UsageError
from cli.loopback import SEED
from clinic.assessments.intervals import share_interval
from clinic.assessments.reach import Reach, ReachTrial
from clinic.assessments.tac_test import TacSettings, tac_test
from clinic.assessments.targets import start_posture
from controller.config import RunConfig
from controller.config_file import load_run
from controller.configured_step import configured_step
from controller.decoders.model_file import load_model
from controller.profile_file import first_profile
from controller.tasks import end_task
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.engine import load_mujoco
from sim.arm.physics.file import load_physical, physical_file
from sim.broker import BrokerKind
from sim.muscles.muscle_signal import MuscleSignal
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.emg import DrivenMuscles
from sim.wearer.signal_decoder import SignalDecoder
from sim.wearer.traits import somebody
from sim.wearer.wearer import VirtualWearer


@dataclass(frozen=True, slots=True)
class LoopSetting:
    """What is tried. `takes`: how often on the virtual clock, each time with other discharges of the same muscles."""

    targets: int = 12
    moved_joints: int = 3
    seed: int = 1
    takes: int = 4
    broker_kind: BrokerKind = "auto"


@dataclass(frozen=True, slots=True)
class Completed:
    """`times_s`: completion times of the completed targets; `rate_95`: Wilson's interval of the completion rate."""

    targets: int
    completed: int
    rate: float
    rate_95: tuple[float, float]
    median_s: float | None
    path_efficiency: float | None
    times_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LoopResult:
    """`agrees`: the rate on the virtual clock lies within the interval of the live rate.

    `time_ratio`: median completion time, live over virtual. `longest_step_ms`: the longest that the live wearer had to
    wait for its turn instead of 10 ms; the counts beside it are the controller's and the guard's.
    """

    moved_joints: int
    seed: int
    broker: str
    live: Completed
    virtual: Completed
    agrees: bool
    time_ratio: float | None
    longest_step_ms: float
    decisions: int
    deadline_misses: int
    stale_events: int
    commands_refused: int

    def as_values(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return asdict(self)


def completed_of(trials: Sequence[ReachTrial]) -> Completed:
    """Sum up trials."""
    done = [trial for trial in trials if trial.completion_s is not None]
    times = [trial.completion_s for trial in done if trial.completion_s is not None]
    straight = [trial.path_efficiency for trial in done if trial.path_efficiency is not None]
    return Completed(
        len(trials),
        len(done),
        len(done) / len(trials),
        share_interval(len(done), len(trials)),
        median(times) if times else None,
        sum(straight) / len(straight) if straight else None,
        tuple(round(time, 3) for time in times),
    )


def measure_closed_loop(console: Console, setting: LoopSetting) -> LoopResult:
    """Let the wearer take the test live, then on the virtual clock.

    Raises `UsageError` when a part fails, `ModuleNotFoundError` without MuJoCo.
    """
    load_mujoco()
    with WearerStage(setting.broker_kind, "serial", somebody(setting.seed)) as stage:
        with console.status("the wearer sits through a calibration"):
            stage.set_up()
        config, _ = load_run(stage.config_file)
        live, wearer, watcher = asyncio.run(_live(console, setting, stage))
        virtual = [
            trial
            for take in track(range(1, setting.takes + 1), "virtual clock", console=console, transient=True)
            for trial in on_virtual_clock(setting, stage, config, take)
        ]
        broker = stage.broker.kind if stage.broker else ""
    found, twin = completed_of(live), completed_of(virtual)
    status, arm = watcher.status, watcher.arm_state
    ratio = found.median_s / twin.median_s if found.median_s and twin.median_s else None
    return LoopResult(
        setting.moved_joints,
        setting.seed,
        broker,
        found,
        twin,
        found.rate_95[0] <= twin.rate <= found.rate_95[1],
        ratio,
        round(wearer.longest_step_s * 1e3, 1),
        status.decisions if status else 0,
        status.deadline_misses if status else 0,
        status.stale_events if status else 0,
        sum(arm.guard.refused.values()) if arm else 0,
    )


def on_virtual_clock(setting: LoopSetting, stage: WearerStage, config: RunConfig, take: int) -> list[ReachTrial]:
    """Return the trials of the same wearer with the same model, configuration, targets and arm."""
    model = load_model(config.model)
    _, profile = first_profile(config, stage.arm, model.facts)
    step = configured_step(model, config, stage.arm, profile.values)
    decoder = SignalDecoder(DrivenMuscles(MuscleSignal(stage.preset, seed=SEED, take=take)), step, model.facts)
    arm = PhysicalArm(stage.arm, load_physical(physical_file(stage.arm_file)))
    test = _test(setting, stage)
    ClosedLoop(stage.arm, _wearer(setting, stage), decoder, arm=arm).take(test)
    return test.trials


async def _live(
    console: Console, setting: LoopSetting, stage: WearerStage
) -> tuple[list[ReachTrial], LiveWearer, Watcher]:
    watcher = Watcher(stage.address, stage.arm.name)
    watching = asyncio.create_task(watcher.run())

    def drive(activation: NDArray[np.float64]) -> None:
        stage.tell_emulator(f"drive {' '.join(f'{share:.5f}' for share in activation[1:].tolist())}")

    wearer = LiveWearer(
        _wearer(setting, stage), watcher, start_posture(stage.arm.joints), drive, stage.put_arm_back, stage.ended_early
    )
    test = _test(setting, stage)
    try:
        with console.status("engaging") as shown:
            await wearer.engage()

            def trial_ended() -> None:
                done = sum(trial.completed for trial in test.trials)
                shown.update(f"live: {len(test.trials)} of {setting.targets} targets, {done} completed")

            trial_ended()
            await wearer.take(test, trial_ended)
    finally:
        await end_task(watching)
    return test.trials, wearer, watcher


def _test(setting: LoopSetting, stage: WearerStage) -> Reach:
    """Return a TAC test of the joints that the wearer's motions move, with so many targets."""
    moved = {joint for moves in stage.speeds.values() for joint in moves}
    joints = [joint for joint in stage.arm.joints if joint.name in moved]
    if not 1 <= setting.moved_joints <= len(joints):
        raise UsageError(f"--moved-joints takes 1 to {len(joints)} with this wearer, got {setting.moved_joints}")
    each = len(tac_test(joints, TacSettings(setting.moved_joints, repetitions=1)).targets)
    repetitions = math.ceil(setting.targets / each)
    test = tac_test(joints, TacSettings(setting.moved_joints, repetitions=repetitions, seed=setting.seed))
    test.targets = test.targets[: setting.targets]
    return test


def _wearer(setting: LoopSetting, stage: WearerStage) -> VirtualWearer:
    joints = tuple(joint.name for joint in stage.arm.joints)
    return VirtualWearer(stage.preset.motions, stage.speeds, joints, somebody(setting.seed), setting.seed)
