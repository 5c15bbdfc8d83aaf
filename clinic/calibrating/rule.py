"""When a wearer alone may put a new model in force. In doubt the old one stays."""

from dataclasses import dataclass, field

from controller.contract.calibration import CalibrationPhase, CalibrationState

# Worse than one decision in five is not worth having, however bad the old one is. A choice, not a measurement.
MOST_ERROR_PERCENT = 20.0
# Two seconds of rest at a hop of 10 ms.
FEWEST_DECISIONS = 200
# While the wearer rests, as the page asks for, a new model must say so too.
LEAST_REST = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """`may_use`: the new model. `why`: a word that pages have a sentence for; `sentence`: the same in English.

    `pending`: it is too soon to tell. `values`: what the sentence names.
    """

    may_use: bool
    why: str
    sentence: str
    pending: bool = False
    values: dict[str, float | str] = field(default_factory=dict)


def judge(state: CalibrationState) -> Verdict:
    """Judge the model in shadow by held-out errors of today, and by what it decides while the wearer rests."""
    if state.phase is not CalibrationPhase.SHADOW or state.fit is None or state.shadow is None:
        return Verdict(False, "none", "there is no new model yet", pending=True)
    bad = [trial.trial for trial in state.trials if trial.verdict == "redo"]
    if bad:
        named = ", ".join(bad)
        return Verdict(False, "trials", f"first do {named} again, or leave it out", values={"trials": named})
    new, running = state.fit.error_percent, state.fit.running_error_percent
    if new is None or running is None:
        return Verdict(False, "unmeasured", "the old and the new model could not be compared, so the old one stays")
    values: dict[str, float | str] = {"new": round(new, 1), "running": round(running, 1)}
    if new > running:
        sentence = f"today the new model is wrong more often ({new:.1f} %) than the old one ({running:.1f} %)"
        return Verdict(False, "worse", sentence, values=values)
    if new > MOST_ERROR_PERCENT:
        sentence = f"the new model is wrong too often: {new:.1f} % on parts that it had not seen"
        return Verdict(False, "poor", sentence, values=values)
    if state.shadow.decisions < FEWEST_DECISIONS:
        return Verdict(False, "watching", "the new model has not been watched long enough; relax", pending=True)
    if state.shadow.rest < LEAST_REST:
        values = {"rest": round(100 * state.shadow.rest)}
        sentence = f"relaxed, the new model saw rest in only {values['rest']} % of the time; relax, or calibrate again"
        return Verdict(False, "restless", sentence, values=values)
    return Verdict(True, "better", f"wrong today: {new:.1f} % instead of {running:.1f} %", values=values)
