"""A scene while an arm works in it: where the tips are, what touches what, and where the wearer carries the arm."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.carrier import Carrier
from sim.arm.physics.engine import load_mujoco
from sim.arm.physics.scene import Point, ThingState
from sim.errors import SimError

NO_SCENE = "expected an arm in a scene, got one without: give it a `scene`"
HAND = ("palm", "fingers", "thumb")


class Stage:
    """Reads an arm that was made with a scene. Raises `SimError` for one without."""

    def __init__(self, arm: PhysicalArm) -> None:
        if arm.scene is None:
            raise SimError(NO_SCENE)
        self._arm, self._count = arm, len(arm.scene.loose)
        self._mujoco = load_mujoco()
        model = arm.model
        names = [model.body(index).name for index in range(model.nbody)]
        self._fingers = names.index("fingers")
        self._in_hand = np.array([name in HAND for name in names])
        # Every body of a thing belongs to it, as the second lever of a clothespin does.
        self._thing_of = [_thing_index(model, index) for index in range(model.nbody)]
        sites = {model.site(index).name for index in range(model.nsite)}
        self._jawed = [f"thing_{index}_jaw" in sites for index in range(self._count)]
        self._bodies = [int(model.body(f"thing_{index}").id) for index in range(self._count)]

    @property
    def tips_m(self) -> Point:
        """Where the tips of fingers and thumb meet: forward, to the left, above the ground."""
        return _point(self._arm.data.site("pinch").xpos)

    @property
    def arrived(self) -> bool:
        """Whether the carrier stands where it was to go."""
        carrier = self._carrier
        return bool(np.abs(carrier.goal_m - carrier.position_m).max() < 1e-3)

    def carry(self, tips_m: Point) -> None:
        """Let the wearer carry the arm, without turning it, to where the tips are at `tips_m` in today's posture."""
        carrier = self._carrier
        carrier.goal_m = carrier.position_m + np.array(tips_m) - np.array(self.tips_m)

    def things(self) -> Sequence[ThingState]:
        """Return the things of the scene, in its order, as they are now."""
        arm, on = self._arm, [set[str]() for _ in range(self._count)]
        fingers_n, others_n = [0.0] * self._count, [0.0] * self._count
        model, data, force = arm.model, arm.data, np.zeros(6)
        for index, geoms in enumerate(data.contact.geom.tolist()):
            bodies = [int(model.geom_bodyid[geom]) for geom in geoms]
            for mine, other, geom in ((bodies[0], bodies[1], geoms[1]), (bodies[1], bodies[0], geoms[0])):
                thing = self._thing_of[mine]
                if thing is None or self._thing_of[other] == thing:
                    continue
                if self._in_hand[other]:
                    self._mujoco.mj_contactForce(model, data, index, force)
                    (fingers_n if other == self._fingers else others_n)[thing] += float(force[0])
                else:
                    touched = self._thing_of[other]
                    on[thing].add(model.geom(geom).name if touched is None else f"thing_{touched}")
        return [
            ThingState(_point(data.xpos[body]), max(fingers, others), frozenset(names), self._jaws_m(index))
            for index, (body, fingers, others, names) in enumerate(
                zip(self._bodies, fingers_n, others_n, on, strict=True)
            )
        ]

    def _jaws_m(self, index: int) -> Point | None:
        if not self._jawed[index]:
            return None
        data = self._arm.data
        return _point((data.site(f"thing_{index}_jaw").xpos + data.site(f"thing_{index}_other_jaw").xpos) / 2)

    @property
    def _carrier(self) -> Carrier:
        if self._arm.carrier is None:
            raise SimError(NO_SCENE)
        return self._arm.carrier


def _thing_index(model: Any, body: int) -> int | None:
    root = model.body(int(model.body_rootid[body])).name
    return int(root.removeprefix("thing_")) if root.startswith("thing_") else None


def _point(xpos: Any) -> Point:
    x, y, z = xpos.tolist()
    return x, y, z
