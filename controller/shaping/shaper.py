"""From intent to wanted speed: rejection, ramp, proportional speed, gain."""

from dataclasses import dataclass

from controller.decoders.intent import Intent
from controller.shaping.proportional_speed import ProportionalSpeed
from controller.shaping.rejection import accepts
from controller.shaping.velocity_ramp import VelocityRamp


@dataclass(slots=True)
class Shaper:
    """`gain`: per joint, in the order of the arm's joints; changed only between two decisions."""

    rejection_threshold: float
    ramp: VelocityRamp
    speed: ProportionalSpeed
    gain: list[float]

    def shape(self, intent: Intent, effort: float) -> list[float]:
        """Return the wanted share of full speed per joint, [-1, 1]."""
        accepted = accepts(intent.confidence, self.rejection_threshold)
        factor = self.ramp.factor(intent.class_index if accepted else -1)
        if not accepted:
            return [0.0] * len(self.gain)
        factor *= self.speed.factor(intent.class_index, effort)
        wanted = [float(part) * factor * gain for part, gain in zip(intent.direction, self.gain, strict=True)]
        return [min(max(part, -1.0), 1.0) for part in wanted]

    def reset(self) -> None:
        """Forget what was earned: after a gap or a stop, speed is earned anew."""
        self.ramp.reset()
