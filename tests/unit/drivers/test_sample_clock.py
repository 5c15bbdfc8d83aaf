import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.sample_clock import CRYSTAL_OR_RESONATOR, RATE_ON_PAPER, SampleClock

MS = 1_000_000
SECOND = 1_000_000_000
Delay = Callable[[random.Random], float]


def small_delays(generator: random.Random) -> float:
    return generator.expovariate(1 / (0.3 * MS))


def usb_lumps(generator: random.Random) -> float:
    return generator.uniform(0, 16 * MS)


def errors_ms(
    rate_error: float,
    tolerance: float,
    delay: Delay,
    seconds: float,
    stall: tuple[float, float] = (0.0, 0.0),
    step_ms: int = 10,
) -> list[tuple[float, float]]:
    """(true time in s, how much too late the clock's answer is in ms), of a device that is `rate_error` too quick.

    The least delay of the line is 0; between `stall[0]` and `stall[1]` s nothing arrives.
    """
    generator = random.Random(1)  # noqa: S311 - play, no secret
    clock = SampleClock(MS, tolerance)
    found, before = [], 0.0
    for n in range(1, int(seconds * 1000 / step_ms)):
        ticks = n * step_ms
        taken_ns = ticks * MS / (1 + rate_error)
        arrival_ns = taken_ns + delay(generator)
        if stall[0] * SECOND <= arrival_ns < stall[1] * SECOND:
            arrival_ns = stall[1] * SECOND
        before = max(before, arrival_ns)
        found.append((taken_ns / SECOND, (clock.time_ns(ticks, int(before)) - taken_ns) / MS))
    return found


@pytest.mark.parametrize("rate_error", [0.0, 300e-6, -300e-6, 5e-3, -5e-3])
@pytest.mark.parametrize(("delay", "bound_ms"), [(small_delays, 2.5), (usb_lumps, 6.0)])
def test_the_devices_own_clock_is_followed_whatever_its_drift(rate_error: float, delay: Delay, bound_ms: float) -> None:
    found = errors_ms(rate_error, CRYSTAL_OR_RESONATOR, delay, 300, step_ms=20)
    assert all(-0.5 < error < bound_ms for _, error in found[1:])


@pytest.mark.parametrize("rate_error", [0.03, -0.03])
@pytest.mark.parametrize("delay", [small_delays, usb_lumps])
def test_a_rate_three_per_cent_off_does_not_age_the_samples(rate_error: float, delay: Delay) -> None:
    found = errors_ms(rate_error, RATE_ON_PAPER, delay, 300, step_ms=20)
    assert all(-2.0 < error < 12.0 for _, error in found[1:])
    assert all(-0.5 < error < 6.0 for at_s, error in found if at_s > 20)


def test_with_the_rate_known_samples_from_before_a_stall_show_their_age() -> None:
    # After two minutes nothing comes for two seconds; what was taken at its beginning arrives two seconds old.
    found = errors_ms(-0.03, RATE_ON_PAPER, small_delays, 125, stall=(120.0, 122.0))
    assert all(abs(error) < 4.0 for at_s, error in found if at_s > 119.0)


def test_a_delay_that_stays_is_forgotten_at_the_creep_and_no_faster() -> None:
    clock = SampleClock(MS, CRYSTAL_OR_RESONATOR)
    for n in range(0, 200_000, 100):
        clock.time_ns(n, n * MS)
    ages = [n * MS + 500 * MS - clock.time_ns(n, n * MS + 500 * MS) for n in range(200_000, 300_000, 100)]
    assert ages[0] == pytest.approx(500 * MS, rel=0.01)
    assert ages[99] > 480 * MS  # 10 s later


@settings(max_examples=100)
@given(
    steps=st.lists(st.tuples(st.integers(0, 5000), st.integers(-3000, 5000), st.integers(0, 100 * MS)), min_size=1),
    modulus=st.sampled_from([0, 1 << 16]),
)
def test_answers_never_pass_the_arrival_and_never_go_back(steps: list[tuple[int, int, int]], modulus: int) -> None:
    clock = SampleClock(MS, RATE_ON_PAPER, modulus)
    ticks, arrival_ns, before = 40_000, 0, 0
    for waited_ms, ahead, extra_ns in steps:
        ticks += ahead
        arrival_ns += waited_ms * MS + extra_ns
        answer = clock.time_ns(ticks % modulus if modulus else ticks, arrival_ns)
        assert before <= answer <= arrival_ns
        before = answer


