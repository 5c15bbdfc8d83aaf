"""A virtual wearer at the box and blocks: over a block, down, grip, up, over the partition, let go, back."""

from collections.abc import Iterator

from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.box_and_blocks import EDGE_M
from sim.arm.physics.stage import Stage
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.handwork import HELD_N, Handwork, Point, Things, handwork
from sim.wearer.scene_loop import SceneLoop, SceneTest

# Above a block before going down to it; and a block's middle above the partition's edge when it goes over.
ABOVE_M, CLEAR_M = 0.06, 0.05
BESIDE_M = 0.09
# The tips meet above the block's middle, so that an elbow that is a little off does not press them on the floor.
GRIP_ABOVE_M = 0.006


def moves_blocks(work: Handwork, things: Things, partition_m: Point) -> Iterator[None]:
    """Go on for ever, one hop at a time. `partition_m`: the middle of its upper edge; blocks go to the left of it.

    The next block is always the highest; of these the farthest from the partition, and then the farthest from the body,
    so that nothing is where the fingers go. Blocks that fall are left alone until their turn comes.
    """
    edge_x, edge_y, edge_z = partition_m
    crossing_z = edge_z + CLEAR_M
    while True:
        waiting = [(index, thing.position_m) for index, thing in enumerate(things()) if thing.position_m[1] < edge_y]
        if not waiting:
            yield
            continue
        chosen, (x, y, z) = max(waiting, key=lambda one: (round(one[1][2], 2), -round(one[1][1], 2), one[1][0]))
        beyond = work.place.tips_m[1] > edge_y
        yield from work.opened_on_the_way((x, y, crossing_z if beyond else z + ABOVE_M))
        x, y, z = things()[chosen].position_m
        yield from work.carry((x, y, z + GRIP_ABOVE_M))
        if work.missed((x, y, z + GRIP_ABOVE_M)):
            continue
        yield from work.closed_on(chosen, things)
        yield from work.carry((x, y, crossing_z))
        if things()[chosen].pressed_n < HELD_N:
            continue
        yield from work.carry((edge_x, edge_y + BESIDE_M, crossing_z))
        yield from work.opened()


def take_box_and_blocks(loop: ClosedLoop, arm: PhysicalArm, test: SceneTest, seed: int = 0) -> None:
    """Let the wearer take the test with an arm that was made with the scene, and that is the loop's.

    The arm is in its posture before the time begins. Raises `SimError` for an arm without a scene.
    """
    stage = Stage(arm)
    scene, work = SceneLoop(loop, stage), handwork(loop, arm, stage, seed)
    scene.take(test, work.ready(), moves_blocks(work, scene.things, EDGE_M))
