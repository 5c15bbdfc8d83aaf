"""The gate of sound is in the path of a fitted model, and what it says reaches the arm."""

from dataclasses import replace

import numpy as np
import pytest

from controller.calibration.batch import hops_of
from controller.calibration.fit import FitSettings, fit_model
from controller.shaping.steady_start import StartSettings
from controller.step import control_step
from tests.unit.controller.streams import labelled_noise


@pytest.mark.parametrize("common", [np.inf, 0.0])
def test_no_motion_of_a_fitted_model_begins_where_nothing_passes_for_muscle(common: float) -> None:
    recording = labelled_noise()
    model = fit_model(recording, FitSettings(settle_ms=200.0), "noise")
    assert model.sound is not None
    # Everything passes for muscle, or nothing does, because all channels have something in common.
    sound = replace(model.sound, step_ratio=2.0, common=common, common_spread=0.0)
    classes = len(model.facts.class_names)
    directions = np.eye(classes)
    directions[model.facts.rest_index] = 0.0
    start = StartSettings(start_ms=50.0, like_muscle=True)
    step = control_step(replace(model, sound=sound), directions, [1.0] * classes, 0.0, 0.0, start)
    moved = False
    for hop in hops_of(recording, 0, len(recording), model.facts.hop_samples):
        moved = any(step.decide(hop).wanted) or moved
    assert moved == (common > 0.0)