@pytest.mark.parametrize("seed", range(10))
def test_a_device_that_changes_its_speed_all_the_time_never_makes_time_go_back(seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311 - play, no secret
    clock = SampleClock(MS, RATE_ON_PAPER)
    ticks, taken_ns, arrival_ns, before = 0, 0.0, 0.0, 0
    for _ in range(400):
        ahead = generator.choice([5, 10, 10, 50, 300, 1500])
        ticks += ahead
        taken_ns += ahead * MS * (1 + generator.choice([-0.04, 0, 0.04]))
        arrival_ns = max(arrival_ns, taken_ns + generator.choice([0, 1, 5, 20, 45]) * MS)
        answer = clock.time_ns(ticks, int(arrival_ns))
        assert before <= answer <= arrival_ns
        before = answer


def test_wrapping_ticks_change_nothing() -> None:
    wrapping, plain = SampleClock(1000.0, CRYSTAL_OR_RESONATOR, 1 << 32), SampleClock(1000.0, CRYSTAL_OR_RESONATOR)
    generator = random.Random(3)  # noqa: S311 - play, no secret
    start_us = (1 << 32) - 5_000_000
    for n in range(1000):
        ticks, arrival_ns = start_us + n * 10_000, n * 10 * MS + int(usb_lumps(generator))
        assert wrapping.time_ns(ticks % (1 << 32), arrival_ns) == plain.time_ns(ticks, arrival_ns)
    assert wrapping.steps_back == 0


def test_a_clock_that_is_set_back_starts_a_new_line() -> None:
    clock = SampleClock(MS, CRYSTAL_OR_RESONATOR)
    clock.time_ns(100_000, SECOND)
    assert clock.time_ns(5, 2 * SECOND) == 2 * SECOND
    assert clock.time_ns(1005, 3 * SECOND + 7 * MS) == pytest.approx(3 * SECOND, abs=11 * MS)
    assert clock.steps_back == 1


def test_a_leap_forward_costs_no_more_than_its_own_correction() -> None:
    clock = SampleClock(MS, CRYSTAL_OR_RESONATOR)
    clock.time_ns(0, SECOND)
    assert clock.time_ns(3_600_000, 2 * SECOND) == 2 * SECOND
    assert clock.time_ns(3_600_100, 2 * SECOND + 100 * MS) == 2 * SECOND + 100 * MS


@dataclass(frozen=True)
class Numbered:
    """A device that only numbers its samples, and the line it is heard over: all that may be wrong with both."""

    rate_hz: float
    per_packet: int
    rate_error: float  # as a part of `tolerance`
    tolerance: float
    lump_ms: float  # bytes arrive at multiples of it: 1 ms USB, 16 ms FTDI, more Bluetooth; 0 at once
    as_one: bool  # whether a lump is one block, or its packets come one by one at the same time
    lost: float  # how often up to half a second is lost
    stalled_s: float  # for so long nothing arrives, 10 s after the start; then all does
    modulus: int
    seed: int

    def arrivals(self, seconds: float) -> Iterator[tuple[int, float, int]]:
        """Yield number of the newest sample, when it was taken, and when it arrived, in ns."""
        generator = random.Random(self.seed)  # noqa: S311 - play, no secret
        period_ns = SECOND / self.rate_hz / (1 + self.rate_error * self.tolerance)
        lump_ns, number, held = self.lump_ms * MS, 0, (0, 0.0, 0)
        phase_ns = generator.uniform(0, lump_ns)
        while number * period_ns < seconds * SECOND:
            number += self.per_packet
            if generator.random() < self.lost:
                number += generator.randrange(1, int(self.rate_hz / 2))
            arrival_ns = number * period_ns + generator.expovariate(1 / (0.2 * MS))
            if 10 * SECOND <= arrival_ns < (10 + self.stalled_s) * SECOND:
                arrival_ns = (10 + self.stalled_s) * SECOND
            if lump_ns:
                arrival_ns = math.ceil((arrival_ns - phase_ns) / lump_ns) * lump_ns + phase_ns
            now = (number, number * period_ns, max(int(arrival_ns), held[2]))
            if not self.as_one or now[2] != held[2]:
                yield held
            held = now


@settings(max_examples=40)
@given(
    st.builds(
        Numbered,
        rate_hz=st.sampled_from([125.0, 250.0, 500.0, 1000.0, 4000.0, 10_000.0]),
        per_packet=st.sampled_from([1, 2, 10]),
        rate_error=st.floats(-1, 1),
        tolerance=st.sampled_from([CRYSTAL_OR_RESONATOR, RATE_ON_PAPER]),
        lump_ms=st.sampled_from([0.0, 1.0, 16.0, 33.0, 60.0]),
        as_one=st.booleans(),
        lost=st.sampled_from([0.0, 0.001, 0.01]),
        stalled_s=st.sampled_from([0.0, 0.3, 2.0]),
        modulus=st.sampled_from([0, 1 << 16, 1 << 32]),
        seed=st.integers(0, 1000),
    )
)
def test_a_device_that_only_numbers_its_samples_gets_true_times_over_any_line(device: Numbered) -> None:
    """Never from before they were taken; late by no more than what the quickest arrivals of the line leave open."""
    packets_per_s = device.rate_hz / device.per_packet
    device = replace(device, per_packet=device.per_packet * max(1, round(packets_per_s / 250)))  # for a quick test
    packet_ms = 1000 * device.per_packet / device.rate_hz
    # What the speed may be wrong by, over the longest time without a quick arrival ...
    silence_ms = packet_ms + device.lump_ms + (500 if device.lost else 0)
    # ... and after 10 s it is known to 0.5 %: so much of a stall's age is missing at its end.
    bound_ms = packet_ms + 2 * device.tolerance * silence_ms + 6.0 * device.stalled_s + 2.0
    clock = SampleClock(SECOND / device.rate_hz, device.tolerance, device.modulus)
    before_ns = 0
    for number, taken_ns, arrival_ns in device.arrivals(15.0):
        ticks = number % device.modulus if device.modulus else number
        answer_ns = clock.time_ns(ticks, arrival_ns)
        assert before_ns <= answer_ns <= arrival_ns
        assert -1.0 < (answer_ns - taken_ns) / MS < bound_ms
        before_ns = answer_ns
    assert clock.steps_back == 0
