"""Things that a hand can take, as MJCF."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

THING = 'contype="2" conaffinity="2" friction="1 0.02 0.002" material="thing"'
# A wooden cube of the box and blocks test has sides of 2.5 cm (Mathiowetz 1985, Am J Occup Ther 39:386-391).
BLOCK_HALF_M = 0.0127
CYLINDER_RADIUS_M, CYLINDER_HALF_M = 0.0175, 0.06
# A clothespin as two levers: handles so far from the hinge, which opens so far.
HANDLE_M, LEVER_HALF_M = 0.03, 0.035
# From where the fingers press to the middle of the jaws.
JAWS_M = 0.055
OPENS_RAD = 0.5
# Levers weigh little and press hard: with the usual softness they would sink into whatever they hold. Faces, not
# points, lie on each other, so that they also hold against turning.
LEVER = (
    'contype="2" conaffinity="2" friction="1 0.005 0.001" material="thing" condim="4" priority="1" '
    'solref="0.005 1" solimp="0.98 0.99 0.001"'
)


class Kind(StrEnum):
    """What it is. A cylinder lies in the palm; a block and a clothespin are taken with the tips."""

    CYLINDER = "cylinder"
    BLOCK = "block"
    CLOTHESPIN = "clothespin"


USUAL_MASS_KG = {Kind.CYLINDER: 0.25, Kind.BLOCK: 0.02, Kind.CLOTHESPIN: 0.03}

GRASP_SITE = {Kind.CYLINDER: "palm_grasp", Kind.BLOCK: "tip_grasp", Kind.CLOTHESPIN: "pinch"}


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing that somebody holds where the hand is in `posture_rad` (joints not named: where the arm begins).

    They let go once it is gripped with `let_go_n`. `pinch_n`: of a clothespin, the force at the handles that opens it.
    """

    kind: Kind
    posture_rad: Mapping[str, float] = field(default_factory=dict)
    mass_kg: float | None = None
    let_go_n: float = 5.0
    pinch_n: float = 10.0

    @property
    def grasp_site(self) -> str:
        """Where in the hand it belongs."""
        return GRASP_SITE[self.kind]

    def body(self, name: str, pos: str, quat: str) -> str:
        """Return it as a body element with a free joint, in the hand's frame."""
        mass = USUAL_MASS_KG[self.kind] if self.mass_kg is None else self.mass_kg
        return (
            f'<body name="{name}" pos="{pos}" quat="{quat}"><freejoint name="{name}"/>{self._inner(name, mass)}</body>'
        )

    def _inner(self, name: str, mass_kg: float) -> str:
        if self.kind is Kind.CYLINDER:
            size = f"{CYLINDER_RADIUS_M} {CYLINDER_HALF_M}"
            return f'<geom type="cylinder" size="{size}" zaxis="1 0 0" mass="{mass_kg}" {THING}/>'
        if self.kind is Kind.BLOCK:
            return f'<geom type="box" size="{BLOCK_HALF_M} {BLOCK_HALF_M} {BLOCK_HALF_M}" mass="{mass_kg}" {THING}/>'
        # Stiff against its own weight and little else: what opens it is the spring's tension when it is closed.
        tension_nm = self.pinch_n * HANDLE_M
        stiffness = tension_nm / 2.0
        arm = f'type="box" size="0.006 {LEVER_HALF_M} 0.003" mass="{mass_kg / 2}" {LEVER}'
        return f"""
          <geom {arm} pos="0 {HANDLE_M} 0.012"/>
          <site name="{name}_jaw" pos="0 {JAWS_M} 0.009" size="0.001" rgba="0 0 0 0"/>
          <body name="{name}_lever" pos="0 {HANDLE_M} -0.012">
            <joint name="{name}_hinge" axis="-1 0 0" range="0 {OPENS_RAD}" stiffness="{stiffness}" springref="-2"
                   damping="0.001" armature="5e-5" solreflimit="0.005 1" solimplimit="0.98 0.99 0.001"/>
            <geom {arm}/>
            <site name="{name}_other_jaw" pos="0 {JAWS_M - HANDLE_M} 0.003" size="0.001" rgba="0 0 0 0"/>
          </body>"""
