import dataclasses
from functools import cache
from pathlib import Path

import pytest

from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.config import DeviceConfig, RunConfig
from controller.decoder_choice import load_models, recent_hops
from controller.decoders.model import Model
from controller.decoders.model_file import save_model
from controller.emg.hop_buffer import HopBuffer
from controller.errors import ModelError
from controller.step import ControlStep, control_step
from drivers.chunk import Chunk
from drivers.source import Unit
from tests.unit.controller.streams import CLASSES, MOTIONS, labelled_noise

RECORDING = labelled_noise()


@cache
def model(decoder: str, hop_ms: float = 10.0) -> Model:
    settings = FitSettings(decoder, settle_ms=100.0, hop_ms=hop_ms, choices=Choices(MOTIONS))
    return fit_model(RECORDING, settings, "noise")


def config(folder: Path, *others: str) -> RunConfig:
    return RunConfig.model_validate(
        {
            "arm": folder / "arm.toml",
            "model": folder / "model.npz",
            "device": DeviceConfig(kind="replay"),
            "motions": {"hand_close": {"hand": 1.0}},
            "decoders": {name: folder / f"{name}.npz" for name in others},
        }
    )


def step_of(decoder: str) -> ControlStep:
    return control_step(model(decoder), MOTIONS.directions(CLASSES), [1.0] * 3, 0.6, 300.0)


def test_all_that_the_configuration_names_are_loaded_the_default_first(tmp_path: Path) -> None:
    save_model(model("lda"), tmp_path / "model.npz")
    save_model(model("direct"), tmp_path / "sites.npz")
    loaded = load_models(config(tmp_path, "sites"))
    assert {name: one.facts.decoder for name, one in loaded.items()} == {"default": "lda", "sites": "direct"}
    assert next(iter(loaded)) == "default"


def test_a_file_that_is_not_there_or_does_not_fit_is_named(tmp_path: Path) -> None:
    save_model(model("lda"), tmp_path / "model.npz")
    with pytest.raises(ModelError, match=r"expected a model file at .*sites\.npz"):
        load_models(config(tmp_path, "sites"))
    save_model(model("lda", 20.0), tmp_path / "sites.npz")
    with pytest.raises(ModelError, match=r"sites\.npz cannot take turns with .*: its hop samples is 20, not 10"):
        load_models(config(tmp_path, "sites"))
    other = model("lda")
    facts = other.facts.model_copy(update={"unit": Unit.ARBITRARY})
    save_model(dataclasses.replace(other, facts=facts), tmp_path / "sites.npz")
    with pytest.raises(ModelError, match=r"its unit is arbitrary"):
        load_models(config(tmp_path, "sites"))


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[decoders\] default: that name is for the file of 'model'"):
        config(tmp_path, "default")


@pytest.mark.parametrize("decoder", ["direct", "simultaneous", "regression", "lda"])
def test_after_the_last_hops_a_decoder_goes_on_as_if_it_had_always_listened(decoder: str) -> None:
    models = {"default": model("lda"), "other": model(decoder)}
    recent, buffer = recent_hops(models), HopBuffer(10, 4, 1000.0)
    always, fresh = step_of(decoder), step_of(decoder)
    always.learns = fresh.learns = False
    for number, hop in enumerate(buffer.hops(Chunk(RECORDING.samples[:6000], 0, 0))):
        recent.take(hop)
        expected = always.decide(hop)
        if number == 400:
            for past in recent.play():
                fresh.observe(past)
        elif number > 400:
            found = fresh.decide(hop)
            assert found.intent is not None
            assert expected.intent is not None
            assert found.healthy
            assert found.intent.class_index == expected.intent.class_index
            assert found.intent.direction.tolist() == pytest.approx(expected.intent.direction.tolist(), abs=1e-6)


def test_nothing_is_kept_that_is_not_needed() -> None:
    assert recent_hops({"default": model("lda")}).count == 20 + 100  # a window and a second
