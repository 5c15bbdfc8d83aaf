import dataclasses
from pathlib import Path

import numpy as np
import pytest

from controller.calibration.add_session import add_session, settings_of
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.held_out import error_percent, held_out_error
from controller.calibration.trials import rows_of
from controller.decoders.gaussian.decoder import GaussianDecoder
from controller.decoders.kinds import build_decoder
from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.errors import CalibrationError, ModelError
from drivers.recordings.recording import Recording
from tests.unit.controller.streams import labelled_noise

SETTLE_MS = 250.0
DECODERS = ["gaussian", "lda"]


@pytest.fixture(scope="module")
def training() -> Recording:
    return labelled_noise()


@pytest.fixture(scope="module")
def models(training: Recording) -> dict[str, Model]:
    return {
        decoder: fit_model(training, FitSettings(decoder=decoder, settle_ms=SETTLE_MS), "day one")
        for decoder in DECODERS
    }


def donned_anew(seed: int = 11, trials: int = 1) -> Recording:
    """Return a session in which the electrodes sit elsewhere, turned by one of four, with weaker contact."""
    recording = labelled_noise(trials=trials, seed=seed)
    return dataclasses.replace(recording, samples=0.2 * np.roll(recording.samples, 1, axis=1))


@pytest.mark.parametrize("decoder", DECODERS)
def test_one_trial_of_each_motion_restores_a_model(
    models: dict[str, Model], training: Recording, decoder: str, tmp_path: Path
) -> None:
    model, later = models[decoder], donned_anew(12, 3)
    added = add_session(model, donned_anew(), SETTLE_MS, "today", training)
    save_model(added, tmp_path / "model.npz")
    stored = load_model(tmp_path / "model.npz")
    assert error_percent(model, later, SETTLE_MS) > 50.0
    assert error_percent(stored, later, SETTLE_MS) < 2.0
    assert stored.facts.trained_on == "day one; added: today"


def test_what_was_learnt_begins_with_the_model_and_the_fit_stays_as_it_was(models: dict[str, Model]) -> None:
    model = models["gaussian"]
    added = add_session(model, donned_anew(), SETTLE_MS, "today")
    decoder = build_decoder(added, np.zeros((3, 1)))
    assert isinstance(decoder, GaussianDecoder)
    assert (decoder.state.labelled_seconds > 0.5).all()
    for name, array in model.decoder.items():
        assert (added.decoder[name] == array).all()
    again = add_session(added, donned_anew(15), SETTLE_MS, "tomorrow")
    fresh = add_session(model, donned_anew(15), SETTLE_MS, "tomorrow")
    assert again.facts == fresh.facts
    assert all((again.decoder[name] == array).all() for name, array in fresh.decoder.items())


def test_a_learnt_state_of_another_model_is_refused(models: dict[str, Model], tmp_path: Path) -> None:
    added = add_session(models["gaussian"], donned_anew(), SETTLE_MS, "today")
    arrays = {**added.decoder, "learnt.sums": np.zeros((2, 10))}
    save_model(dataclasses.replace(added, decoder=arrays), tmp_path / "model.npz")
    with pytest.raises(ModelError, match="what was learnt does not fit the model: 'sums'"):
        load_model(tmp_path / "model.npz")


def test_motions_that_were_not_shown_stay_known(models: dict[str, Model]) -> None:
    session = labelled_noise(trials=1, seed=4)
    part = rows_of(session, session.class_of_sample != 2)
    added = add_session(models["gaussian"], part, SETTLE_MS, "today")
    assert error_percent(added, labelled_noise(seed=5), SETTLE_MS) < 5.0
    assert added.effort_high[2] == models["gaussian"].effort_high[2]


def test_speed_follows_the_effort_of_today(models: dict[str, Model]) -> None:
    session = labelled_noise(trials=1, seed=4)
    louder = dataclasses.replace(session, samples=3.0 * session.samples)
    added = add_session(models["gaussian"], louder, SETTLE_MS, "today")
    assert added.effort_high == pytest.approx(3.0 * models["gaussian"].effort_high, rel=0.1)
    assert (added.effort_low < added.effort_high).all()


