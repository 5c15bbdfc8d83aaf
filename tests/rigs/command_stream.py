"""Whether commands went on undisturbed, counted in sequence numbers: a busy machine makes them late, not fewer."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from controller.contract.command import Command
from controller.safety.freshness import NS_PER_MS
from controller.safety.states import State
from tests.rigs.bystander import Stall

# Commands within which who moves to and fro (tests/pages/moving.py) is seen moving both ways: three seconds.
TO_AND_FRO = 300
# Where the machine stood still, the controller holds by the time that it has read what was late, or for another reason.
SOON_NS = 200 * NS_PER_MS


def missed(commands: Sequence[Command]) -> int:
    """Return how many commands did not come between the first and the last, of one session."""
    assert {command.session for command in commands} == {commands[0].session}
    return sum(after.seq - before.seq - 1 for before, after in pairwise(commands))


def assert_undisturbed(commands: Sequence[Command], joint: str, stalls: Sequence[Stall]) -> None:
    """None missed; all engaged, so none on a sample older than the governor allows; and the joint goes to and fro.

    Where a bystander was kept waiting too (`stalls`), the machine stood still, and the controller is right to hold.
    """
    assert len(commands) >= TO_AND_FRO
    assert missed(commands) == 0
    runs = [list(run) for _, run in groupby(commands, key=lambda command: command.state)]
    for index, run in enumerate(runs):
        state, since_ns = run[0].state, run[0].t_publish_ns
        if state is not State.ENGAGED:
            excused = any(began_ns < since_ns < ended_ns + SOON_NS for began_ns, ended_ns in stalls)
            age_ms = (since_ns - run[0].t_sample_ns) / NS_PER_MS
            told = f"{state} on a sample {age_ms:.0f} ms old; the machine stood: {stalls}"
            assert state is State.HOLDING, told
            assert excused, told
            continue
        moving = run[TO_AND_FRO:] if index else run  # who was held rests first, and then begins anew
        for first in range(0, len(moving) - TO_AND_FRO + 1, TO_AND_FRO):
            speeds = [command.velocity_rad_s[joint] for command in moving[first : first + TO_AND_FRO]]
            least, most = min(speeds), max(speeds)
            assert least < 0.0 < most, f"commands {first} to {first + TO_AND_FRO}: {least:.2f} to {most:.2f} rad/s"
