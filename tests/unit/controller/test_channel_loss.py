"""Channels die while decisions are made: the decoder goes on without them, and with too few left nothing is trusted."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.calibration.fit import FitSettings, fit_model
from controller.channel_news import ChannelNews
from controller.decoders.listening import Hearing
from controller.emg.hop_buffer import HopBuffer
from controller.step import ControlStep, control_step
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording
from tests.unit.controller.streams import labelled_noise

CHANNELS, HOP, ROWS_PER_TRIAL = 8, 10, 1500
SETTINGS = FitSettings(settle_ms=250.0)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return labelled_noise(channels=CHANNELS)


@pytest.fixture(params=["gaussian", "lda"])
def step(recording: Recording, request: pytest.FixtureRequest) -> ControlStep:
    model = fit_model(recording, dataclasses.replace(SETTINGS, decoder=request.param), "noise")
    return control_step(model, np.eye(3), [1.0] * 3, 0.6, 300.0)


@pytest.fixture(params=[("gaussian", None), ("lda", None), ("gaussian", 100.0)])
def opposed(recording: Recording, request: pytest.FixtureRequest) -> ControlStep:
    """The two motions move one joint to and fro; full speed at a usual effort. One has a path of its own for speeds."""
    decoder, speed_hz = request.param
    settings = dataclasses.replace(SETTINGS, decoder=decoder, speed_high_pass_hz=speed_hz)
    model = fit_model(recording, settings, "noise")
    return control_step(model, np.array([[0.0], [1.0], [-1.0]]), [1.0], 0.6, 50.0)


@dataclasses.dataclass
class Ran:
    decided: list[int]
    hearing: list[Hearing]
    healthy: list[bool]
    wanted: list[list[float]]


def run(step: ControlStep, samples: NDArray[np.float64]) -> Ran:
    """Decide every hop, from the first full window on."""
    ran = Ran([], [], [], [])
    for hop in HopBuffer(HOP, CHANNELS, 1000.0).hops(Chunk(samples.copy(), 0, 0)):
        said = step.decide(hop)
        step.learn()
        if said.intent is not None:
            ran.decided.append(said.intent.class_index)
            ran.hearing.append(step.listening.hearing)
            ran.healthy.append(said.healthy)
            ran.wanted.append(list(said.wanted))
    return ran


def settled_share_right(ran: Ran, recording: Recording, since_row: int) -> float:
    rows = (np.arange(len(ran.decided)) + len(recording) // HOP - len(ran.decided)) * HOP + HOP - 1
    judged = (rows >= since_row) & (rows % ROWS_PER_TRIAL >= 250)
    return float((np.array(ran.decided)[judged] == recording.class_of_sample[rows[judged]]).mean())


@pytest.mark.parametrize("dead", [(0,), (5, 6), (0, 1, 4)])
@pytest.mark.parametrize("value", [0.0, np.nan, 1e5])
def test_decisions_stay_right_without_dead_channels(step: ControlStep, dead: tuple[int, ...], value: float) -> None:
    other = labelled_noise(channels=CHANNELS, seed=9)
    samples = other.samples.copy()
    samples[3000:, dead] = value
    ran = run(step, samples)
    assert ran.hearing[-1] is Hearing.FEWER
    assert np.flatnonzero(step.path.health.bad).tolist() == list(dead)
    assert all(ran.healthy[250:])
    # From when the fault is found and the window is free of the jump.
    assert settled_share_right(ran, other, 3500) > 0.98


def test_with_too_few_left_nothing_moves_and_it_comes_back_by_itself(step: ControlStep) -> None:
    other = labelled_noise(channels=CHANNELS, seed=9)
    samples = other.samples.copy()
    samples[2000:6000, :5] = np.nan  # what is left is loud in one motion only
    ran = run(step, samples)
    offset = len(other) // HOP - len(ran.decided)
    lost, back = 2000 // HOP - offset, 6000 // HOP - offset
    assert ran.hearing[lost - 1] is Hearing.WHOLE
    assert set(ran.hearing[lost:back]) == {Hearing.NOTHING}
    assert not any(ran.healthy[lost:back])
    assert not any(any(wanted) for wanted in ran.wanted[lost:back])
    assert ran.hearing[-1] is Hearing.WHOLE
    returned = next(index for index in range(back, len(ran.hearing)) if ran.hearing[index] is not Hearing.NOTHING)
    assert not ran.healthy[returned]  # the wearer must rest first
    assert all(ran.healthy[returned + 1 :])
    assert settled_share_right(ran, other, 8000) > 0.98


def test_with_too_few_left_two_clear_sites_move_a_joint_after_a_rest(opposed: ControlStep) -> None:
    other = labelled_noise(channels=CHANNELS, seed=9)
    samples = other.samples.copy()
    samples[1000:, 1:7] = 0.0
    ran = run(opposed, samples)
    assert ran.hearing[-1] is Hearing.DIRECT
    begun = ran.hearing.index(Hearing.DIRECT)
    assert not ran.healthy[begun]
    assert all(ran.healthy[begun + 1 :])
    speeds = np.array(ran.wanted)[:, 0]
    rows = (np.arange(len(speeds)) + len(other) // HOP - len(speeds)) * HOP + HOP - 1
    judged = (rows > 2500) & (rows % ROWS_PER_TRIAL >= 600)
    asked = other.class_of_sample[rows]
    assert (speeds[judged & (asked == 0)] == 0.0).all()
    assert (speeds[judged & (asked == 1)] > 0.0).mean() > 0.9
    assert (speeds[judged & (asked == 2)] < 0.0).mean() > 0.9
    assert (speeds[asked == 1] >= 0.0).mean() > 0.95


def test_a_channel_that_comes_and_goes_does_not_flap(step: ControlStep) -> None:
    samples = labelled_noise(channels=CHANNELS, seed=9).samples.copy()
    samples[3000::200, 2] = np.inf
    ran = run(step, samples)
    assert sum(one is not other for one, other in zip(ran.hearing, ran.hearing[1:], strict=False)) == 1


def test_nothing_is_learnt_while_a_channel_is_gone(recording: Recording) -> None:
    model = fit_model(recording, dataclasses.replace(SETTINGS, decoder="gaussian"), "noise")
    learner, fresh = (control_step(model, np.eye(3), [1.0] * 3, 0.6, 300.0) for _ in range(2))
    samples = labelled_noise(channels=CHANNELS, seed=9).samples.copy()
    samples[::50, 3] = np.nan
    run(learner, samples)
    vector = np.zeros(CHANNELS * (CHANNELS + 1) // 2)
    assert (learner.listening.whole.decode(vector).scores == fresh.listening.whole.decode(vector).scores).all()


def test_people_are_told_once_what_changed(step: ControlStep) -> None:
    news = ChannelNews()
    samples = labelled_noise(channels=CHANNELS, seed=9).samples.copy()
    samples[1000:, 2] = np.nan
    samples[1500:, (0, 5)] = 7.0
    told = []
    for hop in HopBuffer(HOP, CHANNELS, 1000.0).hops(Chunk(samples[:3000], 0, 0)):
        step.decide(hop)
        told += news.look(step)
    assert told == [
        "site 3: sends what is no number; check the device",
        "decoding goes on without what is not good",
        "site 1, 6: no signal; check the cable",
    ]


def test_the_sites_that_are_left_are_heard_where_the_speed_is(recording: Recording) -> None:
    """Near the heart the few channels that are left must not be pulled by it."""
    plain, chest = (
        fit_model(recording, dataclasses.replace(SETTINGS, speed_high_pass_hz=speed_hz), "noise")
        for speed_hz in (None, 100.0)
    )
    samples = recording.samples.copy()
    samples[1000:, 1:7] = 0.0
    steps = [control_step(model, np.array([[0.0], [1.0], [-1.0]]), [1.0], 0.6, 50.0) for model in (plain, chest)]
    for step, heard in zip(steps, ("features", "speed"), strict=True):
        assert run(step, samples).hearing[-1] is Hearing.DIRECT
        level = step.path.features.level if heard == "features" else step.path.speed.level  # type: ignore[union-attr]
        assert (step.listening.vector(step.path.level) == np.sqrt(level)).all()
    assert (steps[1].path.level < steps[0].path.level)[[0, 7]].all()
