from datetime import date, timedelta

import pytest

from clinic.home_log.tally import MOST_DAYS, MOST_MOTIONS, DayTally, Tally
from controller.safety.states import State
from tests.unit.clinic.home_log.reports import report, status

DAY = date(2026, 3, 28)


class Home:
    """A day on the wall, a clock of 20 Hz, and a tally."""

    def __init__(self) -> None:
        self.day = DAY
        self.now_s = 0.0
        self.tally = Tally(lambda: self.day)
        self.tally.hear_status(0.0, status(State.READY))

    def wear(self, seconds: float, state: State = State.ENGAGED, **other: object) -> None:
        for _ in range(round(seconds / 0.05)):
            self.now_s += 0.05
            self.tally.hear_signal(self.now_s, report(state=state, **other))  # type: ignore[arg-type]

    def of(self, day: date = DAY) -> DayTally:
        return self.tally.days.get(day, DayTally())


@pytest.fixture
def home() -> Home:
    return Home()


def test_seconds_worn_and_engaged(home: Home) -> None:
    home.wear(60.0, State.READY)
    home.wear(30.0)
    home.wear(10.0, level=(0.05, 0.05))
    home.wear(10.0, health=("lifted", "flat"))
    home.wear(10.0, level=(4000.0, 5000.0))
    day = home.of()
    assert day.seen_s == pytest.approx(120.0, abs=0.1)
    assert day.worn_s == pytest.approx(90.0, abs=0.1)
    assert day.engaged_s == pytest.approx(60.0, abs=0.1)


def test_half_of_the_electrodes_are_enough(home: Home) -> None:
    home.wear(10.0, health=("good", "lifted"))
    assert home.of().worn_s == pytest.approx(10.0, abs=0.1)


def test_nothing_is_counted_over_a_gap(home: Home) -> None:
    home.wear(1.0)
    home.now_s += 3600.0
    home.wear(1.0)
    assert home.of().seen_s == pytest.approx(1.9, abs=0.1)


def test_over_midnight_each_day_gets_its_own(home: Home) -> None:
    home.wear(10.0)
    home.day = DAY + timedelta(days=1)
    home.wear(5.0)
    assert home.of().worn_s == pytest.approx(10.0, abs=0.1)
    assert home.of(home.day).worn_s == pytest.approx(5.0, abs=0.1)


def test_a_clock_that_is_set_back_adds_to_the_day_it_says(home: Home) -> None:
    home.wear(10.0)
    home.day = DAY - timedelta(days=400)
    home.wear(5.0)
    home.day = DAY
    home.wear(5.0)
    assert home.of().worn_s == pytest.approx(15.0, abs=0.1)
    assert sum(day.worn_s for day in home.tally.days.values()) == pytest.approx(20.0, abs=0.1)


def test_a_clock_that_runs_wild_takes_no_more_memory(home: Home) -> None:
    for number in range(100):
        home.day = DAY + timedelta(days=number)
        home.wear(0.1)
    assert len(home.tally.days) == MOST_DAYS
    assert sum(day.seen_s for day in home.tally.days.values()) == pytest.approx(10.0, abs=0.1)


def test_names_without_end_take_no_more_memory(home: Home) -> None:
    for number in range(500):
        home.wear(0.05, shaped={f"j{number}": 0.5}, decided=f"m{number}")
    motions = home.of().motions
    assert len(motions) <= MOST_MOTIONS + 1
    assert sum(motion.begun for motion in motions.values()) == 500


def test_stops_and_faults_are_told_apart_and_once(home: Home) -> None:
    home.tally.hear_status(1.0, status(State.ENGAGED))
    for _ in range(3):
        home.tally.hear_status(2.0, status(State.FAULT, "stopped by Ines"))
    home.tally.hear_status(3.0, status(State.READY))
    home.tally.hear_status(4.0, status(State.FAULT, "newest sample is 600 ms old"))
    assert (home.of().stops, home.of().faults) == (1, 1)


def test_another_session_that_begins_in_fault_is_no_new_fault(home: Home) -> None:
    home.tally.hear_status(1.0, status(State.ENGAGED))
    home.tally.hear_status(2.0, status(State.FAULT, "starting", session="f" * 16))
    assert home.of().faults == 0


def test_a_stop_takes_the_motion_back(home: Home) -> None:
    home.tally.hear_status(0.0, status(State.ENGAGED))
    home.wear(0.5, shaped={"hand": 0.5}, decided="hand_close")
    home.tally.hear_status(home.now_s, status(State.FAULT, "stopped by the stop line: pressed"))
    motion = home.of().motions["hand_close"]
    assert (motion.begun, motion.taken_back) == (1, 1)


def test_what_could_not_be_written_is_kept(home: Home) -> None:
    home.wear(10.0, shaped={"hand": 0.5}, decided="hand_close")
    taken = home.tally.take()
    assert home.tally.days == {}
    home.wear(5.0)
    home.tally.put_back(taken)
    assert home.of().worn_s == pytest.approx(15.0, abs=0.1)
    assert home.of().motions["hand_close"].begun == 1
