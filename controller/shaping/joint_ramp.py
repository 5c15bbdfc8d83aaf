"""Velocity ramp for decoders that move several joints at once: each joint earns its speed by itself, each way anew.

The same counter as `velocity_ramp`, which is per class (Simon et al. 2011, IEEE TBME 58(8):2360-2368).
"""

from dataclasses import dataclass, field


@dataclass(slots=True)
class JointRamp:
    """`length`: decisions until full speed; `down`: how fast a joint that is not moved loses what it earned."""

    joint_count: int
    length: int
    down: int = 2
    _counters: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._counters = [0] * self.joint_count

    def factor(self, joint: int, speed: float) -> float:
        """Count a decision of `speed` for `joint`, and return its share of full speed, 0..1.

        A joint that is turned round begins from nothing: what was earned one way does not count the other way.
        """
        earned = self._counters[joint]  # negative: earned backwards
        if speed == 0.0:
            kept = max(abs(earned) - self.down, 0)
            self._counters[joint] = kept if earned > 0 else -kept
            return 0.0
        way = 1 if speed > 0.0 else -1
        count = min(max(earned * way, 0) + 1, self.length)
        self._counters[joint] = count * way
        return count / self.length

    def change_length(self, length: int) -> None:
        """Take another length; each joint keeps the share of full speed that it has earned, so that nothing jumps."""
        self._counters = [int(count * length / self.length) for count in self._counters]
        self.length = length

    def reset(self) -> None:
        """Let every joint start from nothing."""
        self._counters = [0] * self.joint_count
