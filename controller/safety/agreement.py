"""Whether two sides believe the same about an arm."""

import math
from collections.abc import Sequence
from dataclasses import fields

from controller.safety.limits import JointLimits


def disagreement(ours: Sequence[JointLimits], theirs: Sequence[JointLimits]) -> str:
    """Return what differs between our limits and the arm's, in words, or an empty string."""
    arm = {joint.name: joint for joint in theirs}
    faults = [
        f"the arm has a joint '{name}' that we do not know" for name in sorted(arm.keys() - {j.name for j in ours})
    ]
    for joint in ours:
        other = arm.get(joint.name)
        if other is None:
            faults.append(f"the arm has no joint '{joint.name}'")
            continue
        for each in fields(JointLimits):
            own, its = getattr(joint, each.name), getattr(other, each.name)
            # JSON and TOML keep every digit; a part in a million is no difference to an arm.
            same = (
                math.isclose(own, its, rel_tol=1e-6)
                if isinstance(own, float) and isinstance(its, float)
                else own == its
            )
            if not same:
                faults.append(f"{joint.name}: {each.name} is {own} here and {its} there")
    return "; ".join(faults)
