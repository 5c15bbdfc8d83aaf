"""A tour of an arm: each joint goes to both ends of its range and back, through the guard, on a clock of its own."""

from collections.abc import Iterator

from controller.safety.guard import Guard, JointCommand
from controller.safety.states import State
from sim.arm.physics.arm import PhysicalArm, rest_rad
from sim.arm.physics.picture import ArmCamera, Frame

STEP_NS = 5_000_000
TTL_MS = 100
# Of full speed; and how near to where it was going a joint has to come, in rad.
SPEED_SHARE, NEAR_RAD = 0.8, 0.05
# A joint that something stops goes no further for so long, and then the next one's turn has come.
LONGEST_LEG_NS = 4_000_000_000
# 25 pictures a second.
PERIODS_PER_FRAME = 8
FRAME_S = PERIODS_PER_FRAME * STEP_NS * 1e-9


def tour(arm: PhysicalArm) -> Iterator[int]:
    """Yield the time in ns after every control period, 5 ms apart, until all joints have gone both ways and back."""
    guard = Guard(arm.arm.limits)
    now_ns = seq = 0

    def period(joint: str = "", velocity_rad_s: float = 0.0) -> int:
        nonlocal now_ns, seq
        now_ns += STEP_NS
        seq += 1
        wanted = {joint: velocity_rad_s} if joint else {}
        guard.offer(JointCommand("tour", seq, now_ns, TTL_MS, State.ENGAGED, wanted), now_ns)
        velocity, _ = guard.step(arm.position_rad, now_ns, arm.grip_force_n)
        arm.move(velocity, STEP_NS * 1e-9)
        return now_ns

    yield period()
    for joint in arm.arm.joints:
        for goal_rad in (joint.max_rad, joint.min_rad, rest_rad(joint)):
            until_ns = now_ns + LONGEST_LEG_NS
            while now_ns < until_ns and abs(way := goal_rad - arm.position_rad.get(joint.name, goal_rad)) > NEAR_RAD:
                yield period(joint.name, SPEED_SHARE * joint.max_speed_rad_s * (1.0 if way > 0 else -1.0))
            yield period()


def filmed_tour(arm: PhysicalArm, camera: ArmCamera) -> list[Frame]:
    """Return the pictures of the whole tour, `FRAME_S` apart."""
    return [camera.frame() for index, _ in enumerate(tour(arm)) if index % PERIODS_PER_FRAME == 0]
