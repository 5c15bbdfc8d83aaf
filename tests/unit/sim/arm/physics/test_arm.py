"""The whole arm in MuJoCo: it holds, lifts, grips, keeps to its range, fails as told, and repeats itself."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.engine import load_mujoco
from sim.arm.physics.faults import ArmFaults
from sim.arm.physics.hand import FINGER_JOINT
from sim.arm.physics.mjcf import TIMESTEP_S
from sim.arm.physics.table import LinkTable
from sim.arm.physics.things import Kind, Thing
from sim.errors import SimError
from tests.unit.sim.arm.physics.conftest import STEP_S, MakeArm, arm_and_table, let_pass

NAMES = ("transhumeral", "transradial")


def close_until(arm: PhysicalArm, force_n: float, seconds: float = 3.0) -> None:
    for _ in range(round(seconds / STEP_S)):
        assert arm.grip_force_n is not None
        if arm.grip_force_n >= force_n:
            return
        let_pass(arm, STEP_S, hand=0.7)
    raise AssertionError(f"expected a grip of {force_n} N within {seconds} s, got {arm.grip_force_n} N")


@pytest.mark.parametrize("name", NAMES)
def test_it_begins_where_its_file_says_and_gravity_does_not_move_it(make: MakeArm, name: str) -> None:
    arm = make(name=name)
    began = dict(arm.position_rad)
    assert began == {joint.name: joint.rest_rad for joint in arm.arm.joints}
    let_pass(arm, 0.5)
    # The linkage of fingers and thumb takes up its own give, and that is all.
    assert sum(arm.travel_rad.values()) < 2e-5
    settled = sum(arm.travel_rad.values())
    let_pass(arm, 10.0)
    assert arm.position_rad == pytest.approx(began, abs=1e-7)
    assert sum(arm.travel_rad.values()) - settled < 1e-7


def test_the_elbow_bears_the_weight_that_hangs_on_it(make: MakeArm) -> None:
    arm = make()
    let_pass(arm, 1.0)
    table = arm.table
    # Weight times lever, of forearm, wrist and hand, in a line at 0.8 rad from hanging down.
    lever_kg_m, out_m = 0.0, 0.0
    for link in table.links:
        lever_kg_m += link.mass_kg * (out_m + link.length_m / 2)
        out_m += link.length_m
    lever_kg_m += table.hand.mass_kg * (out_m + 0.055)
    assert arm.load_nm["elbow"] == pytest.approx(9.81 * lever_kg_m * math.sin(0.8), rel=0.1)


@pytest.mark.parametrize(
    ("joint", "velocity"), [("elbow", 1.0), ("elbow", -0.5), ("wrist_rotation", 1.5), ("hand", 0.5)]
)
def test_a_joint_follows_its_velocity_and_the_others_stand(make: MakeArm, joint: str, velocity: float) -> None:
    arm = make()
    began = dict(arm.position_rad)
    let_pass(arm, 0.5, **{joint: velocity})
    assert arm.velocity_rad_s[joint] == pytest.approx(velocity, rel=0.05)
    let_pass(arm, 0.5)
    for name, position in arm.position_rad.items():
        wanted = 0.5 * velocity if name == joint else 0.0
        assert position - began[name] == pytest.approx(wanted, abs=0.04)


@pytest.mark.parametrize("battery_charge", [1.0, 0.0])
def test_when_commands_end_in_mid_air_the_elbow_does_not_drop(make: MakeArm, battery_charge: float) -> None:
    arm = make()
    let_pass(arm, 0.5, elbow=1.0)
    arm.battery.charge = battery_charge
    let_pass(arm, 0.2)
    stood = arm.position_rad["elbow"]
    let_pass(arm, 10.0)
    assert arm.position_rad["elbow"] == pytest.approx(stood, abs=2e-4)


def test_backlash_is_the_way_a_held_joint_gives_to_a_hand_that_turns_it(make: MakeArm) -> None:
    arm = make()
    joint = arm.model.joint("wrist_rotation").dofadr[0]
    found = []
    for pull_nm in (0.5, -0.5):
        arm.data.qfrc_applied[joint] = pull_nm
        let_pass(arm, 0.5)
        found.append(arm.position_rad["wrist_rotation"])
    drive = arm.table.drives["wrist_rotation"]
    assert found[0] - found[1] == pytest.approx(drive.backlash_rad + 2 * 0.5 / drive.stiffness_nm_rad, rel=0.02)


def test_a_load_above_the_motors_torque_is_not_lifted_and_not_dropped(make: MakeArm) -> None:
    arm = make()
    arm.data.qfrc_applied[arm.model.joint("elbow").dofadr[0]] = -20.0
    let_pass(arm, 0.5)
    stood = arm.position_rad["elbow"]
    let_pass(arm, 2.0, elbow=0.5)
    torque_nm = arm.table.drives["elbow"].stall_torque_nm
    assert arm.drives["elbow"].motor_torque_nm == pytest.approx(torque_nm * arm.battery.supply, rel=0.05)
    assert arm.load_nm["elbow"] > torque_nm
    assert arm.position_rad["elbow"] == pytest.approx(stood, abs=1e-3)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_gripped_is_lifted_and_stays_in_the_hand(make: MakeArm, kind: Kind) -> None:
    arm = make(Thing(kind))
    low_m = arm.thing_position_m(0)[2]
    assert arm.grip_force_n == pytest.approx(0.0, abs=0.5)
    close_until(arm, 25.0)
    let_pass(arm, 0.5)
    gripped_rad = arm.position_rad["hand"]
    let_pass(arm, 1.0, elbow=0.5)
    let_pass(arm, 3.0)
    assert arm.thing_position_m(0)[2] > low_m + 0.1
    assert arm.grip_force_n is not None
    assert arm.grip_force_n > 5.0
    assert arm.position_rad["hand"] == pytest.approx(gripped_rad, abs=0.02)
    let_pass(arm, 1.5, hand=-0.9)
    assert arm.thing_position_m(0)[2] < 0.2  # it fell to the floor


@pytest.mark.parametrize("link_lost", [False, True])
def test_a_hand_that_grips_stays_closed_without_power_or_link(make: MakeArm, link_lost: bool) -> None:
    arm = make(Thing(Kind.CYLINDER))
    close_until(arm, 30.0)
    closed_rad = arm.position_rad["hand"]
    arm.faults = ArmFaults(link_lost=link_lost)
    arm.battery.charge = 0.0
    let_pass(arm, 5.0, hand=-0.9)
    arm.faults = ArmFaults()
    let_pass(arm, 0.1)
    assert arm.position_rad["hand"] == pytest.approx(closed_rad, abs=0.02)
    assert arm.grip_force_n is not None
    assert arm.grip_force_n > 20.0


def test_the_harder_the_motor_presses_the_more_the_grip_up_to_what_it_can(make: MakeArm) -> None:
    arm = make(Thing(Kind.CYLINDER))
    forces: list[float] = []
    for force_n in (10.0, 20.0, 40.0):
        close_until(arm, force_n)
        forces.append(arm.grip_force_n or 0.0)
    let_pass(arm, 3.0, hand=0.7)
    assert arm.grip_force_n is not None
    assert forces == sorted(forces)
    # With a lever of 3 cm to 9 cm from the knuckles, friction taken off.
    assert 40.0 < arm.grip_force_n < arm.table.hand.drive.stall_torque_nm / 0.03


def test_a_clothespin_opens_at_its_force(make: MakeArm) -> None:
    arm = make(Thing(Kind.CLOTHESPIN, pinch_n=15.0))
    close_until(arm, 8.0)
    assert arm.opened_rad(0) < 0.05
    close_until(arm, 20.0)
    assert arm.opened_rad(0) > 0.1


def test_only_a_clothespin_opens(make: MakeArm) -> None:
    with pytest.raises(ValueError, match="is a block"):
        make(Thing(Kind.BLOCK)).opened_rad(0)


def test_what_is_not_gripped_stays_where_somebody_holds_it(make: MakeArm) -> None:
    arm = make(Thing(Kind.BLOCK, {"elbow": 1.5}))
    where = arm.thing_position_m(0)
    let_pass(arm, 2.0)
    assert arm.thing_position_m(0) == pytest.approx(where, abs=1e-3)


def test_a_stuck_joint_stands_and_the_others_go(make: MakeArm) -> None:
    arm = make()
    began = dict(arm.position_rad)
    arm.faults = ArmFaults(stuck=frozenset({"elbow"}))
    let_pass(arm, 0.5, elbow=1.0, wrist_flexion=0.5)
    assert arm.position_rad["elbow"] == pytest.approx(began["elbow"], abs=5e-3)
    assert arm.position_rad["wrist_flexion"] == pytest.approx(began["wrist_flexion"] + 0.25, abs=0.04)
    arm.faults = ArmFaults()
    let_pass(arm, 0.5, elbow=1.0)
    assert arm.position_rad["elbow"] > began["elbow"] + 0.4


def test_encoder_noise_is_in_what_is_told_and_not_in_where_the_arm_is(make: MakeArm) -> None:
    arm = make()
    arm.faults = ArmFaults(encoder_noise_rad=0.01)
    told = []
    for _ in range(400):
        let_pass(arm, STEP_S)
        told.append(arm.position_rad["elbow"])
    mean = sum(told) / len(told)
    assert mean == pytest.approx(0.8, abs=0.003)
    assert math.sqrt(sum((each - mean) ** 2 for each in told) / len(told)) == pytest.approx(0.01, rel=0.15)
    assert arm.travel_rad["elbow"] < 0.01


def test_without_its_link_it_holds_and_no_sensor_is_heard(make: MakeArm) -> None:
    arm = make()
    let_pass(arm, 0.3, elbow=1.0)
    before = arm.position_rad["elbow"]
    arm.faults = ArmFaults(link_lost=True)
    let_pass(arm, 1.0, elbow=1.0)
    assert (arm.position_rad, arm.velocity_rad_s, arm.load_nm, arm.grip_force_n) == ({}, {}, {}, None)
    arm.faults = ArmFaults()
    let_pass(arm, 0.1)
    assert arm.position_rad["elbow"] == pytest.approx(before, abs=0.03)


def test_the_battery_sags_while_motors_work_and_empties(make: MakeArm) -> None:
    arm = make()
    let_pass(arm, 0.5)
    at_rest_v = arm.battery.voltage_v
    let_pass(arm, 0.3, elbow=1.5)
    assert arm.battery.voltage_v < at_rest_v - 0.1
    assert arm.battery.charge < 1.0
    arm.battery.charge = 0.0
    let_pass(arm, 0.1)
    stood = arm.position_rad["elbow"]
    let_pass(arm, 0.5, elbow=1.5)
    assert arm.position_rad["elbow"] == pytest.approx(stood, abs=5e-3)


def story_of(arm: PhysicalArm) -> list[float]:
    arm.faults = ArmFaults(encoder_noise_rad=0.002)
    for velocity in (1.0, -0.7, 0.3):
        let_pass(arm, 0.5, elbow=velocity, wrist_rotation=-velocity, hand=0.6)
    return [
        *arm.position_rad.values(),
        *arm.travel_rad.values(),
        *arm.load_nm.values(),
        arm.battery.charge,
        *arm.data.qpos,
    ]


def test_the_same_seed_gives_the_same_bits_and_another_another_noise(make: MakeArm) -> None:
    arm = make(Thing(Kind.CYLINDER), seed=4)
    first = story_of(arm)
    assert story_of(make(Thing(Kind.CYLINDER), seed=4)) == first
    assert story_of(make(Thing(Kind.CYLINDER), seed=5)) != first
    arm.faults = ArmFaults()
    arm.reset()
    assert story_of(arm) == first


def test_time_may_pass_in_pieces_of_any_length(make: MakeArm) -> None:
    whole, pieces = make(), make()
    wanted = {"elbow": 0.7}
    for _ in range(100):
        whole.move(wanted, 0.005)
    for _ in range(500):
        pieces.move(wanted, 0.001)
    assert pieces.position_rad == whole.position_rad


def jolted_rad_s(arm: PhysicalArm) -> list[float]:
    """Speed of each joint at its motor's no-load speed, and all that a halt of the others' would throw it at."""
    inertia = np.zeros((arm.model.nv, arm.model.nv))
    load_mujoco().mj_fullM(arm.model, arm.data, inertia)
    names = [FINGER_JOINT if name == arm.table.hand.joint else name for name in arm.drives]
    rows = [arm.model.joint(name).dofadr[0] for name in names]
    coupled = np.abs(inertia[np.ix_(rows, rows)])
    no_load = np.array([drive.no_load_rad_s for drive in arm.table.drives.values()])
    shared: list[float] = (coupled @ no_load / np.diag(coupled)).tolist()
    return shared


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.lists(st.floats(), min_size=4, max_size=4), st.floats(0.0, 0.3)), max_size=8),
)
# The elbow runs into its stop at full speed, and the wrist is thrown through its play.
@example("transhumeral", [([0.0, 3.0, 0.0, 0.0], 0.25), ([-4.0, 1.0, -1.0, 0.0], 0.28125)])
def test_whatever_is_commanded_it_stays_finite_and_in_its_range(
    name: str, story: list[tuple[list[float], float]]
) -> None:
    arm = PhysicalArm(*arm_and_table(name))
    for velocities, step_s in story:
        arm.move(dict(zip(arm.drives, velocities, strict=True)), step_s)
        for joint in arm.arm.joints:
            # The stops give way by less than a degree, at any speed the motors reach.
            assert joint.min_rad - 0.0175 <= arm.position_rad[joint.name] <= joint.max_rad + 0.0175
        for values in (arm.velocity_rad_s, arm.travel_rad, arm.load_nm):
            assert all(map(math.isfinite, values.values()))
        # In its play a joint is not bound to its own motor: what bounds it is what the others' halts can throw it at.
        for speed, most in zip(arm.velocity_rad_s.values(), jolted_rad_s(arm), strict=True):
            assert abs(speed) <= 2.0 * most
        for name_of_joint, load_nm in arm.load_nm.items():
            assert abs(load_nm) < arm.table.drives[name_of_joint].hold_nm  # no gear slips by the arm's own motion


def test_a_stop_halts_a_joint_over_several_steps(make: MakeArm) -> None:
    arm = make()
    last, steepest = 0.0, 0.0
    for _ in range(400):
        arm.move({"elbow": -4.0}, TIMESTEP_S)
        steepest = max(steepest, arm.velocity_rad_s["elbow"] - last)
        last = arm.velocity_rad_s["elbow"]
    assert arm.position_rad["elbow"] == pytest.approx(0.0, abs=0.0175)
    assert abs(last) < 0.01
    fastest = arm.table.drives["elbow"].no_load_rad_s * arm.battery.supply
    assert steepest < 0.6 * fastest


def test_a_table_of_another_arm_is_refused() -> None:
    with pytest.raises(SimError, match="belongs to another arm: expected every joint of the arm 'demo' once"):
        PhysicalArm(arm_and_table("transhumeral")[0], arm_and_table("transradial")[1])


def test_a_gear_too_stiff_to_be_stepped_is_refused() -> None:
    arm, table = arm_and_table("transhumeral")
    wrist = table.links[1]
    stiff = LinkTable.model_validate(
        {**wrist.model_dump(), "drive": {**wrist.drive.model_dump(), "stiffness_nm_rad": 1e4}}
    )
    with pytest.raises(SimError, match=r"gear of 'wrist_rotation' is too stiff to be stepped: expected .* at most 4"):
        PhysicalArm(arm, table.model_copy(update={"links": (table.links[0], stiff, table.links[2])}))


def test_a_thing_in_a_posture_of_another_arm_is_refused(make: MakeArm) -> None:
    with pytest.raises(SimError, match="joints that the arm 'demo' does not have: knee"):
        make(Thing(Kind.BLOCK, {"knee": 1.0}))
