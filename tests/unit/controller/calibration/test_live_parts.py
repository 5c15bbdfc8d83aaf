"""The parts of a calibration beside a running controller, without a broker or a process."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from controller.calibration.batch import stream_decisions
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.live_recording import LiveRecording
from controller.calibration.live_refusals import RECORDS, why_not
from controller.calibration.live_states import TABLE, Turn
from controller.calibration.model_swap import load_previous, previous_of, put_on_disk, settle_recording
from controller.calibration.prompts import prompt_schedule, redo_schedule
from controller.calibration.shadow import Shadow
from controller.calibration.trial_score_words import REMARKS
from controller.contract.calibration import (
    MOST_WITH_RESTS,
    TAKE_POSITION,
    CalibrationRequest,
    CalibrationState,
    TrialReport,
)
from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.message import MAX_PAYLOAD_BYTES
from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.emg.hop_buffer import HopBuffer
from controller.errors import CalibrationError, ModelError
from controller.safety.states import State
from controller.step import ControlStep, control_step
from drivers.chunk import Chunk
from drivers.source import StreamInfo
from tests.unit.controller.streams import labelled_noise

SECOND_NS = 1_000_000_000
INFO = StreamInfo("test", 4, 1000.0)
MOTIONS = ("hand_close", "hand_open")
SCHEDULE = prompt_schedule(MOTIONS, 1, 3.0, 2.0)


@pytest.fixture(scope="module")
def model() -> Model:
    return fit_model(labelled_noise(), FitSettings(settle_ms=250.0), "noise")


def step_of(model: Model) -> ControlStep:
    return control_step(model, np.eye(3), [1.0] * 3, 0.6, 300.0)


# states


def test_every_phase_but_the_last_step_can_be_cancelled() -> None:
    assert {phase for phase, action in TABLE if action is Action.CANCEL} == set(Phase) - {Phase.IDLE, Phase.SWAPPING}


def test_what_takes_time_ends_in_one_way() -> None:
    turns = {phase: turn for (phase, turn), _ in TABLE.items() if isinstance(turn, Turn)}
    assert turns == {
        Phase.RECORDING: Turn.RECORDED,
        Phase.SCORING: Turn.SCORED,
        Phase.FITTING: Turn.FITTED,
        Phase.SWAPPING: Turn.SWAPPED,
    }


def test_a_model_comes_into_force_only_out_of_the_shadow_or_from_the_disk() -> None:
    assert {pair for pair, following in TABLE.items() if following is Phase.SWAPPING} == {
        (Phase.SHADOW, Action.SWAP),
        (Phase.IDLE, Action.BACK),
    }


# refusals


def asked(action: Action, phase: Phase = Phase.IDLE, control: State = State.READY, **more: object) -> str:
    report = TrialReport(
        trial="hand_close:1",
        verdict="redo",
        sentence="",
        onset_s=None,
        signal_to_noise_db=0.0,
        effort_range=1.0,
        recognised=0.0,
    )
    stands = CalibrationState(session="0" * 16, phase=phase, trials=(report,))
    request = CalibrationRequest.model_validate({"action": action, "by": "test", **more})
    return why_not(request, stands, control, INFO, MOTIONS, SCHEDULE)


def test_what_the_table_allows_is_done_in_ready_and_everything_else_refused() -> None:
    for phase, action in itertools.product(Phase, Action):
        said = asked(action, phase, trials=("hand_close:1",))
        assert (said == "") is ((phase, action) in TABLE), (phase, action, said)


@pytest.mark.parametrize("control", [State.ENGAGED, State.HOLDING, State.FAULT])
def test_nothing_is_recorded_unless_nothing_can_move(control: State) -> None:
    for phase, action in TABLE:
        if isinstance(action, Action):
            refused = "nothing may move" in asked(action, phase, control, trials=("hand_close:1",))
            assert refused is (action in RECORDS)


def test_trials_and_motions_that_are_not_there_are_named() -> None:
    assert "not hand_open:3" in asked(Action.REDO, Phase.RECORDED, trials=("hand_open:3",))
    assert asked(Action.DELETE, Phase.RECORDED) == "name trials of hand_close:1"
    assert "no motion juggle" in asked(Action.ADD, motions=("juggle",))
    assert "needs all motions" in asked(Action.START, motions=("hand_close",))
    request = CalibrationRequest(action=Action.ADD, by="test")
    idle = CalibrationState(session="0" * 16)
    assert why_not(request, idle, State.READY, None, MOTIONS, SCHEDULE) == "no device is open"
    assert "no motion" in why_not(request, idle, State.READY, INFO, MOTIONS, prompt_schedule([], 1, 1.0, 1.0))
    many = prompt_schedule(MOTIONS, 61, 1.0, 1.0)
    assert "at most 120" in why_not(request, idle, State.READY, INFO, MOTIONS, many)
    rests = prompt_schedule(MOTIONS[:1], 20, 1.0, 1.0, ("down", "forward", "up", "left", "right"))
    assert "200 trials with their rests" in why_not(request, idle, State.READY, INFO, MOTIONS, rests)
    wide = replace(INFO, channel_count=256, rate_hz=20_000.0)
    assert "too much; ask for less" in why_not(request, idle, State.READY, wide, MOTIONS, SCHEDULE)


def test_the_longest_session_fits_in_a_message() -> None:
    name = "m" * 32
    words = REMARKS["too_alike"].format(value=1.0, like=name)
    trial = TrialReport(
        trial=f"{name}:120",
        verdict="usable",
        sentence=f"{name}, trial 120: {words}.",
        onset_s=-1.123,
        signal_to_noise_db=-18.123,
        effort_range=12.123,
        recognised=0.123,
        position=name,
        why="too_restless",
        value=10.123,
        like=name,
    )
    state = CalibrationState(session="0" * 16, trials=(trial,) * MOST_WITH_RESTS, trained_on="x" * 2000, what="x" * 300)
    assert len(state.encode()) < MAX_PAYLOAD_BYTES


# positions


def test_positions_are_taken_once_each_and_again_for_what_is_redone() -> None:
    schedule = prompt_schedule(MOTIONS, 2, 3.0, 2.0, ("down", "up"))
    assert [prompt.repetition for prompt in schedule if prompt.class_name == "hand_open"] == [1, 2, 3, 4]
    taken = [(prompt.repetition, prompt.position) for prompt in schedule if prompt.class_name == TAKE_POSITION]
    assert taken == [(1, "down"), (3, "up")]
    assert {prompt.position for prompt in schedule if prompt.repetition > 2} == {"up"}
    assert all(one.end_s == other.start_s for one, other in itertools.pairwise(schedule))
    again = redo_schedule(
        [("hand_open", 4), ("hand_close", 3), ("hand_open", 1)], 3.0, 2.0, {1: "down", 3: "up", 4: "up"}
    )
    assert [(prompt.class_name, prompt.position) for prompt in again if prompt.class_name != "rest"] == [
        (TAKE_POSITION, "up"),
        ("hand_open", "up"),
        ("hand_close", "up"),
        (TAKE_POSITION, "down"),
        ("hand_open", "down"),
    ]


def test_a_trial_is_over_when_its_samples_are_there_not_when_the_clock_says_so() -> None:
    recording = LiveRecording(INFO, SCHEDULE, SECOND_NS)
    assert recording.over() == []
    recording.take(Chunk(np.zeros((10, 4)), 5 * SECOND_NS + SECOND_NS - 1, 0))
    assert recording.over() == []
    recording.take(Chunk(np.zeros((10, 4)), 6 * SECOND_NS, 10))
    assert [prompt.class_name for prompt in recording.over()] == ["rest", "hand_close"]
    recording.take(Chunk(np.zeros((10, 4)), 9 * SECOND_NS, 20))  # in the rest that follows
    assert len(recording.over()) == 2


# recording


def test_prompts_go_by_the_clock_and_the_last_one_ends_it() -> None:
    begin_ns = 5 * SECOND_NS
    recording = LiveRecording(INFO, SCHEDULE, begin_ns)
    first = recording.prompt(begin_ns)
    assert (first.motion, first.lasts_s, first.left_s, first.following) == ("rest", 2.0, 2.0, "hand_close")
    second = recording.prompt(begin_ns + 3 * SECOND_NS)
    assert (second.motion, second.left_s, second.following) == ("hand_close", 2.0, "rest")
    last = recording.prompt(begin_ns + 60 * SECOND_NS)
    assert (last.motion, last.left_s, last.following) == ("rest", 0.0, "")
    assert recording.left_s(begin_ns) == recording.length_s == 12.0
    samples = np.zeros((10, 4))
    assert not recording.take(Chunk(samples, begin_ns + 11 * SECOND_NS, 0))
    assert recording.take(Chunk(samples, begin_ns + 12 * SECOND_NS, 10))
    assert recording.chunks[0].samples is samples  # never copied


def test_a_device_is_silent_after_two_seconds_without_a_chunk() -> None:
    recording = LiveRecording(INFO, SCHEDULE, SECOND_NS)
    assert not recording.silent(2 * SECOND_NS)
    assert recording.silent(3 * SECOND_NS + 1)
    recording.take(Chunk(np.zeros((1, 4)), 3 * SECOND_NS, 0))
    assert not recording.silent(4 * SECOND_NS)


def test_redone_trials_keep_their_numbers_and_begin_and_end_with_rest() -> None:
    schedule = redo_schedule([("hand_open", 3), ("rest", 2), ("hand_close", 1)], 3.0, 2.0)
    assert [(prompt.class_name, prompt.repetition) for prompt in schedule] == [
        ("rest", 3),
        ("hand_open", 3),
        ("rest", 2),
        ("rest", 1),
        ("hand_close", 1),
        ("rest", 1),
    ]
    assert all(one.end_s == other.start_s for one, other in itertools.pairwise(schedule))


# shadow


def test_a_shadow_decides_as_the_model_would_alone_and_leaves_the_running_one_alone(model: Model) -> None:
    stream = labelled_noise(seed=9, trials=1)
    running, shadow = step_of(model), Shadow(model, step_of(model), model.facts.class_names)
    buffer, scores = HopBuffer(running.path.features.hop_samples, 4, 1000.0), []
    for hop in buffer.hops(Chunk(stream.samples, 0, 0)):
        decided = running.decide(hop)
        running.learn()
        if decided.intent is not None:
            scores.append(decided.intent.scores.copy())
        shadow.follow(hop, decided)
    assert (np.array(scores) == stream_decisions(step_of(model), stream).scores).all()
    assert shadow.ready
    assert shadow.agreed == shadow.decisions == len(scores)
    assert shadow.cost_ns > 0
    shadow.reset()
    assert not shadow.ready


def test_a_shadow_that_means_something_else_does_not_agree(model: Model) -> None:
    swapped = replace(model, facts=model.facts.model_copy(update={"class_names": ("rest", "hand_open", "hand_close")}))
    running, shadow = step_of(model), Shadow(swapped, step_of(swapped), model.facts.class_names)
    stream = labelled_noise(seed=9, trials=2)
    for hop in HopBuffer(running.path.features.hop_samples, 4, 1000.0).hops(Chunk(stream.samples, 0, 0)):
        shadow.follow(hop, running.decide(hop))
    assert 0.3 < shadow.agreed / shadow.decisions < 0.7  # rest, half of the time


def test_where_two_models_differ_is_told_largest_first(model: Model) -> None:
    swapped = replace(model, facts=model.facts.model_copy(update={"class_names": ("rest", "hand_open", "hand_close")}))
    running, shadow = step_of(model), Shadow(swapped, step_of(swapped), model.facts.class_names)
    stream = labelled_noise(seed=9, trials=2)
    for hop in HopBuffer(running.path.features.hop_samples, 4, 1000.0).hops(Chunk(stream.samples, 0, 0)):
        shadow.follow(hop, running.decide(hop))
    found = shadow.differences()
    assert {(one, other) for one, other, _ in found[:2]} == {("hand_close", "hand_open"), ("hand_open", "hand_close")}
    assert [share for *_, share in found] == sorted((share for *_, share in found), reverse=True)
    assert sum(share for *_, share in found) == pytest.approx(1.0 - shadow.agreed / shadow.decisions)
    assert 0.3 < shadow.rest_share() < 0.7


# files


def test_one_step_back_is_one_step_and_forth_again(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    other = replace(model, facts=model.facts.model_copy(update={"trained_on": "other"}))
    save_model(model, path)
    put_on_disk(other, path)
    assert load_previous(path).facts.trained_on == "noise"
    put_on_disk(load_previous(path), path)
    assert (load_model(path).facts.trained_on, load_previous(path).facts.trained_on) == ("noise", "other")


def test_no_model_before_and_no_room_for_another_are_told(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(ModelError, match="found none"):
        load_previous(path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CalibrationError, match=r"cannot be written .* the running one stays in force"):
        put_on_disk(model, tmp_path / "file" / "model.npz")


def test_the_recording_takes_the_name_of_what_is_in_force(tmp_path: Path) -> None:
    path, place = tmp_path / "anna.npz", tmp_path / "anna.added.npz"
    assert settle_recording(path, "added") == ""
    for content in ("first", "second"):
        (tmp_path / "anna.session.npz").write_text(content)
        assert settle_recording(path, "added") == ""
    assert (place.read_text(), previous_of(place).read_text()) == ("second", "first")
