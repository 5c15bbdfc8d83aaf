"""Whether commands went on undisturbed, counted in sequence numbers: a busy machine makes them late, not fewer."""

import os
from collections.abc import Sequence
from itertools import pairwise

from controller.contract.command import Command
from controller.safety.states import State

# Commands within which who moves to and fro (tests/pages/moving.py) is seen moving both ways: three seconds.
TO_AND_FRO = 300
# Where so many programs wait for each core, the controller may find no turn for a tenth of a second, and holds. That is
# what it is to do, and nothing of what is tested.
OVERLOADED = 3.0 * (os.cpu_count() or 1)


def missed(commands: Sequence[Command]) -> int:
    """Return how many commands did not come between the first and the last, of one session."""
    assert {command.session for command in commands} == {commands[0].session}
    return sum(after.seq - before.seq - 1 for before, after in pairwise(commands))


def assert_undisturbed(commands: Sequence[Command], joint: str) -> None:
    """None missed; all engaged, so none on a sample older than the governor allows; and the joint goes to and fro."""
    assert len(commands) >= TO_AND_FRO
    assert missed(commands) == 0
    load = os.getloadavg()[0]
    if load > OVERLOADED:
        assert {command.state for command in commands} <= {State.ENGAGED, State.HOLDING}, f"load {load:.1f}"
        return
    assert {command.state for command in commands} == {State.ENGAGED}, f"load {load:.1f}"
    for first in range(0, len(commands) - TO_AND_FRO + 1, TO_AND_FRO):
        speeds = [command.velocity_rad_s[joint] for command in commands[first : first + TO_AND_FRO]]
        least, most = min(speeds), max(speeds)
        assert least < 0.0 < most, f"commands {first} to {first + TO_AND_FRO}: {least:.2f} to {most:.2f} rad/s"
