"""The hand's MJCF. One motor closes four stiff fingers; the thumb comes towards them."""

from sim.arm.physics.table import HandTable

# The hand's own frame: fingers point to -z, the thumb's side is +x, the palm looks to +y. In metres, an adult's hand.
PALM_LENGTH_M = 0.09
FINGERS_X_M = (0.03, 0.01, -0.01, -0.03)
# Open, the tips are 0.13 m apart. With a thumb that goes 0.3 of the fingers' angle they meet at 1.4 rad, and lie
# parallel at 1.1 rad, with 2.5 cm between them.
FINGER_M = ((0.005, -0.045), (0.03, -0.075))
THUMB_BASE_M = (0.01, 0.02, -0.03)
THUMB_M = ((0.035, -0.024), (0.070, -0.003))
# Where a thing lies in the palm, and where the tips meet.
PALM_GRASP_M = (0.0, 0.038, -0.088)
TIP_GRASP_M = (0.01, 0.072, -0.081)
# The middle of a thing of 3 cm between the tips of fingers and thumb, when both begin to press on it.
PINCH_M = (0.010, 0.083, -0.080)
FINGER_JOINT, THUMB_JOINT = "hand", "thumb"
FINGER_TOUCH, THUMB_TOUCH = "fingers_touch", "thumb_touch"
# The share of the hand's mass in palm, fingers and thumb: the motor sits in the palm.
PALM_SHARE, FINGERS_SHARE, THUMB_SHARE = 0.7, 0.2, 0.1
# What touches things: rubber of a glove.
SKIN = 'contype="0" conaffinity="2" friction="1.2 0.02 0.002" solref="0.01 1" solimp="0.8 0.95 0.003"'


def hand_body(hand: HandTable, attach_m: float, min_rad: float, max_rad: float) -> str:
    """Return the hand as a body element, `attach_m` below its parent's origin."""
    fingers = "".join(_finger(x, hand.mass_kg * FINGERS_SHARE / len(FINGERS_X_M) / 2) for x in FINGERS_X_M)
    thumb_kg = hand.mass_kg * THUMB_SHARE / 2
    (near_y, near_z), (far_y, far_z) = THUMB_M
    return f"""
    <body name="palm" pos="0 0 {-attach_m}">
      <geom name="palm" type="box" size="0.042 0.013 {PALM_LENGTH_M / 2}" pos="0 0 {-PALM_LENGTH_M / 2}"
            mass="{hand.mass_kg * PALM_SHARE}" material="shell" {SKIN}/>
      <site name="palm_grasp" pos="{_text(PALM_GRASP_M)}" size="0.002" rgba="0 0 0 0"/>
      <site name="tip_grasp" pos="{_text(TIP_GRASP_M)}" size="0.002" rgba="0 0 0 0"/>
      <site name="pinch" pos="{_text(PINCH_M)}" size="0.002" rgba="0 0 0 0"/>
      <body name="fingers" pos="0 0 {-PALM_LENGTH_M}">
        <joint name="{FINGER_JOINT}" axis="1 0 0" range="{min_rad} {max_rad}"
               armature="{hand.drive.gear_inertia_kg_m2}"/>
        {fingers}
        <site name="{FINGER_TOUCH}" type="box" size="0.06 0.06 0.06" pos="0 0.015 -0.04" rgba="0 0 0 0"/>
      </body>
      <body name="thumb" pos="{_text(THUMB_BASE_M)}">
        <joint name="{THUMB_JOINT}" axis="-1 0 0" limited="false" armature="{hand.drive.gear_inertia_kg_m2}"/>
        <geom type="capsule" size="0.011" fromto="0 0 0 0 {near_y} {near_z}" mass="{thumb_kg}"
              material="rubber" {SKIN}/>
        <geom type="capsule" size="0.010" fromto="0 {near_y} {near_z} 0 {far_y} {far_z}" mass="{thumb_kg}"
              material="rubber" {SKIN}/>
        <site name="{THUMB_TOUCH}" type="box" size="0.06 0.06 0.06" pos="0 0.04 0" rgba="0 0 0 0"/>
      </body>
    </body>"""


def _finger(x_m: float, segment_kg: float) -> str:
    (near_y, near_z), (far_y, far_z) = FINGER_M
    return (
        f'<geom type="capsule" size="0.009" fromto="{x_m} 0 0 {x_m} {near_y} {near_z}" mass="{segment_kg}" '
        f'material="rubber" {SKIN}/>'
        f'<geom type="capsule" size="0.008" fromto="{x_m} {near_y} {near_z} {x_m} {far_y} {far_z}" mass="{segment_kg}" '
        f'material="rubber" {SKIN}/>'
    )


def _text(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)
