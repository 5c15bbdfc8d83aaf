"""Which motion moves which joint which way, where every motion has its own."""

from collections.abc import Mapping, Sequence


def own_motions(
    motions: Sequence[str], speeds: Mapping[str, Mapping[str, float]], joints: Sequence[str]
) -> dict[tuple[int, float], int]:
    """Return for each joint and way, 1 or -1, the motion that moves it so; of several the first.

    Of several joints that a motion moves, it is used for the one that it moves most.
    """
    found: dict[tuple[int, float], int] = {}
    for index, motion in enumerate(motions):
        parts = {name: part for name, part in speeds.get(motion, {}).items() if part and name in joints}
        if index and parts:
            joint = max(parts, key=lambda name: abs(parts[name]))
            found.setdefault((joints.index(joint), 1.0 if parts[joint] > 0 else -1.0), index)
    return found
