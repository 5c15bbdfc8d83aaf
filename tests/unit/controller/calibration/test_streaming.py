"""A stream gives the decisions of the whole recording to the last bit, however it is cut."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.calibration.batch import BatchDecisions, stream_decisions
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.fits.kinds import FITS
from controller.calibration.training import Choices
from controller.decoders.model import Model
from controller.decoders.settings import DirectSettings
from controller.emg.hop_buffer import HopBuffer
from controller.step import ControlStep, control_step
from drivers.chunk import Chunk
from drivers.recordings.recording import Recording
from tests.unit.controller.streams import CLASSES, MOTIONS, cut, labelled_noise

RECORDING = labelled_noise(trials=3, seconds=0.8)
SCHEMES = {
    "one_site": DirectSettings(scheme="one_site"),
    "two_site": DirectSettings(scheme="two_site", joints=("hand", "wrist")),
}
SIGNALS = {
    **{f"lda on {name}": FitSettings(decoder="lda", feature_set=name) for name in FITS["lda"].feature_sets},
    **{
        f"{decoder} at the chest": FitSettings(decoder=decoder, notch_hz=50.0, speed_high_pass_hz=100.0)
        for decoder in ("gaussian", "direct")
    },
}
KINDS = (*FITS, *SCHEMES, *SIGNALS)


@cache
def model(kind: str) -> Model:
    choices = Choices(MOTIONS, SCHEMES.get(kind, DirectSettings()))
    settings = SIGNALS.get(kind) or FitSettings(decoder="direct" if kind in SCHEMES else kind)
    return fit_model(RECORDING, dataclasses.replace(settings, settle_ms=200.0, choices=choices), "noise")


def step_of(kind: str) -> ControlStep:
    return control_step(model(kind), MOTIONS.directions(CLASSES), [1.0] * 3, 0.6, 300.0)


@cache
def whole(kind: str) -> BatchDecisions:
    return stream_decisions(step_of(kind), RECORDING)


def in_pieces(step: ControlStep, recording: Recording, places: list[int]) -> list[tuple[float, ...]]:
    """Class, confidence, direction, scores and what is wanted of the joints, for every decision."""
    buffer, decisions = HopBuffer(step.path.features.hop_samples, 4, 1000.0), []
    for first, last in cut(len(recording), places):
        for hop in buffer.hops(Chunk(recording.samples[first:last], 0, first)):
            decided = step.decide(hop)
            step.learn()
            intent = decided.intent
            if intent is not None:
                shown = intent.class_index, intent.confidence, *intent.direction.tolist(), *intent.scores.tolist()
                decisions.append((*shown, *decided.wanted))
    return decisions


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8, deadline=None)
@given(places=st.lists(st.integers(0, len(RECORDING)), max_size=60))
def test_however_the_stream_is_cut(kind: str, places: list[int]) -> None:
    expected, found = whole(kind), in_pieces(step_of(kind), RECORDING, places)
    assert [decision[0] for decision in found] == expected.class_index.tolist()
    assert [decision[1] for decision in found] == expected.confidence.tolist()
    assert [list(decision[2:5]) for decision in found] == expected.direction.tolist()
    assert [list(decision[5:-3]) for decision in found] == expected.scores.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_sample_by_sample(kind: str) -> None:
    part = Recording(
        RECORDING.info,
        RECORDING.samples[:2500],
        CLASSES,
        *(getattr(RECORDING, name)[:2500] for name in ("class_of_sample", "repetition", "session", "segment")),
    )
    assert in_pieces(step_of(kind), part, list(range(2500))) == in_pieces(step_of(kind), part, [])


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_begins_again_is_as_the_first(kind: str) -> None:
    step = step_of(kind)
    step.learns = False
    first = in_pieces(step, RECORDING, [])
    step.reset()
    assert in_pieces(step, RECORDING, [77, 1301]) == first


def test_every_scheme_of_direct_control_moves_its_joint() -> None:
    for kind in ("direct", *SCHEMES):
        moved = np.unique(np.sign(whole(kind).direction[:, 0]))
        # Nobody pulls gently here, which would be the other way of a single site.
        assert moved.tolist() == ([0.0, 1.0] if kind == "one_site" else [-1.0, 0.0, 1.0]), kind
        assert not whole(kind).direction[:, 1:].any(), kind
