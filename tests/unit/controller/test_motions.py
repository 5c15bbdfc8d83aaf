import pytest

from controller.arm_config import ArmConfig, JointConfig
from controller.calibration.fit import FitSettings, fit_model
from controller.calibration.training import Choices
from controller.config import DeviceConfig, RunConfig
from controller.decoders.model import Model
from controller.decoders.settings import DirectSettings, RegressionSettings
from controller.errors import ConfigError
from controller.motions import motion_directions, motions_of
from tests.unit.controller.streams import MOTIONS, labelled_noise


def arm(*names: str) -> ArmConfig:
    limits = {"min_rad": -1.0, "max_rad": 1.0, "max_speed_rad_s": 1.0, "max_acceleration_rad_s2": 9.0}
    return ArmConfig(name="test", joints=tuple(JointConfig.model_validate({"name": name, **limits}) for name in names))


def config(motions: dict[str, dict[str, float]], **changed: DirectSettings | RegressionSettings) -> RunConfig:
    known = {"arm": "arm.toml", "model": "model.npz", "device": DeviceConfig(kind="replay")}
    return RunConfig.model_validate({**known, "motions": motions, **changed})


SAID = {"hand_close": {"hand": 1.0}, "hand_open": {"hand": -1.0}}
ARM = arm("hand", "wrist", "elbow")


def model(decoder: str) -> Model:
    return fit_model(labelled_noise(), FitSettings(decoder=decoder, settle_ms=200.0, choices=Choices(MOTIONS)), "noise")


@pytest.fixture(scope="module")
def direct() -> Model:
    return model("direct")


def refused(model: Model, config: RunConfig, arm: ArmConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        motion_directions(model, config, arm)


def test_what_the_configuration_says_is_what_the_classes_mean(direct: Model) -> None:
    assert motions_of(config(SAID), ARM) == MOTIONS
    assert motion_directions(direct, config(SAID), ARM).tolist() == [[0, 0, 0], [1, 0, 0], [-1, 0, 0]]


def test_a_model_that_was_fitted_for_other_motions_is_refused(direct: Model) -> None:
    other = {"hand_close": {"hand": 1.0}, "hand_open": {"hand": -0.5}}
    refused(direct, config(other), ARM, r"hand_open moves 'hand' by -0.5, but .* 'direct' was fitted for -1; calibrate")
    refused(direct, config(SAID), arm("wrist", "hand", "elbow"), "joints hand, wrist, elbow, this one has wrist, hand")
    refused(direct, config({"wave": {}}), ARM, "names wave, but the model decodes rest, hand_close, hand_open")
    refused(direct, config({"rest": {"hand": 1.0}}), ARM, "must not move any joint")


def test_a_decoder_that_only_names_classes_follows_any_motions() -> None:
    other = {"hand_close": {"wrist": 0.5}}
    assert motion_directions(model("lda"), config(other), arm("wrist")).tolist() == [[0.0], [0.5], [0.0]]


def test_other_choices_than_those_of_the_fit_are_refused(direct: Model) -> None:
    refused(
        direct, config(SAID, direct=DirectSettings(scheme="one_site")), ARM, r"\[direct\] is not what the model was"
    )
    log = config(SAID, regression=RegressionSettings(power="log"))
    assert motion_directions(direct, log, ARM).any()  # not its own
    refused(model("regression"), log, ARM, r"\[regression\] is not what")
