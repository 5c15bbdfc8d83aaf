"""A part of `efferent faults` that is quick and stands for the rest; the whole is run by hand."""

import pytest

from cli.faults.runner import try_faults
from cli.faults.stage import Setup
from cli.faults.verb import BY_NAME
from sim.faults.fault import Bound, Fault, Recovery, nothing

# Not those that test_processes.py tries with bounds of its own.
QUICK = (
    "garbage-bytes",
    "duplicate-frames",
    "stall-then-burst",
    "railed-all",
    "mains-one",
    "half-open",
    "second-writer",
    "replayed-commands",
    "disk-full",
    "profile-truncated",
)
# The wearer contracts on, and the arm follows: a suite that calls this ok sees nothing.
NO_FAULT = Fault("no-fault", "nothing happens", Bound.TTL, Recovery.BY_ITSELF, nothing, nothing)


@pytest.mark.timeout(600)
async def test_faults_leave_no_motion_beyond_their_bound_and_are_recovered_from() -> None:
    faults = [*(BY_NAME[name] for name in QUICK), NO_FAULT]
    *outcomes, nothing_happened = await try_faults(faults, Setup(), "embedded", lambda _: None)
    assert {outcome.fault.name: outcome.problems for outcome in outcomes} == {name: [] for name in QUICK}
    assert all(outcome.recovered and outcome.kept and not outcome.skipped for outcome in outcomes)
    assert nothing_happened.problems
    assert "ms after the fault, bound 200 ms" in nothing_happened.problems[0]
