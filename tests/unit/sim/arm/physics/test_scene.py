"""A carried arm at blocks and clothespins: what moves it, what it touches, what falls."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.assessments.box_and_blocks_test import BoxAndBlocksSettings, BoxAndBlocksTest
from clinic.assessments.clothespin_test import ClothespinSettings, ClothespinTest
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.box_and_blocks import EDGE_M, MIDDLE_M, MOST_BLOCKS, box_and_blocks
from sim.arm.physics.carrier import ACCELERATION_M_S2, PUSHES_N, SPEED_M_S, Carrier
from sim.arm.physics.clothespins import HORIZONTAL, PRONATED_RAD, QUARTER_RAD, TABLE_M, clothespins, place_m
from sim.arm.physics.scene import Point
from sim.arm.physics.stage import Stage
from sim.arm.physics.things import JAWS_M, Kind, Thing
from sim.errors import SimError
from tests.unit.sim.arm.physics.conftest import STEP_S, arm_and_table

NAMES = ("transhumeral", "transradial")


def at_the_box(name: str = "transhumeral", blocks: int = 12) -> tuple[PhysicalArm, Stage]:
    arm, table = arm_and_table(name)
    body = PhysicalArm(arm, table, scene=box_and_blocks(table, blocks))
    return body, Stage(body)


def hold(arm: PhysicalArm, seconds: float, **wanted_rad: float) -> None:
    """Bring joints there; the others stand."""
    for _ in range(round(seconds / STEP_S)):
        at = arm.posture_rad
        arm.move({name: max(-1.0, min(1.0, 5.0 * (goal - at[name]))) for name, goal in wanted_rad.items()}, STEP_S)


def carry(arm: PhysicalArm, stage: Stage, to_m: Point) -> None:
    stage.carry(to_m)
    for _ in range(800):
        arm.move({}, STEP_S)
        if stage.arrived:
            return
    raise AssertionError("the carrier did not arrive within 4 s")


def take_block(arm: PhysicalArm, stage: Stage, index: int) -> None:
    assert arm.scene is not None
    hold(arm, 3.0, **arm.scene.posture_rad)
    x, y, z = stage.things()[index].position_m
    carry(arm, stage, (x, y, z + 0.08))
    carry(arm, stage, (x, y, z + 0.006))
    for _ in range(400):
        if (arm.grip_force_n or 0.0) >= 15.0:
            break
        arm.move({"hand": 0.6}, STEP_S)
    hold(arm, 0.2)
    carry(arm, stage, (x, y, EDGE_M[2] + 0.05))


@given(st.lists(st.tuples(*[st.floats(-0.5, 0.5)] * 3), min_size=1, max_size=4), st.floats(0.0, 1.5))
def test_a_carrier_keeps_to_a_persons_speed_arrives_and_stays(goals: list[Point], seconds: float) -> None:
    carrier = Carrier.at_rest()
    for goal in goals:
        carrier.goal_m = np.array(goal)
        for _ in range(round(seconds / 0.0025)):
            before = carrier.velocity_m_s
            carrier.step(0.0025, np.zeros(3))
            assert np.linalg.norm(carrier.velocity_m_s) <= SPEED_M_S * 1.001
            assert np.linalg.norm(carrier.velocity_m_s - before) <= 1.5 * ACCELERATION_M_S2 * 0.0025 * 1.001
    for _ in range(2400):
        carrier.step(0.0025, np.zeros(3))
    assert carrier.position_m == pytest.approx(carrier.goal_m, abs=1e-6)


def test_a_hand_that_is_carried_into_the_table_presses_no_harder_than_a_person_does() -> None:
    arm, stage = at_the_pins()
    assert arm.scene is not None
    hold(arm, 3.0, **arm.scene.posture_rad)
    before = arm.posture_rad
    x, _, _ = stage.tips_m
    stage.carry((x, 0.02, TABLE_M + 0.2))
    hold(arm, 2.0)
    stage.carry((x, 0.02, TABLE_M - 0.3))
    pressed: list[float] = []
    for _ in range(600):
        arm.move({}, STEP_S)
        pressed.append(float(arm.data.qfrc_constraint[arm.model.joint("carrier_z").dofadr[0]]))
    assert not stage.arrived
    assert 0.5 * PUSHES_N < max(pressed[-200:]) < 3.0 * PUSHES_N
    assert arm.posture_rad == pytest.approx(before, abs=0.05)  # no gear slips


@pytest.mark.parametrize("name", NAMES)
def test_in_the_scenes_posture_the_palm_looks_down_and_the_tips_are_where_it_says(name: str) -> None:
    arm, stage = at_the_box(name)
    assert arm.scene is not None
    hold(arm, 3.0, **arm.scene.posture_rad)
    assert stage.tips_m == pytest.approx(arm.scene.tips_m, abs=2e-3)
    palm = arm.data.body("palm").xmat.reshape(3, 3)
    assert palm[:, 1] == pytest.approx([-0.174, 0.0, -0.985], abs=0.02)  # the palm looks down
    assert palm[:, 0] == pytest.approx([0.0, 1.0, 0.0], abs=0.02)  # the thumb's side is to the left


def test_blocks_lie_still_on_the_floor_and_on_each_other() -> None:
    arm, stage = at_the_box(blocks=MOST_BLOCKS)
    before = [thing.position_m for thing in stage.things()]
    hold(arm, 1.0)
    things = stage.things()
    for thing, was in zip(things, before, strict=True):
        assert thing.position_m == pytest.approx(was, abs=1e-3)
        assert thing.pressed_n == 0.0
    assert {"box", "thing_12"} == things[0].on
    assert {"thing_0"} == things[12].on


def watched(arm: PhysicalArm, stage: Stage, seconds: float, test: BoxAndBlocksTest, start_s: float) -> float:
    for index in range(round(seconds / STEP_S)):
        arm.move({"hand": -0.9} if arm.posture_rad["hand"] > 0.6 else {}, STEP_S)
        test.feed(start_s + (index + 1) * STEP_S, arm.posture_rad, stage.tips_m, stage.things())
    return start_s + round(seconds / STEP_S) * STEP_S


@pytest.mark.parametrize(("to_y", "counts"), [(-0.134, (0, 1)), (0.1, (1, 0))])
def test_a_block_let_go_before_the_partition_is_dropped_and_beyond_it_moved(
    to_y: float, counts: tuple[int, int]
) -> None:
    arm, stage = at_the_box()
    test = BoxAndBlocksTest(tuple(arm.drives), "hand", BoxAndBlocksSettings(12, 3.0))
    test.begin(0.0)
    test.feed(0.001, arm.posture_rad, stage.tips_m, stage.things())
    take_block(arm, stage, 9)
    assert stage.things()[9].on == frozenset()
    assert stage.things()[9].pressed_n > 5.0
    assert not test.feed(0.002, arm.posture_rad, stage.tips_m, stage.things())
    carry(arm, stage, (MIDDLE_M[0], to_y, EDGE_M[2] + 0.05))
    assert stage.things()[9].position_m[1] == pytest.approx(to_y, abs=0.02)  # it came along
    watched(arm, stage, 3.0, test, 0.002)
    assert (test.trials[0].moved, test.trials[0].dropped) == counts
    assert test.trials[0].grip_n > 5.0


def test_the_same_calls_give_the_same_bits_and_a_reset_begins_again() -> None:
    def story(arm: PhysicalArm, stage: Stage) -> Sequence[float]:
        take_block(arm, stage, 9)
        return [*arm.data.qpos, *(thing.pressed_n for thing in stage.things())]

    arm, stage = at_the_box()
    first = story(arm, stage)
    assert story(*at_the_box()) == first
    arm.reset()
    assert story(arm, stage) == first


def at_the_pins(pinch_n: float = 10.0) -> tuple[PhysicalArm, Stage]:
    arm, table = arm_and_table("transhumeral")
    body = PhysicalArm(arm, table, scene=clothespins(table, pinch_n))
    return body, Stage(body)


def press_open(arm: PhysicalArm, stage: Stage, index: int, force_n: float) -> None:
    """Press on a pin where it is clipped."""
    assert arm.scene is not None
    hold(arm, 3.0, **arm.scene.posture_rad)
    x, y, z = stage.things()[index].position_m
    carry(arm, stage, (x, y, z + 0.15))
    carry(arm, stage, (x, y, z))
    for _ in range(600):
        if stage.things()[index].pressed_n >= force_n:
            break
        arm.move({"hand": 0.5}, STEP_S)
    hold(arm, 0.2)


def test_pins_are_clipped_to_the_horizontal_bar_and_their_springs_hold_them() -> None:
    arm, stage = at_the_pins()
    before = [thing.jaws_m for thing in stage.things()]
    hold(arm, 2.0)
    for thing, was in zip(stage.things(), before, strict=True):
        assert thing.on == {HORIZONTAL}
        assert thing.jaws_m == pytest.approx(was, abs=0.003)


@pytest.mark.parametrize(("pinch_n", "opens"), [(10.0, True), (40.0, False)])
def test_a_pin_is_pulled_off_only_with_the_force_that_opens_it(pinch_n: float, opens: bool) -> None:
    arm, stage = at_the_pins(pinch_n)
    press_open(arm, stage, 2, 18.0)
    assert (float(arm.data.joint("thing_2_hinge").qpos[0]) > 0.4) is opens
    assert (stage.things()[2].on == frozenset()) is opens


@pytest.mark.parametrize("on_bar", [True, False])
def test_a_pin_turned_by_a_quarter_stays_on_the_vertical_bar_and_beside_it_falls(on_bar: bool) -> None:
    arm, stage = at_the_pins()
    test = ClothespinTest(
        tuple(arm.drives), frozenset({"hand", "wrist_rotation"}), ClothespinSettings(time_limit_s=3.0)
    )
    press_open(arm, stage, 2, 20.0)
    x, y, _ = stage.tips_m
    place_x, place_y, place_z = place_m(0)
    carry(arm, stage, (x, y, place_z))
    hold(arm, 2.5, wrist_rotation=PRONATED_RAD + QUARTER_RAD)
    carry(arm, stage, (place_x, place_y - JAWS_M - 0.07, place_z))
    if on_bar:
        carry(arm, stage, (place_x, place_y - JAWS_M, place_z))
    test.begin(0.0)
    ended, samples = False, 0
    while not ended:
        samples += 1
        arm.move({"hand": -0.8} if arm.posture_rad["hand"] > 0.6 else {}, STEP_S)
        ended = test.feed(samples * STEP_S, arm.posture_rad, stage.tips_m, stage.things())
    trial = test.trials[0]
    assert (len(trial.placed_at_s), trial.dropped) == ((1, 0) if on_bar else (0, 1))


def test_what_makes_no_scene_is_refused() -> None:
    arm, table = arm_and_table("transhumeral")
    with pytest.raises(SimError, match="1 to 24 blocks"):
        box_and_blocks(table, 25)
    scene = box_and_blocks(table)
    with pytest.raises(SimError, match="not both"):
        PhysicalArm(arm, table, [Thing(Kind.BLOCK)], scene=scene)
    with pytest.raises(SimError, match=r"the scene is met in a posture of joints .* not have: knee"):
        PhysicalArm(arm, table, scene=replace(scene, posture_rad={"knee": 1.0}))
    with pytest.raises(SimError, match="an arm in a scene"):
        Stage(PhysicalArm(arm, table))
