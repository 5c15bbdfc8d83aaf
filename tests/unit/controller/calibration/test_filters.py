import dataclasses

import numpy as np
import pytest

from controller.calibration.batch import segment_features
from controller.calibration.filters import design_filters
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.emg.filter_design import design_band_pass, design_speed_path
from controller.errors import CalibrationError
from controller.step import feature_path
from tests.unit.controller.emg.heartbeats import heart
from tests.unit.controller.streams import MOTIONS, labelled_noise

BAND = (20.0, 450.0)


def test_without_a_speed_path_there_is_one_band() -> None:
    filters = design_filters(1000.0, BAND, 50.0, None, speed_in_features=False)
    assert (filters.sections == design_band_pass(1000.0, *BAND, 50.0)).all()
    assert (filters.band_pass_hz, filters.speed_high_pass_hz, filters.speed_sections.shape) == (BAND, None, (0, 6))


def test_the_speed_has_a_higher_band_beside_the_decoders() -> None:
    filters = design_filters(1000.0, BAND, None, 100.0, speed_in_features=False)
    assert (filters.sections == design_band_pass(1000.0, *BAND)).all()
    assert (filters.speed_sections == design_speed_path(1000.0, 100.0, 450.0)).all()
    assert (filters.band_pass_hz, filters.speed_high_pass_hz) == (BAND, 100.0)


def test_where_decisions_are_speeds_all_of_the_band_is_higher() -> None:
    filters = design_filters(1000.0, BAND, None, 100.0, speed_in_features=True)
    assert (filters.sections == design_band_pass(1000.0, 100.0, 450.0)).all()
    assert (filters.band_pass_hz, filters.speed_high_pass_hz) == ((100.0, 450.0), None)
    assert not len(filters.speed_sections)
    assert design_filters(1000.0, (150.0, 450.0), None, 100.0, speed_in_features=True).band_pass_hz == (150.0, 450.0)


@pytest.mark.parametrize("speed_in_features", [False, True])
def test_a_stream_too_slow_for_it_is_refused(speed_in_features: bool) -> None:
    with pytest.raises(CalibrationError, match="at least 400 Hz, this one has 250 Hz"):
        design_filters(250.0, BAND, None, 100.0, speed_in_features)


def test_a_heart_pulls_no_site_of_direct_control_any_more() -> None:
    recording = labelled_noise()
    beside = recording.samples + heart(len(recording))[:, None]
    recording = dataclasses.replace(recording, samples=beside)
    settled_rest = (recording.class_of_sample == 0) & (np.arange(len(recording)) % 1500 >= 450)
    wander = []
    for speed_hz in (None, 100.0):
        settings = FitSettings(
            decoder="direct", settle_ms=250.0, notch_hz=None, speed_high_pass_hz=speed_hz, choices=Choices(MOTIONS)
        )
        model = fit_model(recording, settings, "heart")
        seen = segment_features(feature_path(model), recording)
        quiet = seen.levels[settled_rest[seen.newest_row]]
        wander.append(quiet.std(axis=0).max() / np.percentile(seen.levels, 80))
    assert wander[1] < wander[0] / 4, wander
