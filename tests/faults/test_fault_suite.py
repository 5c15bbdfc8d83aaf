"""A part of `efferent faults` that is quick and stands for the rest; the whole is run by hand."""

import sys

import pytest

from cli.faults.runner import try_faults
from cli.faults.stage import Setup
from cli.faults.verb import BY_NAME

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


@pytest.mark.skipif(sys.platform != "linux", reason="faults are tried with what Linux has")
@pytest.mark.timeout(600)
async def test_faults_leave_no_motion_beyond_their_bound_and_are_recovered_from() -> None:
    outcomes = await try_faults([BY_NAME[name] for name in QUICK], Setup(), "embedded", lambda _: None)
    assert {outcome.fault.name: outcome.problems for outcome in outcomes} == {name: [] for name in QUICK}
    assert all(outcome.recovered and outcome.kept and not outcome.skipped for outcome in outcomes)
