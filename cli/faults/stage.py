"""The processes that the faults are tried on: the demo's, with a user's arm, bounds and shaping where he gives them."""

import json
from dataclasses import dataclass
from pathlib import Path

from cli.calibrate.fitting import fit_with_progress
from cli.demo.stage import STREAM, Stage
from cli.loopback import ARM_FILE, MOTIONS, SEED, SETTLE_MS, run_config_text
from controller.arm_config import ArmConfig
from controller.calibration.fit import FitSettings
from controller.config import RunConfig, SafetyConfig
from controller.config_file import load_arm, load_run
from controller.decoders.model_file import load_model, save_model
from sim.broker import BrokerKind
from sim.emg.generator import WearerSignal
from sim.emg.trials import prompted_trials
from sim.emulator.stop_button import StopButton
from sim.faults.fault import Bounds, LineAt

# Each joint of an arm gets two motions of the virtual wearer.
PAIRS = (("supination", "pronation"), ("elbow_flexion", "elbow_extension"), ("hand_close", "hand_open"))


@dataclass(frozen=True, slots=True)
class Setup:
    """What is tried: the demo's arm and defaults, or those of a user's configuration.

    His device, model, motions and broker are not used: a virtual wearer stands in, on a broker of our own. The channel
    count, rate, band, window and hop are his model's.
    """

    arm_file: Path = ARM_FILE
    config: RunConfig | None = None
    channels: int = 8
    rate_hz: float = 1000.0
    window_ms: float = 200.0
    hop_ms: float = 10.0
    band_pass_hz: tuple[float, float] = (20.0, 450.0)

    @property
    def bounds(self) -> Bounds:
        """What holds for it."""
        safety = SafetyConfig() if self.config is None else self.config.safety
        return Bounds(safety.stale_after_ms, float(safety.ttl_ms), self.hop_ms, self.window_ms)

    def motions(self, arm: ArmConfig) -> dict[str, tuple[str, float]]:
        """Return what each motion of the virtual wearer means for this arm's joints."""
        names = {joint.name for joint in arm.joints}
        if names >= {joint for joint, _ in MOTIONS.values()}:
            return MOTIONS
        return {
            motion: (joint.name, sign)
            for joint, pair in zip(arm.joints, PAIRS, strict=False)
            for motion, sign in zip(pair, (1.0, -1.0), strict=True)
        }


def setup_of(path: Path | None) -> Setup:
    """Read a user's configuration, or take the demo's. Raises `ConfigError` and `ModelError`."""
    if path is None:
        return Setup()
    config, _ = load_run(path)
    facts = load_model(config.model).facts
    hop_ms = facts.hop_s * 1e3
    window_ms = hop_ms * facts.window_hops
    return Setup(config.arm, config, facts.channel_count, facts.rate_hz, window_ms, hop_ms, facts.band_pass_hz)


class FaultStage(Stage):
    """As the demo's, but that the ways from controller and arm to the broker lead through relays.

    There is a black box; `stop_lines`: and a stop line at the controller and at the arm.
    """

    def __init__(
        self,
        setup: Setup,
        broker_kind: BrokerKind,
        device: str,
        relay_port: int,
        arm_relay_port: int,
        stop_lines: bool = False,
    ) -> None:
        super().__init__(broker_kind, device, arm_file=setup.arm_file)
        self.setup, self._relay_port, self._arm_relay_port = setup, relay_port, arm_relay_port
        self.motions = setup.motions(load_arm(setup.arm_file))
        self.buttons: dict[LineAt, StopButton] = {}
        if stop_lines:
            at_controller, at_arm = (StopButton(self.folder / f"line-{where}") for where in ("controller", "arm"))
            self.buttons = {"controller": at_controller, "arm": at_arm}
            self._arm_options = ("--stop-line", at_arm.path)

    def set_up(self) -> None:
        """As the demo's, with buttons that are not pressed."""
        for button in self.buttons.values():
            button.start()
        super().set_up()

    def tear_down(self) -> None:
        """As the demo's. May be called twice."""
        for button in self.buttons.values():
            button.close()
        super().tear_down()

    @property
    def model_file(self) -> Path:
        """The model of the virtual wearer."""
        return self.folder / "model.npz"

    @property
    def profile_file(self) -> Path:
        """Where the controller keeps what was tuned."""
        return self._config.with_name(f"{self._config.stem}.profile.json")

    def _config_text(self, broker_url: str) -> str:  # noqa: ARG002 - it goes through the relay
        text = run_config_text(self.device, self._port, STREAM, _url(self._relay_port), self.arm_file, self.motions)
        text += '[black_box]\nfolder = "blackbox"\nminutes = 1\n'
        if self.buttons:
            text += f'[stop_line]\nport = "{self.buttons["controller"].path}"\n'
        config = self.setup.config
        if config is None:
            return text
        shaping = config.shaping.model_dump(include={"rejection_threshold", "vote", "ramp_ms", "dead_band"})
        safety = config.safety.model_dump(exclude={"speed_limit"})  # the faults are tried at the arm's own limits
        return text + _table("safety", safety) + _table("shaping", shaping)

    @property
    def _arm_url(self) -> str:
        return _url(self._arm_relay_port)

    def _wearer(self) -> WearerSignal:
        return WearerSignal(self.setup.channels, self.setup.rate_hz, seed=SEED)

    def _emulated(self) -> list[str]:
        return ["--channels", str(self.setup.channels), "--rate", str(self.setup.rate_hz)]

    def _calibrate(self) -> None:
        settings = FitSettings(
            settle_ms=SETTLE_MS,
            window_ms=self.setup.window_ms,
            hop_ms=self.setup.hop_ms,
            band_pass_hz=self.setup.band_pass_hz,
        )
        recording = prompted_trials(self._wearer(), repetitions=3)
        save_model(fit_with_progress(recording, settings, "a virtual wearer", self.console), self.model_file)


def _url(port: int) -> str:
    return f"mqtt://127.0.0.1:{port}"


def _table(name: str, values: dict[str, float]) -> str:
    """Return a TOML table of numbers, which JSON writes the same way."""
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
