import pytest

from sim.arm.physics.faults import ArmFaults, parse_faults
from sim.errors import SimError

JOINTS = ("elbow", "hand")


def test_faults_add_up() -> None:
    assert parse_faults([], JOINTS) == ArmFaults()
    assert parse_faults(["stuck=elbow", "encoder_noise=0.01", "stuck=hand", "link_lost"], JOINTS) == ArmFaults(
        frozenset(JOINTS), 0.01, True
    )


@pytest.mark.parametrize(
    "word",
    ["", "stuck", "stuck=knee", "encoder_noise=", "encoder_noise=nan", "encoder_noise=-1", "link_lost=1", "on_fire"],
)
def test_what_is_no_fault_is_refused_with_what_there_is(word: str) -> None:
    with pytest.raises(SimError, match=rf"expected a fault of the arm, stuck=JOINT \(elbow, hand\).* got '{word}'"):
        parse_faults([word], JOINTS)
