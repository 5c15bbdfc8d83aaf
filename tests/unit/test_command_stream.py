"""What tests of a moving arm take for undisturbed (`tests.rigs.command_stream`)."""

import math
import signal
import time
from collections.abc import Sequence

import pytest

from controller.contract.command import Command
from controller.safety.freshness import NS_PER_MS
from controller.safety.states import State
from tests.rigs.bystander import STALL_MS, Bystander
from tests.rigs.command_stream import TO_AND_FRO, assert_undisturbed

COUNT = 3 * TO_AND_FRO
PERIOD_NS = 10 * NS_PER_MS
HELD = range(400, 450)


def commands(held: Sequence[int] = (), still: Sequence[int] = (), absent: Sequence[int] = ()) -> list[Command]:
    """Nine seconds of an elbow that goes to and fro, but for some that are held or still, or did not come."""
    return [
        Command(
            session="0123456789abcdef",
            seq=seq,
            sample_index=10 * seq,
            t_sample_ns=seq * PERIOD_NS,
            t_publish_ns=seq * PERIOD_NS + NS_PER_MS,
            ttl_ms=100,
            state=State.HOLDING if seq in held else State.ENGAGED,
            velocity_rad_s={"elbow": 0.0 if seq in still or seq in held else math.sin(seq / 40)},
        )
        for seq in range(COUNT)
        if seq not in absent
    ]


def stall_before(seq: int) -> tuple[int, int]:
    return (seq - 10) * PERIOD_NS, seq * PERIOD_NS


def test_to_and_fro_is_undisturbed_and_so_is_a_hold_when_the_machine_stood_still() -> None:
    assert_undisturbed(commands(), "elbow", [])
    assert_undisturbed(commands(held=HELD), "elbow", [stall_before(HELD[0])])


@pytest.mark.parametrize(
    "disturbed",
    [
        commands(held=HELD),
        commands(held=range(200 + 21, 250)),
        commands(held=range(180, 185)),
        commands(absent=[77]),
        commands(still=range(300, 600)),
        commands(still=range(600, 900), held=range(200, 250)),
        commands()[: TO_AND_FRO - 1],
    ],
    ids=["held", "held too late", "held before", "missed", "still", "still after a hold", "ended"],
)
def test_what_is_disturbed(disturbed: list[Command]) -> None:
    with pytest.raises(AssertionError):
        assert_undisturbed(disturbed, "elbow", [stall_before(200)])


def test_a_bystander_tells_when_it_was_kept_waiting() -> None:
    began_ns = time.monotonic_ns()
    with Bystander() as bystander:
        time.sleep(0.5)  # until it has begun
        bystander.process.send_signal(signal.SIGSTOP)
        time.sleep(2 * STALL_MS / 1000)
        bystander.process.send_signal(signal.SIGCONT)
        time.sleep(0.2)
    assert any(ended_ns - started_ns >= STALL_MS * NS_PER_MS for started_ns, ended_ns in bystander.stalls)
    assert all(began_ns < started_ns < ended_ns < time.monotonic_ns() for started_ns, ended_ns in bystander.stalls)
