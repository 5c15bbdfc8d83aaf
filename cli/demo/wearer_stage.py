"""The demo's processes: the muscles of a wearer after nerve transfer on an emulated device, and the arm with mass."""

from importlib.util import find_spec
from pathlib import Path

from cli.calibrate.fitting import fit_with_progress
from cli.demo.stage import STREAM, Stage
from cli.loopback import ARM_FILE, SEED, SETTLE_MS, run_config_text
from controller.calibration.fit import FitSettings
from controller.decoders.model_file import save_model
from drivers.recordings.recording import Recording
from sim.broker import BrokerKind
from sim.emg.trials import prompted_trials
from sim.muscles.muscle_signal import MuscleSignal
from sim.muscles.muscle_wearer import MuscleWearer
from sim.muscles.preset import WearerPreset, load_wearer
from sim.wearer.emg import DrivenMuscles
from sim.wearer.session import session
from sim.wearer.traits import WearerTraits

WEARER_FILE = ARM_FILE.parents[1] / "wearers/transhumeral_six.toml"


class WearerStage(Stage):
    """As `Stage`, but that the muscles are those of a wearer's file, and the arm has mass where MuJoCo is installed.

    Without `traits` the wearer sits still, and means each motion just so strongly as asked for. `traits`: of the person
    who sits through the calibration and is to take a test, whose muscles are then driven one by one; the wearer's
    motion bursts are as in the file.
    """

    def __init__(self, broker_kind: BrokerKind, device: str, traits: WearerTraits | None = None) -> None:
        self.arm_has_mass = find_spec("mujoco") is not None
        super().__init__(broker_kind, device, arm_options=("--physics",) if self.arm_has_mass else ())
        preset = load_wearer(WEARER_FILE)
        self.preset: WearerPreset = preset.sitting_still() if traits is None else preset
        self._traits = traits

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
        return ["--wearer", str(WEARER_FILE), *(["--sitting-still"] if self._traits is None else [])]

    def _calibrate(self) -> None:
        settings = FitSettings(settle_ms=SETTLE_MS)
        model = fit_with_progress(self._sat_through(), settings, f"a virtual wearer: {self.preset.name}", self.console)
        save_model(model, self.folder / "model.npz")

    def _sat_through(self) -> Recording:
        if self._traits is None:
            return prompted_trials(MuscleWearer(self.preset, seed=SEED), repetitions=3)
        return session(DrivenMuscles(MuscleSignal(self.preset, seed=SEED)), self._traits, seed=SEED)
