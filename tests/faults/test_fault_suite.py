"""A part of `efferent faults` that is quick and stands for the rest; the whole is run by hand."""

import pytest

from cli.faults.runner import try_faults
from cli.faults.stage import Setup
from cli.faults.verb import BY_NAME
from sim.errors import NotPermittedError
from sim.faults.fault import Bound, Fault, Recovery, System, nothing

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
    "black-box-refused",
    "arm-paused",
    "stop-line-gone",
    "line-while-loop-hangs",
)
NOT_PERMITTED = "this machine does not permit it"


async def forbidden(system: System) -> None:
    raise NotPermittedError(NOT_PERMITTED)


# The wearer contracts on, and the arm follows: a suite that calls this ok sees nothing.
NO_FAULT = Fault("no-fault", "nothing happens", Bound.TTL, Recovery.BY_ITSELF, nothing, nothing)

NOT_TRIED = Fault("not-tried", "nothing can be done", Bound.TTL, Recovery.BY_ITSELF, forbidden, nothing)


@pytest.mark.timeout(600)
async def test_faults_leave_no_motion_beyond_their_bound_and_are_recovered_from() -> None:
    faults = [*(BY_NAME[name] for name in QUICK), NOT_TRIED, NO_FAULT]
    outcomes = await try_faults(faults, Setup(), "embedded", lambda _: None)
    not_tried, nothing_happened = (outcome for outcome in outcomes if outcome.fault in (NOT_TRIED, NO_FAULT))
    outcomes = [outcome for outcome in outcomes if outcome.fault.name in QUICK]
    assert {outcome.fault.name: outcome.problems for outcome in outcomes} == {name: [] for name in QUICK}
    # One contraction in all of them may need another: where a machine stalls at its very beginning. More is a defect.
    assert len(missed := [one for outcome in outcomes for one in outcome.not_followed]) <= 1, missed
    assert all(outcome.recovered and outcome.kept and not outcome.skipped for outcome in outcomes)
    assert (not_tried.skipped, not_tried.problems, not_tried.as_values()["ok"]) == (NOT_PERMITTED, [], None)
    assert nothing_happened.problems
    assert "ms after the fault, bound 200 ms" in nothing_happened.problems[0]
