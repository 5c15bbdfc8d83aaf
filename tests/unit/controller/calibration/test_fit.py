import dataclasses
from pathlib import Path

import numpy as np
import pytest

from controller.calibration.batch import segment_features, stream_decisions
from controller.calibration.fit import FitSettings, choices_of, fit_model
from controller.calibration.fits.kinds import FITS
from controller.calibration.training import Choices
from controller.decoders.model_file import load_model, save_model
from controller.decoders.motions import Motions
from controller.emg.features.named_sets import FEATURE_SETS
from controller.emg.hop_buffer import HopBuffer
from controller.errors import CalibrationError
from controller.step import ControlStep, control_step, feature_path
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording
from tests.unit.controller.streams import CLASSES, MOTIONS, labelled_noise

SETTINGS = FitSettings(settle_ms=250.0, choices=Choices(MOTIONS))


@pytest.fixture(scope="module")
def recording() -> Recording:
    return labelled_noise()


def step_of(recording: Recording, decoder: str) -> ControlStep:
    model = fit_model(recording, dataclasses.replace(SETTINGS, decoder=decoder), "noise")
    return control_step(model, MOTIONS.directions(CLASSES), [1.0] * 3, 0.6, 300.0)


@pytest.mark.parametrize("decoder", FITS)
def test_learns_what_is_there_to_learn(recording: Recording, decoder: str) -> None:
    other = labelled_noise(seed=9)
    decisions = stream_decisions(step_of(recording, decoder), other)
    since_change = np.arange(len(other)) % 1500 >= 250
    judged = since_change[decisions.newest_row]
    meant = MOTIONS.directions(CLASSES)[other.class_of_sample[decisions.newest_row]]
    right = (np.sign(decisions.direction) == meant).all(axis=1)
    assert right[judged].mean() > 0.98
    assert decisions.confidence[judged].mean() > 0.9


@pytest.mark.parametrize("decoder", ["gaussian", "lda"])
def test_hops_that_are_only_observed_leave_the_same_window(recording: Recording, decoder: str) -> None:
    step = step_of(recording, decoder)
    step.learns = False  # it would learn from other decisions
    every = stream_decisions(step, recording)
    step.reset()
    buffer = HopBuffer(step.path.features.hop_samples, 4, 1000.0)
    for number, hop in enumerate(buffer.hops(Chunk(recording.samples, 0, 0))):
        if number % 3 != 2:
            step.observe(hop)
            continue
        decided = step.decide(hop)
        if decided.intent is not None:
            same = every.newest_row == hop.newest_index
            assert (decided.intent.scores == every.scores[same][0]).all()


def test_what_is_not_to_be_trusted_teaches_nothing(recording: Recording) -> None:
    taught, untaught = step_of(recording, "gaussian"), step_of(recording, "gaussian")
    untaught.shaper.rejection.thresholds = [1.1] * 3  # nothing is sure enough
    stream_decisions(taught, recording)
    stream_decisions(untaught, recording)
    before, after = step_of(recording, "gaussian"), step_of(recording, "gaussian")
    after.path, after.listening = untaught.path, untaught.listening
    other = labelled_noise(seed=9)
    after.learns = before.learns = taught.learns = False
    assert (stream_decisions(after, other).scores == stream_decisions(before, other).scores).all()
    assert (stream_decisions(taught, other).scores != stream_decisions(before, other).scores).any()


