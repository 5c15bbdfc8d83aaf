"""An arm with mass: motors, gears, gravity and things to grip, stepped by MuJoCo behind the guard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from controller.arm_config import ArmConfig, JointConfig
from sim.arm.physics.battery import Battery
from sim.arm.physics.carrier import Carrier
from sim.arm.physics.drive import Drive
from sim.arm.physics.engine import load_mujoco
from sim.arm.physics.faults import ArmFaults
from sim.arm.physics.hand import FINGER_JOINT, THUMB_JOINT
from sim.arm.physics.mjcf import TIMESTEP_S, Carried, arm_mjcf, socket_quat
from sim.arm.physics.scene import Scene
from sim.arm.physics.table import PhysicalTable
from sim.arm.physics.things import Kind, Thing
from sim.errors import SimError

# A spring steps stably while stiffness times the step squared stays below its inertia, with a margin of four.
STIFFEST = 1.0


@dataclass(slots=True)
class PhysicalArm:
    """Satisfies `sim.arm.body.ArmBody`. Pure: time passes in `move`, and the same calls give the same bits.

    Whole steps of `TIMESTEP_S` are taken; what is left of `step_s` is kept for the next call. `load_nm` is what each
    gear presses on its joint with; `grip_force_n` the sum of the normal forces on the fingers or on the thumb,
    whichever is more. `faults` may be set at any time.

    Raises `SimError` where the table is not this arm's, or cannot be stepped.
    """

    arm: ArmConfig
    table: PhysicalTable
    things: Sequence[Thing] = ()
    seed: int = 0
    faults: ArmFaults = field(default_factory=ArmFaults)
    scene: Scene | None = None
    position_rad: dict[str, float] = field(init=False, default_factory=dict)
    velocity_rad_s: dict[str, float] = field(init=False, default_factory=dict)
    travel_rad: dict[str, float] = field(init=False, default_factory=dict)
    load_nm: dict[str, float] = field(init=False, default_factory=dict)
    grip_force_n: float | None = field(init=False, default=0.0)
    battery: Battery = field(init=False)
    drives: dict[str, Drive] = field(init=False)
    carrier: Carrier | None = field(init=False)
    model: Any = field(init=False)
    data: Any = field(init=False)
    _mujoco: Any = field(init=False)
    _noise: np.random.Generator = field(init=False)
    _qpos: list[int] = field(init=False)
    _qvel: list[int] = field(init=False)
    _rests: list[float] = field(init=False)
    _held: dict[int, Thing] = field(init=False)
    _slides: list[tuple[int, int]] = field(init=False)
    _left_s: float = 0.0

    def __post_init__(self) -> None:
        if differs := self.table.differs_from(self.arm):
            raise SimError(f"this physical table belongs to another arm: {differs}")
        self._mujoco = mujoco = load_mujoco()
        joints = {joint.name: joint for joint in self.arm.joints}
        names = list(self.table.drives)
        self._rests = [rest_rad(joints[name]) for name in names]
        bare = mujoco.MjModel.from_xml_string(arm_mjcf(self.arm, self.table))
        held = [f"thing_{index}" for index in range(len(self.things))]
        bodies = [self._place(bare, thing, name) for thing, name in zip(self.things, held, strict=True)]
        scene, fixed, carried = self.scene, "", None
        if scene is not None:
            if self.things:
                raise SimError("an arm has either things that somebody holds or a scene, not both")
            bodies, fixed = list(scene.loose), scene.fixed
            carried = self._carried(bare, scene)
        xml = arm_mjcf(self.arm, self.table, bodies, held, fixed, carried)
        self.model = mujoco.MjModel.from_xml_string(xml)
        self.data = mujoco.MjData(self.model)
        in_model = [self.model.joint(FINGER_JOINT if name == self.table.hand.joint else name).id for name in names]
        self._qpos = [int(self.model.jnt_qposadr[joint]) for joint in in_model]
        self._qvel = [int(self.model.jnt_dofadr[joint]) for joint in in_model]
        slides = [] if carried is None else [self.model.joint(f"carrier_{axis}") for axis in "xyz"]
        self._slides = [(int(joint.qposadr[0]), int(joint.dofadr[0])) for joint in slides]
        for name, dof in zip(names, self._qvel, strict=True):
            stiffness, inertia = self.table.drives[name].stiffness_nm_rad, float(self.model.dof_M0[dof])
            if stiffness * TIMESTEP_S**2 > STIFFEST * inertia:
                raise SimError(
                    f"the gear of '{name}' is too stiff to be stepped: expected stiffness_nm_rad of at most "
                    f"{STIFFEST * inertia / TIMESTEP_S**2:.4g} with what this joint moves, got {stiffness:g}"
                )
        self.reset()

    @property
    def posture_rad(self) -> dict[str, float]:
        """Where the joints truly are, whatever their encoders say."""
        return dict(zip(self.drives, self.data.qpos[self._qpos].tolist(), strict=True))

    def reset(self) -> None:
        """Begin again: the posture and things of the beginning, a full battery, the seed's noise. Faults stay."""
        self._mujoco.mj_resetData(self.model, self.data)
        self._noise = np.random.default_rng(self.seed)
        self.battery = Battery(self.table.battery)
        joints = {joint.name: joint for joint in self.arm.joints}
        self.drives = {
            name: Drive(drive, joints[name].min_rad, joints[name].max_rad, rest)
            for (name, drive), rest in zip(self.table.drives.items(), self._rests, strict=True)
        }
        self.carrier = None if self.scene is None else Carrier.at_rest()
        _pose(self.model, self.data, self.table, self._rests, self._qpos)
        self._mujoco.mj_forward(self.model, self.data)
        # The teeth lie against the weight from the beginning, so that nothing sags. The fingers' gear bears the thumb.
        thumb_nm = self.table.hand.thumb_share * float(self.data.qfrc_bias[self.model.joint(THUMB_JOINT).dofadr[0]])
        for (name, drive), dof in zip(self.drives.items(), self._qvel, strict=True):
            drive.take_up(float(self.data.qfrc_bias[dof]) + (thumb_nm if name == self.table.hand.joint else 0.0))
        self._held = {int(self.model.equality(f"thing_{index}").id): thing for index, thing in enumerate(self.things)}
        self._left_s = 0.0
        self.travel_rad = dict.fromkeys(self.drives, 0.0)
        self._sense()

    def move(self, velocity_rad_s: dict[str, float], step_s: float) -> None:
        """Let `step_s` pass with these velocities wanted of the motors, in rad/s; one that is no number is none."""
        drives, data = self.drives.values(), self.data
        lost = self.faults.link_lost
        wanted = [0.0 if lost else _finite(velocity_rad_s.get(name, 0.0)) for name in self.drives]
        for name, drive in self.drives.items():
            drive.stuck = name in self.faults.stuck
        steps = int((self._left_s + step_s) / TIMESTEP_S + 1e-9)
        self._left_s = max(self._left_s + step_s - steps * TIMESTEP_S, 0.0)
        position = data.qpos[self._qpos].tolist()
        load = data.actuator_force.tolist()
        for _ in range(steps):
            before, supply = position, self.battery.supply
            control = []
            for drive, want, torque, angle in zip(drives, wanted, load, position, strict=True):
                drive.turn(want, torque, supply, TIMESTEP_S)
                control.append(drive.gear_torque(angle) + drive.table.damping_nm_s_rad * drive.velocity_rad_s)
            self.battery.draw(sum([drive.current_a for drive in drives]), TIMESTEP_S)
            data.ctrl[:] = control
            if self.carrier is not None:
                self._carry(self.carrier)
            self._mujoco.mj_step(self.model, data)
            position, load = data.qpos[self._qpos].tolist(), data.actuator_force.tolist()
            for name, old, new in zip(self.drives, before, position, strict=True):
                self.travel_rad[name] += abs(new - old)
            if self._held:
                self._let_go()
        if steps:
            self._sense()

    def opened_rad(self, index: int) -> float:
        """Return how far the clothespin that is `things[index]` is open."""
        if self.things[index].kind is not Kind.CLOTHESPIN:
            raise ValueError(f"things[{index}] is a {self.things[index].kind}, not a clothespin")
        return float(self.data.joint(f"thing_{index}_hinge").qpos[0])

    def thing_position_m(self, index: int) -> tuple[float, float, float]:
        """Return where `things[index]` is: forward of the shoulder, to the left of it, above the floor."""
        x, y, z = self.data.body(f"thing_{index}").xpos.tolist()
        return x, y, z

    def _sense(self) -> None:
        """Read the sensors, as the faults let them be read."""
        if self.faults.link_lost:
            self.position_rad, self.velocity_rad_s, self.load_nm, self.grip_force_n = {}, {}, {}, None
            return
        data = self.data
        position = data.qpos[self._qpos]
        if self.faults.encoder_noise_rad > 0.0:
            position = position + self._noise.normal(0.0, self.faults.encoder_noise_rad, len(self._qpos))
        self.position_rad = dict(zip(self.drives, position.tolist(), strict=True))
        self.velocity_rad_s = dict(zip(self.drives, data.qvel[self._qvel].tolist(), strict=True))
        self.load_nm = dict(zip(self.drives, data.actuator_force.tolist(), strict=True))
        self.grip_force_n = self._grip_n()

    def _grip_n(self) -> float:
        fingers_n, thumb_n = self.data.sensordata.tolist()
        return float(max(fingers_n, thumb_n))

    def _carry(self, carrier: Carrier) -> None:
        # Where it has come to is set, too: its mass leaves some way of what it carries.
        position, velocity = [address for address, _ in self._slides], [address for _, address in self._slides]
        self.data.qpos[position] = carrier.position_m
        # What touches the arm from outside presses on all that carries it.
        carrier.step(TIMESTEP_S, self.data.qfrc_constraint[velocity])
        self.data.qvel[velocity] = carrier.velocity_m_s

    def _let_go(self) -> None:
        # Between two tips it is taken once both press; in the palm, once the fingers do.
        fingers_n, thumb_n = self.data.sensordata.tolist()
        for weld, thing in list(self._held.items()):
            if (fingers_n if thing.kind is Kind.CYLINDER else min(fingers_n, thumb_n)) >= thing.let_go_n:
                self.data.eq_active[weld] = 0
                del self._held[weld]

    def _place(self, bare: Any, thing: Thing, name: str) -> str:
        """Return the thing's body where the bare arm's hand is in its posture."""
        data = self._posed(bare, thing.posture_rad, f"a {thing.kind} is held")
        pos = " ".join(map(repr, data.site(thing.grasp_site).xpos.tolist()))
        return thing.body(name, pos, " ".join(map(repr, data.body("palm").xquat.tolist())))

    def _carried(self, bare: Any, scene: Scene) -> Carried:
        """Return how the socket begins, so that palm and tips are where the scene wants them in its posture."""
        mujoco, data = self._mujoco, self._posed(bare, scene.posture_rad, "the scene is met")
        back, turn, quat, reach = np.zeros(4), np.zeros(4), np.zeros(4), np.zeros(3)
        mujoco.mju_negQuat(back, data.body("palm").xquat)
        mujoco.mju_mulQuat(turn, np.array(scene.palm_quat), back)
        mujoco.mju_rotVecQuat(reach, data.site("pinch").xpos - data.body("socket").xpos, turn)
        mujoco.mju_mulQuat(quat, turn, np.array(socket_quat(self.table)))
        x, y, z = (np.array(scene.tips_m) - reach).tolist()
        w, i, j, k = quat.tolist()
        return Carried((x, y, z), (w, i, j, k))

    def _posed(self, bare: Any, posture_rad: Mapping[str, float], what: str) -> Any:
        if unknown := set(posture_rad) - set(self.table.drives):
            raise SimError(
                f"{what} in a posture of joints that the arm '{self.arm.name}' does not have: "
                f"{', '.join(sorted(unknown))}"
            )
        posture = [posture_rad.get(name, rest) for name, rest in zip(self.table.drives, self._rests, strict=True)]
        data = self._mujoco.MjData(bare)
        addresses = [
            int(bare.jnt_qposadr[bare.joint(FINGER_JOINT if name == self.table.hand.joint else name).id])
            for name in self.table.drives
        ]
        _pose(bare, data, self.table, posture, addresses)
        self._mujoco.mj_kinematics(bare, data)
        return data


def rest_rad(joint: JointConfig) -> float:
    """Return where a joint begins: where its file says, or the middle of its range."""
    return joint.rest_rad if joint.rest_rad is not None else (joint.min_rad + joint.max_rad) / 2


def _pose(model: Any, data: Any, table: PhysicalTable, posture: Sequence[float], addresses: Sequence[int]) -> None:
    data.qpos[list(addresses)] = posture
    thumb = int(model.jnt_qposadr[model.joint(THUMB_JOINT).id])
    data.qpos[thumb] = table.hand.thumb_share * posture[list(table.drives).index(table.hand.joint)]


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0
