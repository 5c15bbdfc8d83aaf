"""The check of what the arm accepted can fail, and fails where it should."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bench.latency import LatencyResult
from cli.bench.load import LoadResult, UnderLoad
from cli.bench.load_table import count_table, delay_table
from cli.bench.offers import COLUMNS, Log, OfferLog, Writes, judge, missed_before
from cli.bench.report import print_loaded
from cli.exit_codes import WELL, WENT_WRONG
from controller.contract.command import Command
from controller.safety.guard import Refusal
from controller.safety.states import State

MS = 1_000_000
NOW_NS = 5_000 * MS
NOTHING_WRITTEN = Writes(np.zeros((0, 2), np.int64))


def command(age_ms: float, index: int = 7, state: State = State.ENGAGED, ttl_ms: int = 200) -> Command:
    return Command(
        session="0123456789abcdef",
        seq=0,
        sample_index=index,
        t_sample_ns=0,
        t_publish_ns=NOW_NS - round(age_ms * MS),
        ttl_ms=ttl_ms,
        state=state,
        velocity_rad_s={},
    )


def logged(*offers: tuple[Command, Refusal | None], room: int = 10) -> Log:
    log = OfferLog(np.zeros((room, COLUMNS), np.int64))
    for offered, refusal in offers:
        log.take(offered, NOW_NS, refusal)
    return log.rows


def test_a_command_that_was_accepted_too_old_is_found() -> None:
    rows = logged((command(199.0), None), (command(200.5), None), (command(250.0), Refusal.TOO_OLD))
    ages = judge(rows, NOTHING_WRITTEN, 0, NOW_NS)
    assert (ages.accepted, ages.stale, ages.oldest_command_ms) == (2, 1, 200.5)


@given(st.floats(0.0, 400.0), st.integers(10, 1000))
def test_stale_is_what_is_older_than_its_own_ttl(age_ms: float, ttl_ms: int) -> None:
    one = command(age_ms, ttl_ms=ttl_ms)
    ages = judge(logged((one, None)), NOTHING_WRITTEN, 0, NOW_NS)
    assert ages.stale == (NOW_NS - one.t_publish_ns > ttl_ms * MS)


def test_the_oldest_sample_is_that_of_a_command_that_may_move() -> None:
    writes = Writes(np.array([[7, NOW_NS - 40 * MS], [8, NOW_NS - 90 * MS], [9, NOW_NS - 500 * MS], [0, 0]]))
    rows = logged(
        (command(1.0, 7), None),
        (command(1.0, 8), None),
        (command(1.0, 9, State.HOLDING), None),
        (command(1.0, 9), Refusal.TOO_OLD),
        (command(1.0, 10), None),  # nobody knows when that was written
    )
    assert judge(rows, writes, 0, NOW_NS).oldest_sample_ms == 40.0 + 50.0


def test_only_what_arrived_in_the_span_is_judged() -> None:
    rows = logged((command(300.0), None))
    assert judge(rows, NOTHING_WRITTEN, NOW_NS, NOW_NS + MS).accepted == 0
    assert judge(rows, NOTHING_WRITTEN, 0, NOW_NS - 1).accepted == 0
    assert judge(rows, NOTHING_WRITTEN, NOW_NS - 1, NOW_NS).stale == 1


def test_a_full_log_takes_no_more_and_breaks_nothing() -> None:
    rows = logged(*[(command(1.0), None)] * 3, room=2)
    assert judge(rows, NOTHING_WRITTEN, 0, NOW_NS).accepted == 2


def test_samples_that_nobody_counted_are_found_by_their_stamps() -> None:
    log = np.array([[index, NOW_NS + index * MS] for index in range(1000)] + [[0, 0]])
    # A stamp stands 5 µs before the write; each tenth was held up for 3 ms between stamp and write.
    stamped = [
        (index - 640, NOW_NS + index * MS - (3 * MS if index % 100 == 0 else 5_000)) for index in range(640, 1000, 10)
    ]
    assert missed_before(log, stamped) == 640
    assert Writes(log, 640).at_ns(10) == NOW_NS + 650 * MS
    assert missed_before(log, []) == 0
    assert missed_before(log, [(0, NOW_NS + 5000 * MS)]) == 0


PERCENTILES = {"p50": 0.5, "p99": 1.0, "p999": 2.0, "max": 3.0}
WELL_SPAN = UnderLoad(
    real_time=False,
    process=(),
    decisions=1000,
    ours_ms=PERCENTILES,
    to_socket_ms=PERCENTILES,
    bare_ms=PERCENTILES,
    cpu_percent=7.0,
    deadline_misses=3,
    skipped_hops=2,
    stale_events=0,
    faults=0,
    accepted=1100,
    refused={"too old": 4, "stopped": 0},
    stale_accepted=0,
    oldest_command_ms=150.0,
    oldest_sample_ms=250.0,
    oldest_sample_bound_ms=300.0,
    guard_agrees=True,
)
FIRST = LatencyResult("mosquitto", "serial", 10.0, 1000, PERCENTILES, PERCENTILES, 7.0, 190.0, 2.0, 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"deadline_misses": 900, "faults": 1, "oldest_command_ms": 199.9}, ""),  # late is no danger
        ({"stale_accepted": 1}, "older than their ttl"),
        ({"oldest_sample_ms": 300.1}, "a sample 300 ms old, bound 300 ms"),
        ({"guard_agrees": False}, "counts other commands"),
    ],
)
@pytest.mark.parametrize("which", ["usual", "real_time"])
def test_the_exit_code_and_a_sentence_tell_what_must_not_be(
    changes: dict[str, Any], words: str, which: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spans = {"usual": WELL_SPAN, "real_time": replace(WELL_SPAN, real_time=True)}
    spans[which] = replace(spans[which], **changes)
    code = print_loaded(LoadResult(FIRST, 2, spans["usual"], spans["real_time"], ""), as_json=True)
    said = capsys.readouterr()
    load = json.loads(said.out)["load"]
    if words:
        assert (code, len(load["problems"])) == (WENT_WRONG, 1)
        assert words in said.err
    else:
        assert (code, load["problems"], said.err) == (WELL, [], "")


def test_without_permission_there_is_one_span_and_the_reason() -> None:
    why = "real-time priority refused: Operation not permitted"
    result = LoadResult(FIRST, 2, WELL_SPAN, None, why)
    load = result.as_values()["load"]
    assert (load["real_time"], load["real_time_refused"]) == (None, why)
    assert delay_table(result).caption == why
    assert delay_table(result).row_count == 3
    assert len(count_table(result).columns) == 2


def test_a_priority_that_was_given_up_is_not_shown_as_one() -> None:
    names = [column.header for column in count_table(LoadResult(FIRST, 2, WELL_SPAN, WELL_SPAN, "")).columns]
    assert names == ["", "usual", "real-time at first"]


def test_the_files_of_device_and_arm_are_read_while_they_are_written(tmp_path: Path) -> None:
    ours = np.memmap(tmp_path / "offers", np.int64, "w+", shape=(4, COLUMNS))
    theirs = np.memmap(tmp_path / "offers", np.int64, "r+", shape=(4, COLUMNS))
    OfferLog(theirs).take(command(300.0), NOW_NS, None)
    assert judge(ours, NOTHING_WRITTEN, 0, NOW_NS).stale == 1
