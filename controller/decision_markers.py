"""What the controller decides, as words for a recorder: left by the loop in passing, worded in another thread."""

from collections import deque
from collections.abc import Sequence

from controller.safety.states import State

# Ten seconds of decisions at hops of 10 ms: the thread looks twenty times a second.
MOST_WAITING = 1024

_Decision = tuple[int, int, State, tuple[str, ...], int, tuple[float, ...]]


class DecisionMarkers:
    """The loop calls `decided` and `event`, which never wait; a thread calls `take`. Beyond `MOST_WAITING` newest wins.

    Markers: `state NAME`, `class NAME` (what the decoder took the samples for), `moves JOINT+ JOINT-` or `moves
    nothing` (the signs of the velocities that were commanded), each when it changes; `event WORDS`; `missing N` for
    decisions that found no room.
    """

    def __init__(self, joints: Sequence[str], class_names: tuple[str, ...]) -> None:
        self.class_names = class_names
        self._joints = tuple(joints)
        self._waiting: deque[_Decision] = deque(maxlen=MOST_WAITING)
        self._events: deque[tuple[int, str]] = deque(maxlen=MOST_WAITING)
        self._number = self._seen = 0
        self._told = ("", "", "")

    def decided(self, t_ns: int, state: State, class_index: int, velocity_rad_s: Sequence[float]) -> None:
        """Note a decision, or that nothing was decided (`class_index` -1) and the state may have changed."""
        self._number += 1
        self._waiting.append((self._number, t_ns, state, self.class_names, class_index, tuple(velocity_rad_s)))

    def event(self, t_ns: int, words: str) -> None:
        """Note a line for people."""
        self._events.append((t_ns, words))

    def take(self) -> list[tuple[int, str]]:
        """Return what is new since the last call, time in ns of the monotonic clock and words, in order of time."""
        markers: list[tuple[int, str]] = []
        for _ in range(len(self._waiting)):
            markers += self._words(*self._waiting.popleft())
        for _ in range(len(self._events)):
            t_ns, words = self._events.popleft()
            markers.append((t_ns, f"event {words}"))
        return sorted(markers, key=lambda marker: marker[0])

    def _words(
        self, number: int, t_ns: int, state: State, names: tuple[str, ...], class_index: int, velocity: Sequence[float]
    ) -> list[tuple[int, str]]:
        missing, self._seen = number - self._seen - 1, number
        moving = [f"{joint}{'+' if v > 0 else '-'}" for joint, v in zip(self._joints, velocity, strict=True) if v]
        words = (
            f"state {state.value}",
            f"class {names[class_index]}" if class_index >= 0 else self._told[1],
            f"moves {' '.join(moving) or 'nothing'}",
        )
        changed = [(t_ns, new) for new, old in zip(words, self._told, strict=True) if new != old]
        self._told = words
        return [(t_ns, f"missing {missing}")] * (missing > 0) + changed
