import numpy as np
import pytest
from pydantic import TypeAdapter

from cli.simulate.faults import AnyFault, Story
from controller.config_file import load_arm
from sim.arm.physics.arm import PhysicalArm
from sim.arm.physics.faults import ArmFaults
from sim.arm.physics.file import load_physical, physical_file
from sim.errors import SimError
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import load_wearer
from tests.unit.cli.simulate.scenarios import CONFIGS

FAULT: TypeAdapter[AnyFault] = TypeAdapter(AnyFault)


def fault(kind: str, at_s: float, **said: object) -> AnyFault:
    return FAULT.validate_python({"kind": kind, "at_s": at_s, **said})


def signal() -> MuscleSignal:
    return MuscleSignal(load_wearer(CONFIGS / "wearers/transhumeral_six.toml"))


def arm() -> PhysicalArm:
    file = CONFIGS / "arms/transhumeral.toml"
    return PhysicalArm(load_arm(file), load_physical(physical_file(file)))


def test_a_lifted_site_hums_for_as_long_as_it_is_lifted() -> None:
    muscles = signal()
    story = Story([fault("site_lifted", 1.0, for_s=2.0, site="triceps, inner")], muscles, None)

    def loudest(time_s: float) -> int:
        story.pass_until(time_s)
        muscles.next(2000)
        return int(muscles.next(1000).std(axis=0).argmax())

    muscles.set_activations({"biceps, long head": 0.5})
    assert loudest(0.99) == 0
    assert loudest(1.0) == 1
    assert loudest(3.0) == 0


def test_what_ends_leaves_the_sites_where_they_were_and_the_arm_whole() -> None:
    shifted, never = signal(), signal()
    shifted.shift_sites(around_mm=5.0)
    never.shift_sites(around_mm=5.0)
    body = arm()
    story = Story(
        [
            fault("sites_shifted", 1.0, for_s=1.0, around_mm=10.0),
            fault("stuck_joint", 1.0, for_s=2.0, joint="elbow"),
            fault("encoder_noise", 1.5, for_s=0.5, rad=0.01),
            fault("link_lost", 2.5, for_s=1.0),
        ],
        shifted,
        body,
        (0.0, 5.0),
    )
    seen = []
    for time_s in (1.0, 1.5, 2.0, 2.5, 3.0, 3.5):
        story.pass_until(time_s)
        seen.append(body.faults)
    elbow = frozenset({"elbow"})
    assert seen == [
        ArmFaults(elbow),
        ArmFaults(elbow, 0.01),
        ArmFaults(elbow),
        ArmFaults(elbow, link_lost=True),
        ArmFaults(link_lost=True),
        ArmFaults(),
    ]
    for one in (shifted, never):
        one.set_activations({"biceps, long head": 0.5})
    assert np.array_equal(shifted.next(500), never.next(500))


def test_sweat_tiredness_postures_and_bumps_reach_the_muscles() -> None:
    muscles = signal()
    story = Story(
        [
            fault("sweat", 1.0, level=0.5),
            fault("fatigue", 1.0, level=0.7),
            fault("posture", 1.0, posture="raised"),
            fault("bump", 1.0),
        ],
        muscles,
        None,
    )
    quiet = muscles.next(300).std()
    story.pass_until(1.0)
    assert (muscles.fatigue == 0.7).all()
    assert muscles.next(300).std() > 3.0 * quiet


def test_an_arm_without_mass_has_no_faults() -> None:
    with pytest.raises(SimError, match="physics = true"):
        Story([fault("link_lost", 1.0)], signal(), None)
