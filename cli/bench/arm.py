"""Time of the simulated arm's control period: guard, motors, gears and MuJoCo, on a virtual clock."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from cli.loopback import ARM_FILE
from controller.config_file import load_arm
from controller.safety.guard import Guard, JointCommand
from controller.safety.states import State
from sim.arm.body import ArmBody
from sim.arm.kinematic import KinematicArm
from sim.arm.node import STEP_NS
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.file import load_physical, physical_file
from sim.arm.physics.things import Kind, Thing

TRANSRADIAL = ARM_FILE.with_name("transradial.toml")
# A new command with every hop of 10 ms; a motion changes its direction every second.
PERIODS_PER_COMMAND, PERIODS_PER_WAY = 2, 200
TTL_MS = 200
WARM_UP, COUNTED = 400, 8000
# What is in the hand, by the name of the row; None is an arm without mass.
ROWS = (
    ("transhumeral, without mass", ARM_FILE, None),
    ("transhumeral", ARM_FILE, ()),
    ("transradial", TRANSRADIAL, ()),
    *((f"transhumeral, grips a {kind}", ARM_FILE, (Thing(kind),)) for kind in (Kind.CYLINDER, Kind.BLOCK)),
)


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm: time of a control period of 5 ms, and how many times faster than real time one core goes.

    The last is of processor time: what other programs take of the core is not in it. `grip_n`: grip force in the end.
    """

    arm: str
    p50_us: float
    p99_us: float
    times_real_time: float
    grip_n: float


def measure_arms(console: Console) -> list[ArmRow]:
    """Measure every arm, all joints moving to and fro, the hand closing on what is in it."""
    return [_measure(*row) for row in track(ROWS, "measuring", console=console, transient=True)]


def _measure(name: str, file: Path, things: tuple[Thing, ...] | None) -> ArmRow:
    arm = load_arm(file)
    body: ArmBody = (
        KinematicArm(arm.joints) if things is None else PhysicalArm(arm, load_physical(physical_file(file)), things)
    )
    guard = Guard(arm.limits)
    speeds = {joint.name: 0.5 * joint.max_speed_rad_s for joint in arm.joints}
    took_ns = np.zeros(WARM_UP + COUNTED, dtype=np.int64)
    began_ns = 0
    for period in range(WARM_UP + COUNTED):
        if period == WARM_UP:
            began_ns = time.thread_time_ns()
        now_ns = (period + 1) * STEP_NS
        begin_ns = time.perf_counter_ns()
        if period % PERIODS_PER_COMMAND == 0:
            way = 1.0 if period // PERIODS_PER_WAY % 2 else -1.0
            # The hand closes and stays closed, so that what it grips is gripped all the time.
            wanted = {joint: speed * (1.0 if joint == "hand" else way) for joint, speed in speeds.items()}
            if period == 0:
                wanted = {}
            guard.offer(JointCommand("bench", period, now_ns, TTL_MS, State.ENGAGED, wanted), now_ns)
        velocity, _ = guard.step(body.position_rad, now_ns, body.grip_force_n)
        body.move(velocity, STEP_NS * 1e-9)
        took_ns[period] = time.perf_counter_ns() - begin_ns
    computed_ns = time.thread_time_ns() - began_ns
    p50_us, p99_us = np.percentile(took_ns[WARM_UP:], (50, 99)) / 1e3
    times = COUNTED * STEP_NS / computed_ns
    return ArmRow(
        name, round(float(p50_us), 1), round(float(p99_us), 1), round(times, 1), round(body.grip_force_n or 0.0, 1)
    )
