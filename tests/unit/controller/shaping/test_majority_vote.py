from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.shaping.majority_vote import MajorityVote

REST = 0
DECISIONS = st.lists(st.integers(-1, 3), max_size=30)


def play(decisions: list[int], length: int) -> list[int]:
    vote = MajorityVote(length, 4, REST)
    return [vote.vote(decision) for decision in decisions]


def test_a_stray_decision_is_outvoted_and_a_change_is_seen_after_the_stated_delay() -> None:
    voted = play([1, 1, 1, 1, 1, 2, 1, 2, 2, 2, 2, 2], 5)
    assert voted == [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]
    steady = play([1] * 5 + [2] * 5, 5)
    assert steady.index(2) == 5 + MajorityVote(5, 4, REST).delay_decisions


def test_rest_wins_at_once_and_what_was_before_counts_no_more() -> None:
    assert play([1, 1, 1, 1, 1, REST, 2], 5) == [1, 1, 1, 1, 1, REST, 2]


def test_rejected_decisions_count_for_nobody() -> None:
    assert play([-1, -1, 2, -1, -1, -1, -1, -1], 5) == [-1, -1, 2, 2, 2, 2, 2, -1]


@given(DECISIONS)
def test_a_vote_of_one_is_no_vote(decisions: list[int]) -> None:
    assert play(decisions, 1) == decisions


@given(DECISIONS, st.sampled_from([3, 5, 7]))
def test_equals_the_definition(decisions: list[int], length: int) -> None:
    for end, voted in enumerate(play(decisions, length), start=1):
        since = max((index + 1 for index, one in enumerate(decisions[:end]) if one == REST), default=0)
        last = [one for one in decisions[max(since, end - length) : end] if one >= 0]
        if decisions[end - 1] == REST:
            assert voted == REST
        elif not last:
            assert voted == -1
        else:
            counts = Counter(last)
            assert counts[voted] == max(counts.values())
            assert voted == next(one for one in reversed(last) if counts[one] == counts[voted])


def test_a_reset_forgets_and_an_even_vote_is_refused() -> None:
    vote = MajorityVote(3, 4, REST)
    vote.vote(1)
    vote.vote(1)
    vote.reset()
    assert vote.vote(2) == 2
    with pytest.raises(ValueError, match="odd number"):
        MajorityVote(4, 4, REST)
