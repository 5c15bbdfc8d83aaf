"""The box and blocks of Mathiowetz et al. 1985 (Am J Occup Ther 39:386-391), in front of somebody's right hand."""

from sim.arm.physics.scene import Point, Scene, turned
from sim.arm.physics.table import PhysicalTable, Turns
from sim.arm.physics.things import BLOCK_HALF_M, Kind, Thing
from sim.errors import SimError

# Inside: 53.7 x 25.4 x 8.5 cm, halved by a partition of 15.2 cm. The thickness of the boards is 1 cm.
LENGTH_M, WIDTH_M, WALL_M, PARTITION_M, BOARD_M = 0.537, 0.254, 0.085, 0.152, 0.010
# Where the middle of the box's floor is: forward of the shoulder's line, to the left of it, above the ground.
MIDDLE_M = (0.45, 0.0, 0.80)
# Ours: loosely laid out and two high, because fingers that do not bend by themselves cannot rummage in a heap.
ROWS_M, COLUMNS_M, LAYERS = (0.05, -0.01, -0.07), (-0.045, -0.1, -0.155, -0.21), 2
MOST_BLOCKS = len(ROWS_M) * len(COLUMNS_M) * LAYERS
# The palm looks down, fingers forward and 10 degrees down, so that the wrist clears the wall.
PALM_DOWN = (0.541675, -0.454519, -0.454519, 0.541675)
# Pronated and bent as far as motors go without their soft ends; the body does the rest.
TURNED_RAD = {Turns.ELBOW_FLEXION: 1.3, Turns.ROTATION: -1.3}
# Just wide enough to come down over a block.
OPENED_RAD = 0.7
ABOVE_M = 0.10
# The middle of the partition's upper edge.
EDGE_M = (MIDDLE_M[0], MIDDLE_M[1], MIDDLE_M[2] + PARTITION_M)


def box_and_blocks(table: PhysicalTable, blocks: int = MOST_BLOCKS) -> Scene:
    """Return the scene for this arm, with so many blocks in the right compartment. Raises `SimError` for too many."""
    if not 1 <= blocks <= MOST_BLOCKS:
        raise SimError(f"expected 1 to {MOST_BLOCKS} blocks in the box, got {blocks}")
    x, y, z = MIDDLE_M
    half_length, half_width, half = LENGTH_M / 2, WIDTH_M / 2, BOARD_M / 2

    def board(name: str, at: Point, size: Point) -> str:
        pos = " ".join(f"{value:.6g}" for value in at)
        return (
            f'<geom name="{name}" type="box" pos="{pos}" size="{" ".join(f"{value:.6g}" for value in size)}" '
            'contype="2" conaffinity="2" friction="0.6 0.02 0.002" material="board"/>'
        )

    walls = [
        board("box", (x, y, z - half), (half_width + BOARD_M, half_length + BOARD_M, half)),
        board("partition", (x, y, z + PARTITION_M / 2), (half_width, half, PARTITION_M / 2)),
    ]
    for name, way in (("far", 1), ("near", -1)):
        walls.append(board(name, (x + way * (half_width + half), y, z + WALL_M / 2), (half, half_length, WALL_M / 2)))
    for name, way in (("left", 1), ("right", -1)):
        walls.append(board(name, (x, y + way * (half_length + half), z + WALL_M / 2), (half_width, half, WALL_M / 2)))
    block = Thing(Kind.BLOCK)
    places = [
        (x + forward, y + across, z + BLOCK_HALF_M * (2 * layer + 1))
        for layer in range(LAYERS)
        for across in COLUMNS_M
        for forward in ROWS_M
    ]
    return Scene(
        "".join(walls),
        tuple(
            block.body(f"thing_{index}", " ".join(f"{value:.6g}" for value in at), "1 0 0 0")
            for index, at in enumerate(places[:blocks])
        ),
        turned(table, TURNED_RAD) | {table.hand.joint: OPENED_RAD},
        PALM_DOWN,
        (x, y - LENGTH_M / 4, z + PARTITION_M + ABOVE_M),
        (x, y, z + PARTITION_M / 2),
    )
