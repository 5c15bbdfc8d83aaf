"""An arm drawn with braille dots: each character is 2 dots wide and 4 high."""

import itertools
import math
from dataclasses import dataclass, field

# Bit of each dot in a braille character, by row and column.
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


@dataclass(slots=True)
class Canvas:
    """`width` × `height` characters; dots from (0, 0) at the top left."""

    width: int
    height: int
    _cells: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self._cells = [[0] * self.width for _ in range(self.height)]

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a straight line of dots; what lies outside is left out."""
        steps = max(int(max(abs(x1 - x0), abs(y1 - y0))), 1)
        for step in range(steps + 1):
            x, y = round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps)
            if 0 <= x < 2 * self.width and 0 <= y < 4 * self.height:
                self._cells[y // 4][x // 2] |= DOTS[y % 4][x % 2]

    def circle(self, x: float, y: float, radius: float) -> None:
        """Draw a circle of dots."""
        points = [(x + radius * math.cos(a / 8 * math.pi), y + radius * math.sin(a / 8 * math.pi)) for a in range(17)]
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            self.line(x0, y0, x1, y1)

    def lines(self) -> list[str]:
        """Return the picture as text, one string per row."""
        return ["".join(chr(0x2800 + cell) for cell in row) for row in self._cells]


def draw_arm(
    elbow_rad: float, wrist_rotation_rad: float, hand_rad: float, width: int = 34, height: int = 13
) -> list[str]:
    """Draw the arm from the side: upper arm down from the shoulder, forearm at the elbow's angle, fingers.

    `hand_rad` 0 is open, 1.4 closed. The wrist's rotation is the small dial: its hand points up at 0.
    """
    canvas = Canvas(width, height)
    shoulder_x, shoulder_y, upper, fore, finger = 14.0, 3.0, 20.0, 24.0, 9.0
    elbow_x, elbow_y = shoulder_x, shoulder_y + upper
    for offset in (-2.0, 2.0):
        canvas.line(shoulder_x + offset, shoulder_y, elbow_x + offset, elbow_y)
    canvas.circle(elbow_x, elbow_y, 3.0)
    # 0 = straight: the forearm hangs on from the upper arm; flexion lifts it forward, to the right.
    along_x, along_y = math.sin(elbow_rad), math.cos(elbow_rad)
    across_x, across_y = along_y, -along_x
    wrist_x, wrist_y = elbow_x + fore * along_x, elbow_y + fore * along_y
    for offset in (-1.5, 1.5):
        canvas.line(
            elbow_x + 3 * along_x + offset * across_x,
            elbow_y + 3 * along_y + offset * across_y,
            wrist_x + offset * across_x,
            wrist_y + offset * across_y,
        )
    opening = 0.15 + 0.75 * (1.0 - min(max(hand_rad / 1.4, 0.0), 1.0))
    for side in (-1.0, 1.0):
        angle = elbow_rad + side * opening
        tip_x, tip_y = wrist_x + finger * math.sin(angle), wrist_y + finger * math.cos(angle)
        canvas.line(wrist_x, wrist_y, tip_x, tip_y)
        bent = elbow_rad + side * (opening - 0.6)
        canvas.line(tip_x, tip_y, tip_x + 4 * math.sin(bent), tip_y + 4 * math.cos(bent))
    dial_x, dial_y, radius = 2 * width - 9.0, 8.0, 7.0
    canvas.circle(dial_x, dial_y, radius)
    canvas.line(
        dial_x, dial_y, dial_x + radius * math.sin(wrist_rotation_rad), dial_y - radius * math.cos(wrist_rotation_rad)
    )
    return canvas.lines()