def test_no_window_crosses_a_place_where_the_recording_was_cut(recording: Recording) -> None:
    one = fit_model(recording, SETTINGS, "whole")
    segment = (np.arange(len(recording)) // 1500).astype(np.int64)
    many = fit_model(dataclasses.replace(recording, segment=segment), SETTINGS, "cut")
    # Each segment gives up its first window; the settling time hides no more than that.
    assert sum(many.facts.training_windows) == sum(one.facts.training_windows)
    longer = dataclasses.replace(SETTINGS, settle_ms=0.0)
    whole, in_pieces = (
        fit_model(dataclasses.replace(recording, segment=places), longer, "x").facts.training_windows
        for places in (np.zeros(len(recording), dtype=np.int64), segment)
    )
    assert sum(whole) - sum(in_pieces) == 11 * 19  # 11 more segments, 19 hops before each window is full


def refused(recording: Recording, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        fit_model(recording, SETTINGS, "noise")


def test_training_data_that_cannot_work_are_refused_in_a_sentence(recording: Recording) -> None:
    refused(recording.select(sessions=(9,)), "nothing of the recording was selected")
    refused(dataclasses.replace(recording, class_names=("a", "b", "c")), "needs the class 'rest'")
    refused(dataclasses.replace(recording, class_of_sample=recording.class_of_sample * 0), "at least one motion")
    flat = recording.samples.copy()
    flat[:, 2] = 5.0
    refused(dataclasses.replace(recording, samples=flat), "channel 3 never changes")
    labels = np.where(recording.class_of_sample == 2, 0, recording.class_of_sample)
    labels[3000:3300] = 2
    refused(dataclasses.replace(recording, class_of_sample=labels), "class 'hand_open' has 5 usable windows")


def test_effort_spans_from_rest_to_the_usual_contraction(recording: Recording) -> None:
    model = fit_model(recording, SETTINGS, "noise")
    assert (model.effort_low < model.effort_high).all()
    # Two of four channels at 60 µV RMS, two at 3: mean absolute value about (60 + 3) / 2 · 0.8, of which the band-pass
    # takes a tenth.
    assert model.effort_high[1:] == pytest.approx([22.7, 22.7], rel=0.1)
    assert model.effort_low[1:] == pytest.approx([2.3, 2.3], rel=0.15)


def test_a_linear_discriminant_brings_what_its_weights_follow_from(recording: Recording) -> None:
    arrays = fit_model(recording, dataclasses.replace(SETTINGS, decoder="lda"), "noise").decoder
    width = arrays["weights"].shape[1]
    assert {name: array.shape for name, array in arrays.items()} == {
        "weights": (3, width),
        "bias": (3,),
        "means": (3, width),
        "covariance": (width, width),
        "temperature": (),
    }
    assert arrays["temperature"] >= 1.0
    np.testing.assert_allclose(arrays["weights"] @ arrays["covariance"], arrays["means"], rtol=1e-6, atol=1e-9)


def test_a_decoder_that_is_not_known_is_refused(recording: Recording) -> None:
    with pytest.raises(CalibrationError, match="no decoder is called 'oracle'; there are: auto, gaussian, lda, direct"):
        fit_model(recording, dataclasses.replace(SETTINGS, decoder="oracle"), "noise")


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_any_set_can_be_named_and_decides_the_same_after_loading(
    recording: Recording, name: str, tmp_path: Path
) -> None:
    model = fit_model(recording, dataclasses.replace(SETTINGS, feature_set=name), "noise")
    assert (model.facts.decoder, model.facts.feature_set) == ("lda", name)
    save_model(model, tmp_path / "m.npz")
    other = labelled_noise(seed=9)
    steps = [control_step(one, np.eye(3), [1.0] * 3, 0.6, 300.0) for one in (model, load_model(tmp_path / "m.npz"))]
    decisions = [stream_decisions(step, other) for step in steps]
    assert (decisions[0].scores == decisions[1].scores).all()
    settled = (np.arange(len(other)) % 1500 >= 250)[decisions[0].newest_row]
    right = decisions[0].class_index == other.class_of_sample[decisions[0].newest_row]
    assert right[settled].mean() > 0.99


def test_a_decoder_has_a_usual_set_and_every_set_a_decoder(recording: Recording) -> None:
    assert fit_model(recording, SETTINGS, "noise").facts.feature_set == "log_covariance"
    lda = fit_model(recording, dataclasses.replace(SETTINGS, decoder="lda"), "noise")
    assert lda.facts.feature_set == "log_moments"
    assert {name for kind in FITS.values() for name in kind.feature_sets} == {"log_covariance", *FEATURE_SETS}


@pytest.mark.parametrize(
    ("decoder", "feature_set", "message"),
    [
        ("gaussian", "td4", "no feature set 'td4' for the decoder gaussian: gaussian takes log_covariance"),
        ("lda", "log_covariance", "no feature set 'log_covariance' for the decoder lda: lda takes log_moments, td4"),
        ("auto", "guesses", "no feature set 'guesses' for the decoder gaussian or lda: gaussian takes log_covariance"),
    ],
)
def test_a_set_that_does_not_fit_the_decoder_is_refused(
    recording: Recording, decoder: str, feature_set: str, message: str
) -> None:
    settings = dataclasses.replace(SETTINGS, decoder=decoder, feature_set=feature_set)
    with pytest.raises(CalibrationError, match=message):
        fit_model(recording, settings, "noise")


@pytest.mark.parametrize("decoder", ["gaussian", "lda"])
def test_a_speed_path_changes_the_effort_and_nothing_else(recording: Recording, decoder: str, tmp_path: Path) -> None:
    settings = dataclasses.replace(SETTINGS, decoder=decoder)
    plain = fit_model(recording, settings, "noise")
    chest = fit_model(recording, dataclasses.replace(settings, speed_high_pass_hz=100.0), "noise")
    assert all((array == plain.decoder[name]).all() for name, array in chest.decoder.items())
    # Most of the smoothed noise lies below 100 Hz.
    assert chest.effort_high[1:] / plain.effort_high[1:] == pytest.approx([0.41, 0.41], abs=0.05)
    save_model(chest, tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    assert loaded.facts.speed_high_pass_hz == 100.0
    assert (loaded.speed_sections == chest.speed_sections).all()
    path, other = feature_path(loaded), feature_path(plain)
    seen = [segment_features(one, recording) for one in (path, other)]
    assert (seen[0].vectors == seen[1].vectors).all()
    assert (seen[0].effort < seen[1].effort).mean() > 0.99


@pytest.mark.parametrize("decoder", ["direct", "simultaneous", "regression"])
def test_decoders_that_must_know_what_motions_mean_say_so(recording: Recording, decoder: str) -> None:
    def refused_with(motions: Motions | None, message: str) -> None:
        settings = FitSettings(decoder=decoder, settle_ms=250.0, choices=Choices(motions))
        with pytest.raises(CalibrationError, match=message):
            fit_model(recording, settings, "noise")

    refused_with(None, r"has \[motions\] \(efferent calibrate --motions FILE\)")
    refused_with(Motions(("hand",), {"wave": {"hand": 1.0}}), "names wave, but the training has rest, hand_close")
    refused_with(Motions(("hand",), {"rest": {"hand": 1.0}}), r"\[motions.rest\] must not move")
    model = fit_model(recording, dataclasses.replace(SETTINGS, decoder=decoder), "noise")
    facts = model.facts
    again = fit_model(recording, dataclasses.replace(SETTINGS, decoder=decoder, choices=choices_of(facts)), "noise")
    assert again.facts == facts
    assert all((array == again.decoder[name]).all() for name, array in model.decoder.items())
    assert facts.joints == MOTIONS.joints
    assert facts.directions == ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0))
