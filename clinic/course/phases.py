"""The six phases of training, and what is published about when.

Sturma et al., "Therapy Interventions for Upper Limb Amputees Undergoing Selective Nerve Transfers", JoVE 2021, a
protocol from a Delphi study. Bands are drawn behind a wearer's own course; they are context and decide nothing.
"""

from dataclasses import dataclass
from enum import IntEnum

from clinic.course.stages import Stage

WEEKS_PER_MONTH = 365.25 / 12.0 / 7.0


class Phase(IntEnum):
    """What training is about; set by a clinician."""

    BEFORE_SURGERY = 1
    BEFORE_SIGNALS = 2
    SIGNALS = 3
    TABLE_TOP = 4
    FITTING = 5
    FOLLOW_UP = 6


@dataclass(frozen=True, slots=True)
class Band:
    """`key` names its string. `from_month`, `to_month` since surgery. `source`: where it stands; [ours] if nowhere."""

    key: str
    from_month: float
    to_month: float
    source: str


BANDS = (
    Band("before_signals", 0.0, 3.0, "[ours]: until the months of signal training begin"),
    Band(
        "signal_training",
        3.0,
        6.0,
        "usual months of signal training; phases: Sturma et al., JoVE 2021. The months are background knowledge",
    ),
    Band(
        "sites_ready",
        4.0,
        6.0,
        "four transhumeral sites ready for a prosthesis after 4 to 6 months, https://study.sci.house/pediatrics/"
        "advancements-upper-extremity-101528.html (technique: Dumanian et al. 2009)",
    ),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phase and why; `reason` names its string. Never set by itself."""

    phase: Phase
    reason: str


def suggest(weeks: float | None, stages: list[Stage]) -> Suggestion | None:
    """Suggest a phase from weeks since surgery and the sites' stages; None where nothing is known. The rule is ours."""
    if weeks is None:
        return None
    if weeks < 0:
        return Suggestion(Phase.BEFORE_SURGERY, "not_yet")
    if not stages or max(stages) < Stage.FIRST_TWITCH:
        return Suggestion(Phase.BEFORE_SIGNALS, "no_signals")
    if min(stages) >= Stage.READY:
        return Suggestion(Phase.FITTING, "all_ready")
    if sum(stage >= Stage.HELD for stage in stages) >= 2:
        return Suggestion(Phase.TABLE_TOP, "two_held")
    return Suggestion(Phase.SIGNALS, "some_signals")
