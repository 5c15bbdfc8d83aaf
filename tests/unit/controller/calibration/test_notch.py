import dataclasses
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.notch import Notch, choose_notch
from controller.calibration.training import usable_rows
from controller.decoders.model import Model
from controller.step import feature_path
from drivers.recordings.load import load_recording
from drivers.recordings.recording import Recording
from tests.unit.controller.streams import labelled_noise, rms


def humming(recording: Recording, hum_hz: float, amplitude: float) -> Recording:
    """Return it with hum on its second channel."""
    samples = recording.samples.copy()
    samples[:, 1] += amplitude * np.sin(2 * np.pi * hum_hz * np.arange(len(samples)) / recording.info.rate_hz)
    return dataclasses.replace(recording, samples=samples)


def fit(recording: Recording, notch_hz: Notch = "auto") -> Model:
    return fit_model(recording, FitSettings(settle_ms=250.0, notch_hz=notch_hz), "noise")


def hum_that_is_left(model: Model, hum_hz: float) -> float:
    path = feature_path(model)
    tone: NDArray[np.float64] = np.sin(2 * np.pi * hum_hz * np.arange(4000) / model.facts.rate_hz)
    out = np.empty((4000, model.facts.channel_count))
    path.conditioning.process(np.ascontiguousarray(np.repeat(tone[:, None], out.shape[1], axis=1)), out)
    return rms(out[2000:]) / rms(tone[2000:])


@pytest.mark.parametrize("hum_hz", [50.0, 60.0])
def test_hum_at_rest_brings_a_notch_and_the_reason(hum_hz: float) -> None:
    model = fit(humming(labelled_noise(), hum_hz, 6.0))
    assert model.facts.notch_hz == hum_hz
    assert "of the power of channel 2" in model.facts.mains
    assert f"notch at {hum_hz:g} Hz and its harmonics" in model.facts.mains
    assert hum_that_is_left(model, hum_hz) < 0.02
    assert hum_that_is_left(model, 3 * hum_hz) < 0.02


def test_without_hum_there_is_no_notch_and_the_model_is_as_if_none_was_looked_for() -> None:
    recording = labelled_noise()
    model, unasked = fit(recording), fit(recording, None)
    assert model.facts.notch_hz is None
    assert model.facts.mains == "no mains hum at rest that needs a notch"
    assert unasked.facts.mains == "mains not looked for: no notch"
    assert (model.sections == unasked.sections).all()
    assert all((array == unasked.decoder[name]).all() for name, array in model.decoder.items())


def test_the_person_has_the_last_word() -> None:
    hums = humming(labelled_noise(), 50.0, 6.0)
    assert fit(hums, None).facts.notch_hz is None
    other = fit(hums, 60.0)
    assert other.facts.notch_hz == 60.0
    assert other.facts.mains == "notch at 60 Hz and its harmonics, as asked for"
    assert hum_that_is_left(other, 50.0) > 0.5


def test_too_short_a_rest_gives_no_notch_and_says_so() -> None:
    short = humming(labelled_noise(seconds=1.0), 50.0, 6.0)  # 0.75 s of each rest are left
    model = fit(short)
    assert model.facts.notch_hz is None
    assert model.facts.mains.startswith("mains not judged, no notch: the rest recording has 0.0 s")


def test_values_that_are_no_numbers_do_not_end_a_calibration() -> None:
    hums = humming(labelled_noise(), 50.0, 6.0)
    samples = hums.samples.copy()
    samples[::600, 0] = np.nan  # nowhere a second without one
    model = fit(dataclasses.replace(hums, samples=samples))
    assert model.facts.notch_hz is None
    assert model.facts.mains.startswith("mains not judged, no notch")
    samples[3000:12_000, 0] = hums.samples[3000:12_000, 0]
    assert fit(dataclasses.replace(hums, samples=samples)).facts.notch_hz == 50.0


def test_what_was_recorded_between_two_rests_is_no_rest() -> None:
    recording = labelled_noise()
    motions = recording.class_of_sample != 0
    samples = humming(recording, 50.0, 60.0).samples
    samples[~motions] = recording.samples[~motions]  # hum in the motions alone
    assert fit(dataclasses.replace(recording, samples=samples)).facts.notch_hz is None


@pytest.mark.recordings
@pytest.mark.parametrize("person", ["P01", "P02", "P03", "P04", "P05", "P06"])
def test_no_recorded_armband_needs_a_notch(recordings_dir: Path, person: str) -> None:
    """Which keeps the figures of the evaluation what they were without a notch."""
    recording = load_recording(recordings_dir / "myo_readings" / f"{person}.npz")
    for session in (1, 2, 3):
        part = recording.select(sessions=(session,))
        notch_hz, why = choose_notch(part, usable_rows(part, 1000.0), "auto")
        assert notch_hz is None
        assert why == "no mains hum at rest that needs a notch"
