import random

import pytest

from drivers.rate_watch import RateWatch


def watch(rate_hz: float, seconds: float, jitter_ms: float = 0.0, lost_at: int = -1, lost: int = 0) -> RateWatch:
    """Watch a stream that says 1000 Hz and takes samples at `rate_hz`, in pushes of ten."""
    generator = random.Random(4)  # noqa: S311 - play, no secret
    watched = RateWatch(1000.0)
    for push in range(round(seconds * rate_hz / 10)):
        taken = (push + 1) * 10 + (lost if 0 <= lost_at <= push else 0)
        watched.take(10, round((taken / rate_hz + generator.uniform(0, jitter_ms / 1e3)) * 1e9))
    return watched


@pytest.mark.parametrize("rate_hz", [800.0, 940.0, 1060.0, 1200.0])
def test_a_wrong_rate_is_told_within_five_seconds(rate_hz: float) -> None:
    assert watch(rate_hz, 3.0).wrong_hz == 0.0
    assert watch(rate_hz, 5.0).wrong_hz == pytest.approx(rate_hz, rel=0.01)


@pytest.mark.parametrize("rate_hz", [955.0, 1000.0, 1045.0])
def test_what_is_off_by_less_is_followed(rate_hz: float) -> None:
    watched = watch(rate_hz, 30.0)
    assert watched.wrong_hz == 0.0
    assert watched.measured_hz == pytest.approx(rate_hz, rel=0.002)


def test_jitter_losses_and_stalls_are_no_wrong_rate() -> None:
    assert watch(1000.0, 60.0, jitter_ms=100.0).wrong_hz == 0.0
    assert watch(1000.0, 4.9, lost_at=200, lost=700).wrong_hz == 0.0


def test_a_clock_that_is_set_back_begins_a_new_window() -> None:
    watched = RateWatch(1000.0)
    for at_s in (10.0, 10.5, 5.0, 5.5, 6.0):
        watched.take(500, round(at_s * 1e9))
    assert watched.measured_hz == pytest.approx(1000.0)
