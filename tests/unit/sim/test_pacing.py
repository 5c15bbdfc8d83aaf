import pytest

from sim.emulator.pacing import Pacing
from sim.errors import SimError

MS = 1_000_000


def play(pacing: Pacing, until_ns: int) -> list[tuple[int, int]]:
    """Wake exactly when asked to; return when and how many samples were due."""
    sent = []
    while (now_ns := pacing.next_ns()) <= until_ns:
        sent.append((now_ns, pacing.due(now_ns)))
    return sent


def test_a_sample_is_due_one_period_after_the_one_before() -> None:
    pacing = Pacing(1000.0)
    pacing.start(5 * MS)
    assert play(pacing, 9 * MS) == [(6 * MS, 1), (7 * MS, 1), (8 * MS, 1), (9 * MS, 1)]


def test_nothing_is_due_before_the_start_and_before_its_time() -> None:
    pacing = Pacing(1000.0)
    assert not pacing.started
    assert pacing.due(10**12) == 0
    pacing.start(0)
    assert pacing.due(MS - 1) == 0
    assert pacing.due(MS) == 1
    assert pacing.due(MS) == 0


def test_packets_leave_when_their_newest_sample_is_taken() -> None:
    pacing = Pacing(2000.0, samples_per_packet=20)
    pacing.start(0)
    assert play(pacing, 30 * MS) == [(10 * MS, 20), (20 * MS, 20), (30 * MS, 20)]


@pytest.mark.parametrize("rate_hz", [200.0, 333.333, 1000.0, 1259.259, 2048.0])
@pytest.mark.parametrize("samples_per_packet", [1, 7])
def test_a_day_of_samples_does_not_drift(rate_hz: float, samples_per_packet: int) -> None:
    pacing = Pacing(rate_hz, samples_per_packet)
    pacing.start(123_456_789)
    day_ns = 24 * 3600 * 10**9
    taken = pacing.due(123_456_789 + day_ns)
    assert taken == int(24 * 3600 * rate_hz) // samples_per_packet * samples_per_packet
    assert pacing.due(pacing.next_ns() - 1) == 0
    assert pacing.due(pacing.next_ns()) == samples_per_packet


def test_after_a_stall_all_that_is_due_leaves_at_once_and_the_schedule_stays() -> None:
    pacing = Pacing(1000.0, samples_per_packet=10)
    pacing.start(0)
    assert pacing.due(10 * MS) == 10
    assert pacing.due(57 * MS) == 40
    assert pacing.next_ns() == 60 * MS


def test_lateness_counts_what_came_a_millisecond_late() -> None:
    pacing = Pacing(1000.0)
    pacing.start(0)
    for now_ns in (MS, 2 * MS + 999_999, 4 * MS, 8 * MS):
        pacing.due(now_ns)
    assert (pacing.lateness.wakes, pacing.lateness.late_wakes) == (4, 2)
    assert pacing.lateness.worst_ns == 3 * MS


def test_lumps_leave_on_the_grid_of_the_host() -> None:
    pacing = Pacing(1000.0, samples_per_packet=3, lump_ms=16.0)
    pacing.start(0)
    assert play(pacing, 48 * MS) == [(16 * MS, 15), (32 * MS, 15), (48 * MS, 18)]


def test_lumps_can_begin_and_end_while_running() -> None:
    pacing = Pacing(1000.0)
    pacing.start(0)
    play(pacing, 3 * MS)
    pacing.set_lumps(10.0)
    assert play(pacing, 20 * MS) == [(10 * MS, 7), (20 * MS, 10)]
    pacing.set_lumps(0.0)
    assert play(pacing, 22 * MS) == [(21 * MS, 1), (22 * MS, 1)]


def test_jitter_delays_within_its_bound_loses_nothing_and_repeats_by_seed() -> None:
    runs = []
    for _ in range(2):
        pacing = Pacing(100.0, jitter_ms=4.0, seed=8)
        pacing.start(0)
        runs.append(play(pacing, 2000 * MS))
    assert runs[0] == runs[1]
    late_ms = [(now_ns - 10 * MS * (k + 1)) / MS for k, (now_ns, _due) in enumerate(runs[0])]
    assert all(due == 1 for _now, due in runs[0])
    assert min(late_ms) >= 0
    assert max(late_ms) <= 4
    assert max(late_ms[1:]) - min(late_ms[1:]) > 2
    assert pacing.lateness.worst_ns == 0, "what is asked for is not the emulator's own lateness"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples_per_packet": 0}, "1 to 255 samples, not 0"),
        ({"samples_per_packet": 256}, "not 256"),
        ({"lump_ms": -1.0}, "0 to 10000 ms long, not -1"),
        ({"jitter_ms": -1.0}, "jitter is 0 to 10000 ms, not -1"),
    ],
)
def test_an_impossible_schedule_is_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(SimError, match=message):
        Pacing(1000.0, **arguments)  # type: ignore[arg-type] # pytest's table holds different types


def test_another_rate_holds_from_its_moment_on() -> None:
    pacing = Pacing(1000.0)
    pacing.start(0)
    play(pacing, 10 * MS)
    pacing.set_rate(500.0, 10 * MS)
    assert play(pacing, 16 * MS) == [(12 * MS, 1), (14 * MS, 1), (16 * MS, 1)]


@pytest.mark.parametrize("rate_hz", [0.0, -5.0, 1e9, float("nan")])
def test_a_rate_that_no_device_has_is_refused(rate_hz: float) -> None:
    with pytest.raises(SimError, match="a rate is 1 to 100000 samples per second"):
        Pacing(1000.0).set_rate(rate_hz, 0)
