"""What each key does, with a stage and a watcher that only write down."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.demo import interactive
from cli.demo.headless import MOTION_S, ORDER, REST_S
from cli.demo.interactive import ASK_AGAIN_S, HIGHEST_GAIN, KEY_EFFORT, Player
from cli.loopback import MOTIONS
from controller.contract.requests import Mode, ProfileState, ProfileValues
from controller.safety.states import State


@dataclass
class Stage:
    """Stands in for the processes."""

    told: list[str] = field(default_factory=list)

    def tell_emulator(self, line: str) -> None:
        self.told.append(line)


@dataclass
class Watcher:
    """Stands in for the MQTT client; `answers`: the controller takes each gain before the next key."""

    status: Any = None
    profile: ProfileState | None = None
    asked: list[Mode] = field(default_factory=list)
    gains: list[float] = field(default_factory=list)
    stops: int = 0
    answers: bool = True

    def ask(self, mode: Mode) -> None:
        self.asked.append(mode)

    def set_gain(self, gain: float) -> None:
        self.gains.append(gain)
        if self.answers:
            self.announce(gain)

    def announce(self, gain: float) -> None:
        self.profile = ProfileState(version=len(self.gains), author="demo", values=ProfileValues(gain={"hand": gain}))

    def stop(self) -> None:
        self.stops += 1


class Bench:
    """A player, what it reaches, and the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 1000.0
        self.stage, self.watcher = Stage(), Watcher()
        monkeypatch.setattr(interactive, "time", SimpleNamespace(monotonic=lambda: self.now_s))
        self.player = Player(cast("Any", self.stage), cast("Any", self.watcher))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.player.key(key)

    def state(self, state: State) -> None:
        self.watcher.status = SimpleNamespace(state=state)

    def frame(self, after_s: float = 1 / 12) -> None:
        self.now_s += after_s
        self.player.switch_on_when_ready()
        self.player.follow_script()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


@pytest.mark.parametrize(("key", "motion"), [(str(number), motion) for number, motion in enumerate(MOTIONS, 1)])
def test_a_number_means_its_motion_and_ends_the_script(bench: Bench, key: str, motion: str) -> None:
    bench.press(key)
    assert bench.stage.told == [f"intent {motion} {KEY_EFFORT}"]
    assert (bench.player.wanted, bench.player.effort, bench.player.by_itself) == (motion, KEY_EFFORT, False)


def test_zero_relaxes(bench: Bench) -> None:
    bench.press("1", "0")
    assert bench.stage.told[-1] == "intent rest 0.0"
    assert (bench.player.wanted, bench.player.effort) == ("rest", 0.0)


@pytest.mark.parametrize("key", ["7", "9", "²", "½", "x", "E", "\x1b", "\n", "\x00", "é", "🙂"])
def test_a_key_without_meaning_does_nothing(bench: Bench, key: str) -> None:
    bench.press(key)
    watcher, player = bench.watcher, bench.player
    assert (bench.stage.told, watcher.asked, watcher.gains, watcher.stops) == ([], [], [], 0)
    assert (player.by_itself, player.wants_on, player.quitting, player.plugged) == (True, True, False, True)


@pytest.mark.parametrize(
    ("keys", "gain"), [("+", 1.2), ("=", 1.2), ("-", 0.8), ("++-", 1.2), ("+" * 50, 3.0), ("-" * 50, 0.2)]
)
def test_plus_and_minus_change_the_gain_within_bounds(bench: Bench, keys: str, gain: float) -> None:
    bench.press(*keys)
    assert bench.watcher.gains[-1] == bench.player.gain == gain
    assert all(0.2 <= each <= HIGHEST_GAIN for each in bench.watcher.gains)


def test_the_gain_that_is_shown_is_the_one_in_force(bench: Bench) -> None:
    """Two quick presses are two changes against one version: the second is refused."""
    bench.watcher.answers = False
    bench.press("+", "+")
    bench.watcher.announce(1.2)
    bench.frame(after_s=1.0)
    assert bench.player.gain == 1.2


def test_u_unplugs_and_plugs_in_and_says_so(bench: Bench) -> None:
    bench.press("u")
    assert bench.stage.told == ["unplug"]
    assert "u puts it back" in bench.player.note
    bench.press("u")
    assert bench.stage.told == ["unplug", "plug"]
    assert bench.player.note == ""


