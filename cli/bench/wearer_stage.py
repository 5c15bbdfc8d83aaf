"""The processes that a virtual wearer takes a test with: muscles on an emulated device, and the arm with mass."""

from pathlib import Path

from rich.console import Console

from cli.calibrate.fitting import fit_with_progress
from cli.demo.stage import STREAM, Stage
from cli.loopback import ARM_FILE, SEED, SETTLE_MS, run_config_text
from controller.calibration.fit import FitSettings
from controller.decoders.model_file import save_model
from sim.broker import BrokerKind
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.preset import WearerPreset, load_wearer
from sim.wearer.emg import DrivenMuscles
from sim.wearer.session import session
from sim.wearer.traits import WearerTraits

WEARER_FILE = ARM_FILE.parents[1] / "wearers/transhumeral_six.toml"


class WearerStage(Stage):
    """As the demo's, but that the muscles are those of a wearer's file, and the arm has mass.

    `traits`: of the person who sits through the calibration, and is to take the test.
    """

    def __init__(
        self, console: Console, broker_kind: BrokerKind, traits: WearerTraits, wearer_file: Path = WEARER_FILE
    ) -> None:
        super().__init__(broker_kind, "serial", arm_options=("--physics",))
        self.console = console
        self.preset: WearerPreset = load_wearer(wearer_file)
        self._traits, self._wearer_file = traits, wearer_file

    @property
    def speeds(self) -> dict[str, dict[str, float]]:
        """What each motion means for the joints: motion → joint → share of full speed."""
        return {muscle.motion: dict(muscle.moves) for muscle in self.preset.muscles}

    @property
    def config_file(self) -> Path:
        """The controller's configuration."""
        return self._config

    def _config_text(self, broker_url: str) -> str:
        motions = {motion: next(iter(moves.items())) for motion, moves in self.speeds.items()}
        return run_config_text(self.device, self._port, STREAM, broker_url, self.arm_file, motions)

    def _emulated(self) -> list[str]:
        return ["--wearer", str(self._wearer_file)]

    def _calibrate(self) -> None:
        sat_through = session(DrivenMuscles(MuscleSignal(self.preset, seed=SEED)), self._traits, seed=SEED)
        settings = FitSettings(settle_ms=SETTLE_MS)
        model = fit_with_progress(sat_through, settings, f"a virtual wearer of {self.preset.name}", self.console)
        save_model(model, self.folder / "model.npz")
