import pytest

from controller.arm_config import ArmConfig, JointConfig
from controller.config import ShapingConfig
from controller.contract.requests import ProfileState, ProfileValues
from controller.decoders.model import ModelFacts
from controller.errors import ConfigError
from controller.profile import by_key, changed, configured_values, why_not
from drivers.source import Unit

ARM = ArmConfig(
    name="test",
    joints=tuple(
        JointConfig(name=name, min_rad=0.0, max_rad=1.0, max_speed_rad_s=1.0, max_acceleration_rad_s2=10.0)
        for name in ("elbow", "hand")
    ),
)
FACTS = ModelFacts(
    decoder="lda",
    feature_set="td4",
    class_names=("rest", "close", "open"),
    channel_count=1,
    rate_hz=1000.0,
    unit=Unit.MICROVOLT,
    hop_samples=10,
    window_hops=20,
    band_pass_hz=(20.0, 450.0),
    trained_on="nothing",
    training_windows=(0, 0, 0),
)


def test_every_value_is_there_as_configured_or_by_default() -> None:
    shaping = ShapingConfig(
        rejection_threshold=0.65,
        rejection={"open": 0.8},
        gain={"hand": 0.5},
        class_gain={"close": 2.0},
        vote=3,
        dead_band=0.1,
    )
    assert configured_values(shaping, ARM, FACTS, {"elbow": 0.25}) == ProfileValues(
        gain={"elbow": 1.0, "hand": 0.5},
        class_gain={"close": 2.0},
        speed_limit={"elbow": 0.25, "hand": 1.0},
        rejection_threshold=0.65,
        rejection={"open": 0.8},
        ramp_ms=100.0,
        dead_band=0.1,
        vote=3,
    )


@pytest.mark.parametrize(
    ("rejection", "message"),
    [
        ({"opne": 0.7, "clsoe": 0.7}, "names clsoe, opne, but the model decodes rest, close, open"),
        ({"rest": 0.7}, "names rest, which is never rejected; leave it out"),
    ],
)
def test_a_threshold_for_a_class_that_cannot_have_one_is_refused(rejection: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured_values(ShapingConfig(rejection=rejection), ARM, FACTS)


def test_a_gain_for_a_class_that_is_not_there_or_moves_nothing_is_refused() -> None:
    for named, message in (("opne", "names opne, but the model"), ("rest", "names rest, which moves nothing")):
        with pytest.raises(ConfigError, match=rf"\[shaping\.class_gain\] {message}"):
            configured_values(ShapingConfig(class_gain={named: 0.5}), ARM, FACTS)


def test_a_change_keeps_what_it_does_not_name() -> None:
    values = configured_values(ShapingConfig(), ARM, FACTS)
    change = ProfileValues(
        gain={"hand": 0.0},
        class_gain={"open": 0.5},
        speed_limit={"elbow": 0.5},
        rejection={"open": 0.9},
        dead_band=0.0,
        vote=5,
    )
    after = changed(values, change)
    assert after == ProfileValues(
        gain={"elbow": 1.0, "hand": 0.0},
        class_gain={"open": 0.5},
        speed_limit={"elbow": 0.5, "hand": 1.0},
        rejection_threshold=0.6,
        rejection={"open": 0.9},
        ramp_ms=100.0,
        dead_band=0.0,
        vote=5,
    )
    assert changed(after, ProfileValues()) == after
    assert why_not(after, ARM, FACTS) == ""


def test_every_value_has_a_key_that_a_range_can_be_locked_for() -> None:
    values = configured_values(ShapingConfig(class_gain={"close": 2.0}, rejection={"open": 0.8}), ARM, FACTS)
    keys = dict(by_key(values))
    assert keys == {
        "gain.elbow": 1.0,
        "gain.hand": 1.0,
        "class_gain.close": 2.0,
        "speed_limit.elbow": 1.0,
        "speed_limit.hand": 1.0,
        "rejection_threshold": 0.6,
        "rejection.open": 0.8,
        "ramp_ms": 100.0,
        "dead_band": 0.0,
        "vote": 1,
    }
    locked = {key: (value, value) for key, value in keys.items()}
    ProfileState.model_validate({"version": 0, "author": "a", "values": values, "locked": locked})


def test_the_delay_by_design_grows_by_half_the_vote() -> None:
    assert [FACTS.delay_with_vote_ms(vote) for vote in (1, 3, 9)] == pytest.approx([105.0, 115.0, 145.0])
    assert FACTS.delay_by_design_ms == pytest.approx(105.0)


def test_speeds_of_joints_are_not_voted_on_and_wait_for_no_vote() -> None:
    for decoder in ("direct", "regression"):
        assert FACTS.model_copy(update={"decoder": decoder}).delay_with_vote_ms(9) == pytest.approx(105.0)
