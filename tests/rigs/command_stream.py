"""Whether commands went on undisturbed, counted in sequence numbers: a busy machine makes them late, not fewer."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from controller.contract.command import Command
from controller.safety.freshness import NS_PER_MS
from controller.safety.states import State
from tests.rigs.bystander import Wait, waited_ns

# Commands within which who moves to and fro (tests/pages/moving.py) is seen moving both ways: three seconds.
TO_AND_FRO = 300
# A sample is stale after 100 ms. Where device or controller were kept waiting for their turn for half of that, the
# machine had too much else to do, and the controller is right to hold; else it is our own fault.
LOOK_BACK_NS, KEPT_WAITING_NS = 120 * NS_PER_MS, 50 * NS_PER_MS


def missed(commands: Sequence[Command]) -> int:
    """Return how many commands did not come between the first and the last, of one session."""
    assert {command.session for command in commands} == {commands[0].session}
    return sum(after.seq - before.seq - 1 for before, after in pairwise(commands))


def assert_undisturbed(commands: Sequence[Command], joint: str, waits: Sequence[Wait]) -> None:
    """None missed; all engaged, so none on a sample older than the governor allows; and the joint goes to and fro.

    Held is excused where the machine kept device or controller waiting (`waits`).
    """
    assert len(commands) >= TO_AND_FRO
    assert missed(commands) == 0
    runs = [list(run) for _, run in groupby(commands, key=lambda command: command.state)]
    for index, run in enumerate(runs):
        state, since_ns = run[0].state, run[0].t_publish_ns
        if state is not State.ENGAGED:
            waited_ms = waited_ns(waits, since_ns - LOOK_BACK_NS, since_ns) / NS_PER_MS
            age_ms = (since_ns - run[0].t_sample_ns) / NS_PER_MS
            told = f"{state} on a sample {age_ms:.0f} ms old, of {waited_ms:.0f} ms that the machine let them wait"
            assert state is State.HOLDING, told
            assert waited_ms * NS_PER_MS >= KEPT_WAITING_NS, told
            continue
        moving = run[TO_AND_FRO:] if index else run  # who was held rests first, and then begins anew
        for first in range(0, len(moving) - TO_AND_FRO + 1, TO_AND_FRO):
            speeds = [command.velocity_rad_s[joint] for command in moving[first : first + TO_AND_FRO]]
            least, most = min(speeds), max(speeds)
            assert least < 0.0 < most, f"commands {first} to {first + TO_AND_FRO}: {least:.2f} to {most:.2f} rad/s"
