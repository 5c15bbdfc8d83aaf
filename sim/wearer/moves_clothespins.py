"""A virtual wearer at the clothespins: press one open, lift it, turn the wrist by a quarter, put it on, let go."""

from collections.abc import Iterator

from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.clothespins import HORIZONTAL, PINS, QUARTER_RAD, place_m
from sim.arm.physics.stage import Stage
from sim.arm.physics.table import Turns
from sim.errors import SimError
from sim.wearer.closed_loop import ClosedLoop
from sim.wearer.handwork import HELD_N, Handwork, Point, Things, handwork
from sim.wearer.scene_loop import SceneLoop, SceneTest

# Above a pin before going down to it, high enough to turn the hand there; beside a bar before going to it.
ABOVE_M, BESIDE_M = 0.20, 0.07
# A pin is pressed with twice what opens it: then it is seen to be open.
PRESSED = 2.0


def moves_clothespins(work: Handwork, things: Things, wrist: str, pinch_n: float) -> Iterator[None]:
    """Go on for ever, one hop at a time. `wrist`: the joint that turns the hand; `pinch_n` opens a pin.

    The next pin is always the one on the horizontal bar that is farthest to the right; the first goes lowest. One that
    falls is left where it is.
    """
    turned = {wrist: work.posture_rad[wrist] + QUARTER_RAD}
    number = 0
    while True:
        waiting = [(thing.position_m, index) for index, thing in enumerate(things()) if HORIZONTAL in thing.on]
        if not waiting or number == PINS:
            yield
            continue
        (x, y, z), chosen = min(waiting, key=lambda one: one[0][1])
        yield from work.opened_on_the_way((x, y, z + ABOVE_M))
        x, y, z = things()[chosen].position_m
        yield from work.carry((x, y, z))
        if work.missed((x, y, z)):
            continue
        yield from work.closed_on(chosen, things, PRESSED * pinch_n)
        place_x, place_y, place_z = place_m(number)
        yield from work.carry((x, y, place_z))
        if things()[chosen].pressed_n < HELD_N:
            continue
        yield from work.posture(turned)
        yield from work.carry(_tips_for(work, things, chosen, (place_x, place_y - BESIDE_M, place_z)))
        yield from work.carry(_tips_for(work, things, chosen, (place_x, place_y, place_z)))
        yield from work.opened()
        x, y, z = work.place.tips_m
        yield from work.carry((x, y - BESIDE_M, z))
        number += 1


def take_clothespins(loop: ClosedLoop, arm: PhysicalArm, test: SceneTest, pinch_n: float = 10.0, seed: int = 0) -> None:
    """Let the wearer take the test with an arm that was made with the scene, and that is the loop's.

    The arm is in its posture before the time begins. Raises `SimError` for an arm without a scene, or without a wrist
    that turns.
    """
    wrist = next((link.joint for link in arm.table.links if link.turns is Turns.ROTATION), None)
    if wrist is None:
        raise SimError("clothespins need a wrist that turns; this arm has none")
    stage = Stage(arm)
    scene, work = SceneLoop(loop, stage), handwork(loop, arm, stage, seed)
    scene.take(test, work.ready(), moves_clothespins(work, scene.things, wrist, pinch_n))


def _tips_for(work: Handwork, things: Things, thing: int, jaws_at_m: Point) -> Point:
    """Return where the tips have to be, so that the jaws of the pin in the hand are there."""
    tips, jaws = work.place.tips_m, things()[thing].jaws_m
    if jaws is None:
        raise SimError(f"thing {thing} is no clothespin")
    x, y, z = (at + tip - jaw for at, tip, jaw in zip(jaws_at_m, tips, jaws, strict=True))
    return x, y, z
