"""Stepping down and up again, by counted work and no clock."""

from hypothesis import given
from hypothesis import strategies as st

from controller.overload import EASY_ENOUGH, HARD_TAKES, LATE_IN_A_ROW, STRIDES, Overload, Pace

HOP_NS = 10_000_000
LONGEST_NS = 60_000_000


def overload() -> Overload:
    return Overload(HOP_NS, LONGEST_NS)


def decisions(one: Overload, count: int, work_ns: int) -> list[Pace]:
    """Let hops come until so many decisions were made, each taking `work_ns`."""
    changes = []
    for _ in range(count):
        while not one.due():
            one.worked(0)
        if pace := one.decided(work_ns):
            changes.append(pace)
    return changes


def test_decisions_in_time_change_nothing() -> None:
    one = overload()
    assert decisions(one, 1000, HOP_NS) == []
    assert one.stride == 1


def test_one_late_decision_less_than_needed_changes_nothing_however_often() -> None:
    one = overload()
    for _ in range(50):
        assert decisions(one, LATE_IN_A_ROW - 1, 10 * HOP_NS) == []
        assert decisions(one, 1, HOP_NS) == []


def test_late_decisions_in_a_row_step_down_then_hold() -> None:
    one = overload()
    assert decisions(one, LATE_IN_A_ROW, 10 * HOP_NS) == [Pace.SLOWER]
    assert one.stride == 2
    assert decisions(one, LATE_IN_A_ROW, 10 * HOP_NS) == [Pace.SLOWER]
    assert one.stride == 4
    assert not one.holds
    assert decisions(one, LATE_IN_A_ROW, 10 * HOP_NS) == [Pace.HOLDS]
    assert one.holds
    assert decisions(one, 5 * LATE_IN_A_ROW, 10 * HOP_NS) == []
    assert one.holds


def test_a_pace_that_can_be_kept_is_kept() -> None:
    one = overload()
    decisions(one, LATE_IN_A_ROW, 15_000_000)
    assert decisions(one, 2000, 15_000_000) == []
    assert one.stride == 2


def test_it_comes_back_one_step_at_a_time() -> None:
    one = overload()
    decisions(one, 3 * LATE_IN_A_ROW, 10 * HOP_NS)
    assert decisions(one, EASY_ENOUGH - 1, 0) == []
    assert decisions(one, 1, 0) == [Pace.RESUMES]
    assert one.stride == 4
    assert decisions(one, 2 * EASY_ENOUGH, 0) == [Pace.FASTER, Pace.FASTER]
    assert one.stride == 1
    assert decisions(one, 2 * EASY_ENOUGH, 0) == []


def test_it_comes_back_although_one_decision_in_a_hundred_is_interrupted() -> None:
    one = overload()
    decisions(one, LATE_IN_A_ROW, 15_000_000)
    changes = [pace for _ in range(4) for pace in decisions(one, 99, 100_000) + decisions(one, 1, 6_000_000)]
    assert changes == [Pace.FASTER]
    assert one.stride == 1


def test_it_does_not_try_again_where_one_decision_in_twenty_is_hard() -> None:
    one = overload()
    decisions(one, LATE_IN_A_ROW, 15_000_000)
    for _ in range(500):
        assert decisions(one, HARD_TAKES - 1, 100_000) + decisions(one, 1, 6_000_000) == []
    assert one.stride == 2


def test_work_on_hops_without_a_decision_counts() -> None:
    one = overload()
    decisions(one, LATE_IN_A_ROW, 15_000_000)
    changes = []
    for _ in range(LATE_IN_A_ROW):
        assert not one.due()
        one.worked(15_000_000)
        assert one.due()
        changes.append(one.decided(5_000_001))
    assert changes[-1] is Pace.SLOWER


def test_hops_that_come_together_because_the_one_before_took_long_give_no_more_time() -> None:
    one = overload()
    for _ in range(LATE_IN_A_ROW):
        one.due()
        one.due()
        one.decided(15_000_000)
    assert one.stride == 2


def test_no_stride_lets_the_input_grow_old() -> None:
    long_hop = Overload(25_000_000, LONGEST_NS)
    decisions(long_hop, LATE_IN_A_ROW, 1_000_000_000)
    assert long_hop.stride == 2
    assert decisions(long_hop, LATE_IN_A_ROW, 1_000_000_000) == [Pace.HOLDS]
    longest = Overload(100_000_000, LONGEST_NS)
    assert decisions(longest, LATE_IN_A_ROW, 1_000_000_000) == [Pace.HOLDS]
    assert longest.stride == 1


def test_a_new_stream_starts_its_counts_and_keeps_the_pace() -> None:
    one = overload()
    decisions(one, LATE_IN_A_ROW, 10 * HOP_NS)
    decisions(one, LATE_IN_A_ROW - 1, 10 * HOP_NS)
    one.due()
    one.restart()
    assert not one.due()
    assert one.due()
    assert one.decided(10 * HOP_NS) is None
    assert one.stride == 2


@given(st.lists(st.integers(0, 200_000_000), max_size=2000))
def test_whatever_comes_the_next_decision_is_at_most_a_stride_away(works: list[int]) -> None:
    one = overload()
    for work_ns in works:
        hops = 1
        while not one.due():
            hops += 1
        assert hops == one.stride
        assert one.stride in STRIDES
        assert one.stride * HOP_NS <= LONGEST_NS
        one.decided(work_ns)
        assert not one.holds or one.stride == STRIDES[-1]
