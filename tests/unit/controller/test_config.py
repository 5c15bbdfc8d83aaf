from pathlib import Path

import pytest

from controller.config_file import load_arm, load_run
from controller.errors import ConfigError
from controller.process_priority import ProcessConfig

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
ARM = """name = "test"
[[joints]]
name = "elbow"
min_rad = 0.0
max_rad = 2.0
max_speed_rad_s = 1.5
max_acceleration_rad_s2 = 10.0
"""
RUN = """arm = "arm.toml"
model = "model.npz"
[device]
kind = "serial"
settings = { port = "/dev/ttyUSB0" }
[motions]
elbow_flexion = { elbow = 1.0 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "arm.toml").write_text(ARM)
    (tmp_path / "run.toml").write_text(RUN)
    return tmp_path


def faults_of(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_run(path)
    return str(caught.value)


@pytest.mark.parametrize("name", ["transhumeral", "transradial"])
def test_the_arms_that_come_with_us_are_valid(name: str) -> None:
    arm = load_arm(CONFIGS / f"arms/{name}.toml")
    assert all(joint.soft_end_rad < joint.max_rad - joint.min_rad for joint in arm.joints)


def test_the_example_is_valid() -> None:
    config, arm = load_run(CONFIGS / "example.toml")
    assert config.model == CONFIGS / "model.npz"
    assert arm.name == "demo"


def test_defaults_are_the_documented_ones(folder: Path) -> None:
    config, _ = load_run(folder / "run.toml")
    bounds = config.safety.freshness
    assert (bounds.slow_after_ms, bounds.stale_after_ms, bounds.dead_after_ms) == (60.0, 100.0, 500.0)
    assert config.safety.soft_engage_ms == 500.0
    assert (config.safety.ttl_ms, config.safety.resume_rest_ms, config.shaping.rejection_threshold) == (200, 500, 0.6)
    assert (config.broker.host, config.broker.port, config.broker.uses_tls) == ("127.0.0.1", 1883, False)


def test_nothing_is_asked_of_the_system_unless_configured(folder: Path) -> None:
    path = folder / "run.toml"
    assert load_run(path)[0].process == ProcessConfig()
    path.write_text(RUN + "[process]\nreal_time_priority = 40\ncores = [1]\nlock_memory = true\n")
    assert load_run(path)[0].process == ProcessConfig(real_time_priority=40, cores=(1,), lock_memory=True)
    assert f"{path}:9: process.real_time_priority" in faults_of(path, RUN + "[process]\nreal_time_priority = 100\n")


def test_paths_are_relative_to_the_file(folder: Path) -> None:
    broker = '[broker]\nurl = "mqtts://arm.local"\nca_file = "ca.pem"\nusername = "c"\npassword_file = "c.pass"\n'
    (folder / "run.toml").write_text(RUN + broker)
    config, _ = load_run(folder / "run.toml")
    assert (config.arm, config.model, config.broker.ca_file, config.broker.password_file) == tuple(
        folder / name for name in ("arm.toml", "model.npz", "ca.pem", "c.pass")
    )


def test_all_faults_come_at_once_with_file_and_line(folder: Path) -> None:
    path = folder / "run.toml"
    text = RUN + "[safety]\nttl_ms = 5\nstale_after_m = 80\n[shaping]\nramp_ms = -1\n"
    lines = faults_of(path, text.replace('kind = "serial"\n', "")).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [f"{path}:3", "device.kind"],
        [f"{path}:8", "safety.ttl_ms"],
        [f"{path}:9", "safety.stale_after_m"],
        [f"{path}:11", "shaping.ramp_ms"],
    ]
    assert "is missing" in lines[0]
    assert "got 5" in lines[1]
    assert "unknown key; is it misspelt?" in lines[2]


def test_joints_of_an_array_of_tables_get_their_line(folder: Path) -> None:
    path = folder / "arm.toml"
    path.write_text(ARM + ARM.split("\n", 1)[1].replace("2.0", "-1.0").replace("elbow", "hand"))
    with pytest.raises(ConfigError, match=rf"{path}:8: joints.1: min_rad \(0\) must be below max_rad \(-1\)"):
        load_run(folder / "run.toml")


def test_a_soft_end_must_be_long_enough_to_slow_down_in(folder: Path) -> None:
    path = folder / "arm.toml"
    path.write_text(ARM + "soft_end_rad = 0.0433\n")
    with pytest.raises(ConfigError, match=r"soft_end_rad \(0.0433\) is too short .* from 1.5 rad/s .*expected 0.043"):
        load_arm(path)
    path.write_text(ARM + "soft_end_rad = 0.0434\n")
    assert load_arm(path).limits[0].soft_end_rad == 0.0434


def test_jerk_and_grip_reach_the_safety_layer(folder: Path) -> None:
    path = folder / "arm.toml"
    limits = load_arm(path).limits[0]
    assert limits.max_jerk_rad_s3 == pytest.approx(10.0 / 0.03)
    assert limits.max_grip_force_n is None
    path.write_text(ARM + 'max_jerk_rad_s3 = 77.0\nmax_grip_force_n = 40.0\ncloses = "negative"\n')
    limits = load_arm(path).limits[0]
    assert (limits.max_jerk_rad_s3, limits.max_grip_force_n, limits.closing) == (77.0, 40.0, -1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("elbow = 1.0", "knee = 1.0"), "the arm 'test' has no joint 'knee' (it has elbow)"),
        (("elbow = 1.0", "elbow = 1.5"), "less than or equal to 1"),
        (("elbow = 1.0", "elbow = nan"), "finite number"),
        (('arm = "arm.toml"', 'arm = "none.toml"'), "cannot read it: No such file"),
        (("[device]", "[device"), "is not valid TOML"),
        (("[device]", "[shaping]\nvote = 4\n[device]"), "shaping.vote: expected an odd number of decisions"),
        (("[device]", "[shaping]\nvote = 33\n[device]"), "less than or equal to 31"),
        (("[device]", "[shaping]\ndead_band = 0.6\n[device]"), "less than or equal to 0.5"),
        (("[device]", "[shaping.rejection]\nclose = 1.5\n[device]"), "shaping.rejection.close: Input should be less"),
        (
            ("[device]", "[safety.speed_limit]\nknee = 1.0\n[device]"),
            "[safety.speed_limit] the arm 'test' has no joint 'knee'",
        ),
        (("[device]", "[shaping.gain]\nknee = 1.0\n[device]"), "[shaping.gain] the arm 'test' has no joint 'knee'"),
        (("[device]", "[safety]\nslow_after_ms = 120\n[device]"), "slow_after_ms < stale_after_ms"),
        (("[device]", "[safety]\nsoft_engage_ms = -1\n[device]"), "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_used_is_said(folder: Path, change: tuple[str, str], message: str) -> None:
    assert message in faults_of(folder / "run.toml", RUN.replace(*change))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mqtt://192.168.1.5", "another machine: use mqtts"),
        ("mqtt://arm.local:1883", "another machine: use mqtts"),
        ("http://127.0.0.1", "expected mqtt://host:port"),
        ("mqtt://anna:secret@127.0.0.1", "not into the url"),
    ],
)
def test_commands_never_travel_in_clear_and_secrets_are_not_in_urls(folder: Path, url: str, message: str) -> None:
    said = faults_of(folder / "run.toml", RUN + f'[broker]\nurl = "{url}"\n')
    assert message in said


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="it is not text"):
        load_run(tmp_path / "run.toml")


def test_features_are_named_and_their_faults_told(folder: Path) -> None:
    path = folder / "run.toml"
    path.write_text(RUN + '[features]\nname = "td4_ar4"\nnotch_hz = 50\nspeed_high_pass_hz = 100\n')
    features = load_run(path)[0].features
    assert (features.name, features.notch_hz, features.speed_high_pass_hz) == ("td4_ar4", 50, 100.0)
    path.write_text(RUN)
    assert load_run(path)[0].features.notch_hz == "auto"
    for value in ('"on"', "0", "-50", "true", "inf", "nan", "[50]"):
        lines = faults_of(path, RUN + f"[features]\nspeed_high_pass_hz = 0\nnotch_hz = {value}\n").splitlines()
        assert [line.split(": ")[1] for line in lines] == ["features.speed_high_pass_hz", "features.notch_hz"]
        assert "expected 'auto', 'off', or a frequency above zero" in lines[1]
