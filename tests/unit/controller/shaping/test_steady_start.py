"""What a beginning counts: time, however often somebody decides."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from controller.shaping.steady_start import MOST_HOPS, MOST_TIMES, SteadyStart

LENGTH = 20


def hops_until_begun(spacing: int) -> int:
    start, passed = SteadyStart(2, LENGTH), 0
    while passed < 10 * LENGTH:
        passed += spacing
        if start.only(1, clear=True, hops=spacing):
            return passed
    return passed


def test_who_decides_every_third_hop_begins_as_soon_in_time() -> None:
    assert hops_until_begun(1) == LENGTH + 1
    for spacing in range(2, MOST_HOPS + 1):
        # The first decision counts for itself alone: nobody knows what was meant before it.
        assert LENGTH + 1 <= hops_until_begun(spacing) <= LENGTH + 1 + 2 * spacing


def test_a_long_silence_counts_as_little_between_two_decisions_and_in_full_against_another_way() -> None:
    start = SteadyStart(3, LENGTH)
    assert not start.only(1, clear=True)
    assert not start.only(1, clear=True, hops=1_000)
    assert not start.only(1, clear=True, hops=LENGTH - 1 - MOST_HOPS)
    for _ in range(MOST_TIMES * LENGTH):
        start.only(1, clear=True)
    assert start.only(1, clear=False)
    start.only(2, clear=True, hops=MOST_TIMES * LENGTH)
    assert not start.only(1, clear=True)


@given(
    st.lists(st.tuples(st.sampled_from([-1, 0, 1]), st.booleans(), st.integers(1, 12)), max_size=60),
    st.integers(1, 30),
)
def test_deciding_less_often_never_begins_sooner(decisions: Sequence[tuple[int, bool, int]], length: int) -> None:
    """Beside one who decides the same on every hop, and so knows more."""
    seldom, always = SteadyStart(2, length), SteadyStart(2, length)
    for way, clear, hops in decisions:
        begun = seldom.only(way, clear=clear, hops=hops)
        each = [always.only(way, clear=clear) for _ in range(hops)]
        assert not begun or each[-1]
