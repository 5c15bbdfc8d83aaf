from sim.arm.physics.faults import ArmFaults
from sim.arm.physics.tour import NEAR_RAD, tour
from tests.unit.sim.arm.physics.conftest import MakeArm


def test_every_joint_goes_to_both_ends_and_back(make: MakeArm) -> None:
    arm = make()
    least, most = dict(arm.position_rad), dict(arm.position_rad)
    for _ in tour(arm):
        for name, position in arm.position_rad.items():
            least[name], most[name] = min(least[name], position), max(most[name], position)
    for joint in arm.arm.joints:
        assert least[joint.name] < joint.min_rad + 2 * NEAR_RAD
        assert most[joint.name] > joint.max_rad - 2 * NEAR_RAD
        assert joint.rest_rad is not None
        assert abs(arm.position_rad[joint.name] - joint.rest_rad) < 2 * NEAR_RAD


def test_a_joint_that_is_stuck_does_not_stop_the_tour(make: MakeArm) -> None:
    arm = make()
    arm.faults = ArmFaults(stuck=frozenset({"elbow"}))
    last_ns = list(tour(arm))[-1]
    assert last_ns < 60_000_000_000
    assert arm.travel_rad["wrist_rotation"] > 3.0
