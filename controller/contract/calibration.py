"""Calibration while the controller runs: what is asked of it, and how it stands."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from controller.contract.message import Count, Message, Name, Session, Text

# Where the arm is held, and the motion of a prompt that asks for no more than to bring it there.
MOST_POSITIONS = 5
TAKE_POSITION = "take position"
# An id that who asks makes up, to know the answer by.
RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,32}$")]
# More than a wearer can do in one go; with the rests of each round, what a state message can carry.
MOST_TRIALS, MOST_WITH_RESTS = 120, 140
TrialText = Annotated[str, Field(pattern=r"^[^:@,]{1,64}:\d{1,6}$")]
Share = Annotated[float, Field(ge=0, le=1)]


class CalibrationAction(StrEnum):
    """What a person may ask for."""

    START = "start"  # a session for a model of its own
    ADD = "add"  # a short session of today, on top of the running model
    REDO = "redo"  # prompt these trials again
    DELETE = "delete"  # leave these trials out
    FIT = "fit"  # make a model; it then runs in shadow
    SWAP = "swap"  # put the model that runs in shadow in force, and on the disk
    BACK = "back"  # return to the model before the running one
    CANCEL = "cancel"  # forget the session and the model in shadow


class CalibrationPhase(StrEnum):
    """Where a session stands."""

    IDLE = "idle"
    RECORDING = "recording"  # prompts are shown; nothing can move
    SCORING = "scoring"
    RECORDED = "recorded"  # trials have scores; they can be done again, left out, or fitted to
    FITTING = "fitting"
    SHADOW = "shadow"  # the new model decides beside the running one, and moves nothing
    SWAPPING = "swapping"


class CalibrationRequest(Message):
    """Topic `calibration/set`. `by`: who asks, for the log.

    `motions`: of `start` and `add`; none for all of the configuration. `trials_per_motion`: of `start` and `add`; 0 for
    the usual 3 and 1. `trials`: of `redo` and `delete`, such as `hand_close:2`. `positions`: of `start` and `add`; so
    many trials in each of these positions of the arm, one after the other; none: as it is. `ramp`: of `start` and
    `add`; each effort is to rise slowly, for pages to show. `request`: comes back with the answer.
    """

    action: CalibrationAction
    by: Text
    motions: Annotated[tuple[Name, ...], Field(max_length=32)] = ()
    trials_per_motion: Annotated[int, Field(ge=0, le=20)] = 0
    hold_s: Annotated[float, Field(ge=0.5, le=30)] = 3.0
    rest_s: Annotated[float, Field(ge=0.5, le=30)] = 2.0
    trials: Annotated[tuple[TrialText, ...], Field(max_length=MOST_TRIALS)] = ()
    positions: Annotated[tuple[Name, ...], Field(max_length=MOST_POSITIONS)] = ()
    ramp: bool = False
    request: RequestId = ""


class CalibrationPrompt(Message):
    """What the wearer is asked to do now. `lasts_s` in all, `left_s` when this was sent; then `following`.

    `position`: of the arm, empty where none was asked for; the motion `take position` asks for nothing but that.
    `ramp`: the effort is to rise slowly. `effort_low`, `effort_high`: `signal.effort` at which the running model begins
    to move the arm in this motion, and has it at full speed (for rest: in the others); null for what it does not know.
    """

    motion: str
    trial: Count
    lasts_s: float
    left_s: float
    following: str = ""
    position: str = ""
    ramp: bool = False
    effort_low: float | None = None
    effort_high: float | None = None


class TrialReport(Message):
    """One trial with its score. `onset_s`: prompt to effort, null for rest or where none was seen.

    `signal_to_noise_db`: effort over rest. `recognised`: share nearest to the wearer's other trials of this motion.
    `position`: of the arm, empty where none was asked for. `why`: what `sentence` says, as a word (such as `too_late`,
    see `controller.calibration.trial_score_words`), for programs with sentences of their own; `value` and `like` are
    the number and the class that it names.
    """

    trial: TrialText
    verdict: Annotated[str, Field(max_length=16)]
    sentence: Text
    onset_s: float | None
    signal_to_noise_db: float
    effort_range: float
    recognised: Share
    position: Annotated[str, Field(max_length=32)] = ""
    why: Annotated[str, Field(max_length=32)] = ""
    value: float | None = None
    like: Annotated[str, Field(max_length=64)] = ""


class FitReport(Message):
    """What a fit gave. Errors in % on parts of the session that were held out, of both models; null: not measurable."""

    classes: tuple[str, ...]
    windows: Count
    error_percent: float | None
    running_error_percent: float | None


class Difference(Message):
    """On this share of decisions the running model decided for one class, and the new one for another."""

    running: str
    new: str
    share: Share


class ShadowReport(Message):
    """How the new model does beside the running one. `agreement`: share of decisions for the same class.

    `cost_ms`: mean computing time that the shadow adds to each decision, once its command is out. `rest`: share of the
    new model's decisions that were rest. `differ`: where they differ most, none where one has no classes.
    """

    decisions: Count
    agreement: Share
    cost_ms: float
    rest: Share = 0.0
    differ: Annotated[tuple[Difference, ...], Field(max_length=8)] = ()


class CalibrationState(Message):
    """Topic `calibration/state`, retained, on change and each second while something is going on.

    `session`: the controller's; a message of another one is history. `adds`: the session is added to the running model.
    `what`: the last thing that happened, for people. `left_s`: of the prompts. `progress`: of scoring or fitting.
    `trained_on`: what the running model is made of. `may_go_back`: a model before the running one is kept.
    `trials`: also while others are being recorded, each soon after its end; all are scored again when the last is over.
    """

    session: Session
    phase: CalibrationPhase = CalibrationPhase.IDLE
    what: Text = ""
    adds: bool = False
    prompt: CalibrationPrompt | None = None
    left_s: float = 0.0
    progress: Share = 0.0
    trials: Annotated[tuple[TrialReport, ...], Field(max_length=2 * MOST_TRIALS)] = ()
    fit: FitReport | None = None
    shadow: ShadowReport | None = None
    trained_on: Annotated[str, Field(max_length=2000)] = ""
    may_go_back: bool = False
