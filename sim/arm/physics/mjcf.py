"""An arm as MJCF, from its joints and its physical table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from controller.arm_config import ArmConfig
from sim.arm.physics.hand import FINGER_JOINT, FINGER_TOUCH, THUMB_JOINT, THUMB_TOUCH, hand_body
from sim.arm.physics.table import PhysicalTable, Turns

# Half of the control period of `sim.arm.node`; springs in the gears bound it (`sim.arm.physics.arm`).
TIMESTEP_S = 0.0025
SHOULDER_HEIGHT_M = 1.4
# An end stop brings a joint to rest within about four steps. In fewer, the jolt would be the step's and not the stop's.
STOP_S = 4 * TIMESTEP_S
# Links point to -z, the thumb's side is +x (forward on a hanging arm), the palm looks to +y (to the middle).
AXIS = {
    Turns.ELBOW_FLEXION: "0 -1 0",
    Turns.WRIST_FLEXION: "1 0 0",
    Turns.WRIST_DEVIATION: "0 -1 0",
    Turns.ROTATION: "0 0 -1",
}
# A forearm held forward is a hanging one, turned by a quarter about -y.
FORWARD = (math.sqrt(0.5), 0.0, -math.sqrt(0.5), 0.0)
# A carrier takes no force from what it carries: it is as heavy as nothing else here.
CARRIER_KG = 1e5


@dataclass(frozen=True, slots=True)
class Carried:
    """Where the socket is and how it is turned, before it is carried anywhere."""

    position_m: tuple[float, float, float]
    quat: tuple[float, float, float, float]


def socket_quat(table: PhysicalTable) -> tuple[float, float, float, float]:
    """Return how the socket is turned where nobody carries it."""
    return FORWARD if table.hangs == "forearm" else (1.0, 0.0, 0.0, 0.0)


def arm_mjcf(
    arm: ArmConfig,
    table: PhysicalTable,
    things: Sequence[str] = (),
    held: Sequence[str] = (),
    fixed: str = "",
    carried: Carried | None = None,
) -> str:
    """Return the model's XML. `things`: bodies beside the arm; `held`: names of those that are held until gripped.

    `fixed`: geoms that stand in the world. `carried`: where and how the socket begins, if somebody carries it.

    Joints have the names of the arm's file, but for the one of the fingers; so have the actuators, in the order of
    `table.drives`. Their control is the torque of the gear, less its damping, in N m.
    """
    ranges = {joint.name: (joint.min_rad, joint.max_rad) for joint in arm.joints}
    inner = hand_body(table.hand, table.links[-1].length_m, *ranges[table.hand.joint])
    for index, link in reversed(list(enumerate(table.links))):
        attach_m = table.links[index - 1].length_m if index else table.socket_length_m
        low, high = ranges[link.joint]
        inner = f"""
    <body name="{link.joint}" pos="0 0 {-attach_m}">
      <joint name="{link.joint}" axis="{AXIS[link.turns]}" range="{low} {high}"
             armature="{link.drive.gear_inertia_kg_m2}"/>
      <geom type="capsule" size="{link.radius_m}" fromto="0 0 0 0 0 {-link.length_m}" mass="{link.mass_kg}"
            material="shell" contype="0" conaffinity="0"/>{inner}
    </body>"""
    actuators = "".join(
        f'<general name="{name}" joint="{FINGER_JOINT if name == table.hand.joint else name}" gainprm="1" '
        f'biastype="affine" biasprm="0 0 {-drive.damping_nm_s_rad}"/>'
        for name, drive in table.drives.items()
    )
    welds = "".join(f'<weld name="{name}" body1="world" body2="{name}" solref="0.005 1"/>' for name in held)
    stands = Carried((0.0, 0.0, SHOULDER_HEIGHT_M), socket_quat(table)) if carried is None else carried
    slides = "".join(
        f'<joint name="carrier_{name}" type="slide" axis="{axis}" armature="{CARRIER_KG}"/>'
        for name, axis in (() if carried is None else (("x", "1 0 0"), ("y", "0 1 0"), ("z", "0 0 1")))
    )
    return f"""<mujoco model="{arm.name}">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="{TIMESTEP_S}" integrator="implicitfast" cone="elliptic" impratio="10" noslip_iterations="4"/>
  <default><joint solreflimit="{STOP_S} 1" solimplimit="0.95 0.99 0.001"/></default>
  <visual><headlight ambient="0.4 0.4 0.4"/><global offwidth="1920" offheight="1080" azimuth="120" elevation="-10"/>
    <quality shadowsize="2048"/></visual>
  <asset>
    <texture name="sky" type="skybox" builtin="gradient" rgb1="0.95 0.96 0.98" rgb2="0.75 0.8 0.88"
             width="64" height="64"/>
    <texture name="tiles" type="2d" builtin="checker" rgb1="0.85 0.85 0.85" rgb2="0.8 0.8 0.8" width="64" height="64"/>
    <material name="floor" texture="tiles" texrepeat="8 8"/>
    <material name="socket" rgba="0.75 0.62 0.53 1"/>
    <material name="shell" rgba="0.25 0.28 0.33 1"/>
    <material name="rubber" rgba="0.45 0.5 0.58 1"/>
    <material name="board" rgba="0.82 0.71 0.55 1"/>
    <material name="thing" rgba="0.85 0.45 0.15 1"/>
  </asset>
  <worldbody>
    <light pos="1 1 3" dir="-0.3 -0.3 -1"/>
    <geom name="floor" type="plane" size="2 2 0.1" material="floor" contype="0" conaffinity="2"/>
    {fixed}
    <body name="carrier">{slides}<body name="socket" pos="{_text(stands.position_m)}" quat="{_text(stands.quat)}">
      <geom type="capsule" size="{table.socket_radius_m}" fromto="0 0 0 0 0 {-table.socket_length_m}" mass="1"
            material="socket" contype="0" conaffinity="0"/>{inner}
    </body></body>
    {"".join(things)}
  </worldbody>
  <equality>
    <joint joint1="{THUMB_JOINT}" joint2="{FINGER_JOINT}" polycoef="0 {table.hand.thumb_share} 0 0 0" solref="0.005 1"/>
    {welds}
  </equality>
  <actuator>{actuators}</actuator>
  <sensor><touch site="{FINGER_TOUCH}"/><touch site="{THUMB_TOUCH}"/></sensor>
</mujoco>
"""


def _text(values: Sequence[float]) -> str:
    return " ".join(map(repr, values))