def test_channels_are_judged_by_the_rest_of_today(models: dict[str, Model]) -> None:
    session = labelled_noise(trials=2, seed=4)
    louder = dataclasses.replace(session, samples=3.0 * session.samples)
    added = add_session(models["gaussian"], louder, SETTLE_MS, "today")
    assert added.rest.noise_rms == pytest.approx(3.0 * models["gaussian"].rest.noise_rms, rel=0.2)


def refused(model: Model, added: Recording, message: str, error: type[Exception] = CalibrationError) -> None:
    before = {name: array.copy() for name, array in model.decoder.items()}
    with pytest.raises(error, match=message):
        add_session(model, added, SETTLE_MS, "today")
    assert all((model.decoder[name] == array).all() for name, array in before.items())


def test_sessions_that_cannot_be_added_are_refused_in_a_sentence(models: dict[str, Model]) -> None:
    model, good = models["gaussian"], donned_anew()
    refused(model, labelled_noise(rate_hz=500.0, trials=1), "1000 Hz and the stream runs at 500 Hz", ModelError)
    refused(model, labelled_noise(channels=8, trials=1), "4 channels and the stream has 8", ModelError)
    refused(model, dataclasses.replace(good, class_names=("rest", "juggle", "hand_open")), "does not know juggle")
    refused(model, rows_of(good, good.class_of_sample == 0), "only 'rest'")
    refused(model, rows_of(good, good.class_of_sample > 0), "needs the class 'rest'")
    refused(model, rows_of(good, good.class_of_sample > 5), "nothing of the recording was selected")
    flat = good.samples.copy()
    flat[:, 1] = 2.0
    refused(model, dataclasses.replace(good, samples=flat), "channel 2 never changes")
    short = (good.class_of_sample != 1) | (np.arange(len(good)) < 1500 + 400)
    refused(model, rows_of(good, short), "'hand_close' has .* usable windows, at least 30 are needed")
    refused(models["lda"], good, "give the recording that it was fitted to with --training FILE")


def test_settings_are_those_of_the_model(models: dict[str, Model]) -> None:
    for decoder, model in models.items():
        settings = settings_of(model, SETTLE_MS)
        features = model.facts.feature_set
        assert settings == FitSettings(decoder=decoder, feature_set=features, settle_ms=SETTLE_MS)


@pytest.mark.parametrize("notch_hz", [None, 60.0])
def test_a_notch_that_was_asked_for_or_refused_stays_so(notch_hz: float | None) -> None:
    settings = FitSettings(decoder="lda", notch_hz=notch_hz, speed_high_pass_hz=100.0, settle_ms=SETTLE_MS)
    assert settings_of(fit_model(labelled_noise(), settings, "noise"), SETTLE_MS) == dataclasses.replace(
        settings, feature_set="log_moments"
    )


@pytest.mark.parametrize("trials", [1, 3])
def test_held_out_errors_tell_a_model_that_fits_from_one_that_does_not(models: dict[str, Model], trials: int) -> None:
    model, session = models["gaussian"], donned_anew(trials=trials)
    errors = held_out_error(session, lambda seen: add_session(model, seen, SETTLE_MS, "x"), model, SETTLE_MS)
    assert errors.new_percent is not None
    assert errors.new_percent < 3.0
    assert errors.running_percent is not None
    assert errors.running_percent > 50.0


def test_no_figure_where_too_little_is_left(models: dict[str, Model]) -> None:
    model, session = models["gaussian"], donned_anew()
    late = 1000.0  # leaves half a second of each trial: a quarter to learn from, too little
    errors = held_out_error(session, lambda seen: add_session(model, seen, late, "x"), model, late)
    assert errors.new_percent is None
    assert errors.running_percent is None