def test_space_stops_and_is_not_undone_by_the_next_frame(bench: Bench) -> None:
    bench.press(" ")
    bench.state(State.FAULT)
    bench.frame()
    bench.state(State.READY)  # somebody else has cleared it
    bench.frame(1.0)
    assert bench.watcher.stops == 1
    assert bench.watcher.asked == []


def test_d_switches_off_and_it_stays_off(bench: Bench) -> None:
    bench.state(State.ENGAGED)
    bench.press("d")
    bench.state(State.READY)
    bench.frame(1.0)
    assert bench.watcher.asked == [Mode.DISENGAGE]


def test_e_after_a_stop_clears_relaxes_and_then_engages(bench: Bench) -> None:
    bench.press("2", " ")
    bench.state(State.FAULT)
    bench.press("e")
    assert bench.watcher.asked == [Mode.CLEAR]
    assert bench.stage.told[-1] == "intent rest 0.0"
    bench.state(State.IDLE)
    bench.frame()
    bench.state(State.READY)
    bench.frame()
    assert bench.watcher.asked == [Mode.CLEAR, Mode.ENGAGE]


def test_e_without_a_fault_clears_nothing(bench: Bench) -> None:
    bench.state(State.READY)
    bench.press("d", "e")
    assert bench.watcher.asked == [Mode.DISENGAGE]
    bench.frame()
    assert bench.watcher.asked == [Mode.DISENGAGE, Mode.ENGAGE]


def test_engaging_is_asked_for_again_until_the_muscles_have_relaxed(bench: Bench) -> None:
    bench.state(State.READY)
    bench.frame()
    bench.frame()
    assert bench.watcher.asked == [Mode.ENGAGE]
    bench.frame(ASK_AGAIN_S)
    assert bench.watcher.asked == [Mode.ENGAGE] * 2
    bench.state(State.ENGAGED)
    bench.frame(ASK_AGAIN_S)
    bench.state(State.READY)  # disengaged by somebody else
    bench.frame(ASK_AGAIN_S)
    assert bench.watcher.asked == [Mode.ENGAGE] * 2


@pytest.mark.parametrize("state", [State.IDLE, State.HOLDING, State.FAULT])
def test_nothing_is_asked_for_in_other_states(bench: Bench, state: State) -> None:
    bench.state(state)
    bench.frame(5.0)
    assert bench.watcher.asked == []


def test_before_anything_is_heard_nothing_is_asked_for(bench: Bench) -> None:
    bench.frame(5.0)
    bench.press("e", "+", "u")
    bench.frame(5.0)
    assert bench.watcher.asked == []


def test_the_script_plays_every_motion_with_rest_between_while_the_arm_is_on(bench: Bench) -> None:
    bench.state(State.READY)
    bench.frame()
    bench.state(State.ENGAGED)
    for _ in range(round(len(ORDER) * (MOTION_S + REST_S) / 0.1) + 10):
        bench.frame(0.1)
    wanted = [line.split()[1] for line in bench.stage.told]
    assert wanted[: 2 * len(ORDER)] == [each for motion in ORDER for each in (motion, "rest")]


@pytest.mark.parametrize("state", [State.HOLDING, State.FAULT, State.IDLE])
def test_the_script_rests_as_soon_as_the_arm_is_not_on(bench: Bench, state: State) -> None:
    bench.state(State.READY)
    bench.frame()
    bench.state(State.ENGAGED)
    bench.frame(REST_S + 0.5)
    assert bench.player.wanted == ORDER[0]
    bench.state(state)
    bench.frame()
    bench.frame()
    assert bench.stage.told[-1] == "intent rest 0.0"
    assert bench.player.wanted == "rest"
    bench.state(State.ENGAGED)
    bench.frame()
    assert bench.player.wanted == "rest"  # begins anew, with a rest


def test_a_gives_the_keys_back_to_the_script(bench: Bench) -> None:
    bench.state(State.ENGAGED)
    bench.press("1")
    bench.frame(10.0)
    assert bench.stage.told == [f"intent elbow_flexion {KEY_EFFORT}"]
    bench.press("a")
    bench.frame()
    assert bench.player.by_itself


def test_q_quits(bench: Bench) -> None:
    bench.press("q")
    assert bench.player.quitting
