"""Clothespins on a horizontal bar, and a vertical bar to put them on, in front of somebody's right hand.

Three pins and two bars as in Kyberd, Hussaini, Maillet 2018 (doi 10.1177/2055668317750810); all measures are ours.
"""

from sim.arm.physics.scene import Point, Scene, turned
from sim.arm.physics.table import PhysicalTable, Turns
from sim.arm.physics.things import JAWS_M, Kind, Thing

PINS = 3
HORIZONTAL, VERTICAL = "horizontal", "vertical"
# Thicker than the closed pin is wide, so that its spring holds on.
BAR_RADIUS_M = 0.010
# Where the bars are: forward of the shoulder's line, to the left of it, above the ground.
FORWARD_M, TABLE_M = 0.45, 0.80
ACROSS_M, ACROSS_Z_M, UPRIGHT_Y_M = (-0.28, -0.04), 0.86, 0.10
UPRIGHT_TOP_M = 1.26
PIN_Y_M = (-0.08, -0.15, -0.22)
# Where the pins go, from the lowest up.
PLACES_Z_M = (1.04, 1.11, 1.18)
# The palm looks down, fingers forward; a quarter of a turn of the wrist, and it looks to the left.
PALM_DOWN = (0.5, -0.5, -0.5, 0.5)
PRONATED_RAD, QUARTER_RAD = -1.3, 1.5708
TURNED_RAD = {Turns.ELBOW_FLEXION: 1.3, Turns.ROTATION: PRONATED_RAD}
OPENED_RAD = 0.8


def clothespins(table: PhysicalTable, pinch_n: float = 10.0) -> Scene:
    """Return the scene for this arm; `pinch_n` opens a pin. Its jaws look down, and to the left once it is turned."""
    x, z = FORWARD_M, ACROSS_Z_M
    near_y, far_y = ACROSS_M
    bar = 'type="capsule" contype="2" conaffinity="2" friction="1 0.02 0.002" material="board"'
    pin = Thing(Kind.CLOTHESPIN, pinch_n=pinch_n)
    fixed = (
        f'<geom name="table" type="box" pos="{x} 0 {TABLE_M - 0.01}" size="0.3 0.4 0.01" contype="2" conaffinity="2" '
        'friction="0.6 0.02 0.002" material="board"/>'
        f'<geom name="{HORIZONTAL}" size="{BAR_RADIUS_M}" fromto="{x} {near_y} {z} {x} {far_y} {z}" {bar}/>'
        f'<geom name="{VERTICAL}" size="{BAR_RADIUS_M}" '
        f'fromto="{x} {UPRIGHT_Y_M} {TABLE_M} {x} {UPRIGHT_Y_M} {UPRIGHT_TOP_M}" {bar}/>'
    )
    return Scene(
        fixed,
        tuple(
            pin.body(f"thing_{index}", f"{x} {y} {z + JAWS_M}", " ".join(map(str, PALM_DOWN)))
            for index, y in enumerate(PIN_Y_M)
        ),
        turned(table, TURNED_RAD) | {table.hand.joint: OPENED_RAD},
        PALM_DOWN,
        (x, PIN_Y_M[0], z + JAWS_M + 0.25),
        (x, -0.02, 0.98),
    )


def place_m(index: int) -> Point:
    """Return where the middle of the jaws of the pin that is placed as number `index` belongs."""
    return (FORWARD_M, UPRIGHT_Y_M, PLACES_Z_M[index])
