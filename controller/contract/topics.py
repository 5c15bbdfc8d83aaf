import re
from dataclasses import dataclass

PREFIX = "efferent/v1"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one arm. `arm`: 1-32 of a-z, 0-9, _ and -, starting with a letter (ValueError otherwise)."""

    arm: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", self.arm):
            raise ValueError(f"an arm's name is 1-32 of a-z 0-9 _ -, starting with a letter; got {self.arm!r}")

    def _of(self, tail: str) -> str:
        return f"{PREFIX}/{self.arm}/{tail}"

    @property
    def command(self) -> str:
        """Controller to arm, QoS 0, never retained."""
        return self._of("command")

    @property
    def state(self) -> str:
        """Arm to all, QoS 0, 50 Hz."""
        return self._of("state")

    @property
    def controller_status(self) -> str:
        """Controller to all, QoS 1, retained, last will `lost`."""
        return self._of("controller/status")

    @property
    def arm_status(self) -> str:
        """Arm to all, QoS 1, retained, last will `lost`."""
        return self._of("arm/status")

    @property
    def signal(self) -> str:
        """Controller to clinic, QoS 0, 20 Hz."""
        return self._of("signal")

    @property
    def profile(self) -> str:
        """Controller to all, QoS 1, retained: the accepted profile."""
        return self._of("profile")

    @property
    def profile_set(self) -> str:
        """Clinic to controller, QoS 1: a change, with the version it was made against."""
        return self._of("profile/set")

    @property
    def profile_result(self) -> str:
        """Controller to clinic, QoS 1: accepted, or refused with the reason."""
        return self._of("profile/result")

    @property
    def profile_confirm(self) -> str:
        """Clinic to controller, QoS 1: keep the profile that is on trial, or go back."""
        return self._of("profile/confirm")

    @property
    def emg(self) -> str:
        """Controller to clinic, QoS 0, about 30 Hz while watched: raw samples."""
        return self._of("emg")

    @property
    def emg_set(self) -> str:
        """Clinic to controller, QoS 1: publish raw samples for so long."""
        return self._of("emg/set")

    @property
    def mode_set(self) -> str:
        """Clinic to controller and arm, QoS 1: engage, disengage, clear."""
        return self._of("mode/set")

    @property
    def calibration_set(self) -> str:
        """Clinic to controller, QoS 1: start, add, redo, delete, fit, swap, back, cancel."""
        return self._of("calibration/set")

    @property
    def calibration_state(self) -> str:
        """Controller to all, QoS 1, retained: prompt, trial scores, fit, shadow."""
        return self._of("calibration/state")

    @property
    def calibration_result(self) -> str:
        """Controller to all, QoS 1, retained: what the last fit found."""
        return self._of("calibration/result")

    @property
    def stop(self) -> str:
        """Anyone to controller and arm, QoS 1: latched at once."""
        return self._of("stop")

    @property
    def event(self) -> str:
        """Any to all, QoS 1: what happened, for the log."""
        return self._of("event")
