"""What a virtual wearer does when nobody is at the keys."""

from dataclasses import dataclass

from sim.errors import SimError


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """Mean `motion` with `effort` 0..1 for so many seconds."""

    seconds: float
    motion: str
    effort: float = 0.6


@dataclass(frozen=True, slots=True)
class Script:
    """Steps one after another. Raises `SimError` when there are none or one takes no time."""

    steps: tuple[ScriptStep, ...]

    def __post_init__(self) -> None:
        if not self.steps or any(step.seconds <= 0 for step in self.steps):
            raise SimError("a script needs at least one step, each of more than 0 seconds")

    @property
    def duration_s(self) -> float:
        """How long all steps take."""
        return sum(step.seconds for step in self.steps)

    def step_at(self, time_s: float) -> ScriptStep | None:
        """Return the step that holds at `time_s` from the start; None after the end."""
        end_s = 0.0
        for step in self.steps:
            end_s += step.seconds
            if time_s < end_s:
                return step
        return None
