"""All results as one object of plain numbers, the same for JSON, the terminal and the report."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from controller.evaluation.data_sets import DATA_SETS
from controller.evaluation.decision_time import DecisionTime
from controller.evaluation.dropped_channels import BOUND_POINTS, DroppedScore
from controller.evaluation.errors import EvaluationError
from controller.evaluation.jobs import Job, PersonScore, Plan, Result
from controller.evaluation.suite import SuiteTest
from controller.evaluation.transitions import Transitions

Summary = dict[str, Any]
# Errors are kept to so many digits: less than a window's worth for any data set there is.
DIGITS = 4


def summarise(plan: Plan, jobs: Sequence[Job], results: Sequence[Result]) -> Summary:
    """Return the summary. Raises `EvaluationError` when nobody's recordings were enough for any test."""
    done = list(zip(jobs, results, strict=True))
    tests, notes = {}, [f"{name}: no such folder, left out" for name in DATA_SETS if name not in plan.people]
    for test in plan.tests:
        scores = {
            job.path.stem: result for job, result in done if job.what == test.name and isinstance(result, PersonScore)
        }
        enough = {name: score for name, score in scores.items() if score.streams}
        missing = [name for name in scores if name not in enough]
        if missing:
            notes.append(f"{test.name}: recorded too little for it: {', '.join(missing)}")
        if enough:
            tests[test.name] = _test(test, enough)
    if not tests:
        raise EvaluationError(f"nobody has recorded enough for any test ({'; '.join(notes)})")
    return {
        "suite": plan.suite,
        "decoder": plan.decoder,
        "seed": plan.seed,
        "adaptation": any("error_percent_without_adaptation" in test for test in tests.values()),
        "people": {name: [path.stem for path in paths] for name, paths in plan.people.items()},
        "notes": notes,
        "tests": tests,
        "transitions": _transitions(done),
        "dropped_channels": _dropped(done),
        "time_per_decision_us": next((asdict(result) for _, result in done if isinstance(result, DecisionTime)), None),
    }


def _test(test: SuiteTest, people: dict[str, PersonScore]) -> Summary:
    """With adaptation the last score of each stream is the adaptive one; without, there is one."""
    adaptive = any(_learnt(score) for score in people.values())
    confusion = sum(stream[-1].confusion for score in people.values() for stream in score.streams)
    rows = {
        "error_percent": _percent(_mean_over_people(people, -1)),
        "goal_percent": test.goal_percent,
        "libemg_percent": test.libemg_percent,
        "windows": sum(stream[-1].windows for score in people.values() for stream in score.streams),
        "people": {name: _percent(_mean_error(score, -1)) for name, score in people.items()},
        "sessions": {name: _by_session(score, -1) for name, score in people.items()},
        "confusion": {
            "classes": list(next(iter(people.values())).class_names),
            "windows": np.asarray(confusion).tolist(),
        },
    }
    if adaptive:
        rows["error_percent_without_adaptation"] = _percent(_mean_over_people(people, 0))
        rows["people_without_adaptation"] = {name: _percent(_mean_error(score, 0)) for name, score in people.items()}
        rows["sessions_without_adaptation"] = {name: _by_session(score, 0) for name, score in people.items()}
    return rows


def _learnt(score: PersonScore) -> bool:
    return len(score.streams[0]) > 1


def _by_session(score: PersonScore, which: int) -> dict[str, float]:
    return {
        score.session_names[stream[which].session]: _percent(stream[which].error_percent) for stream in score.streams
    }


def _mean_error(score: PersonScore, which: int) -> float:
    """Every session counts the same, however many windows it has; so does every person."""
    return float(np.mean([stream[which].error_percent for stream in score.streams]))


def _mean_over_people(people: dict[str, PersonScore], which: int) -> float:
    return float(np.mean([_mean_error(score, which) for score in people.values()]))


def _percent(value: float) -> float:
    return round(value, DIGITS)


def _transitions(done: list[tuple[Job, Result]]) -> Summary:
    together: dict[str, Transitions] = {}
    for job, result in done:
        if isinstance(result, Transitions):
            together.setdefault(job.what, Transitions()).add(result)
    return {name: _delays(found) for name, found in together.items() if found.rest_s or found.quiet_s}


def _delays(found: Transitions) -> Summary:
    return {
        "onset": _lag(found.onset_s, found.missed_onsets),
        "offset": _lag(found.offset_s, found.missed_offsets),
        "false_activations_per_minute": _per_minute(found.activations, found.rest_s),
        "false_movements_per_minute": _per_minute(found.movements, found.shaped_s),
        "false_movement_speed_percent": _percent_of(found.way_s, found.shaped_s),
        "rest_minutes": round(found.rest_s / 60.0, 2),
        "false_activations_per_minute_in_rest_recordings": _per_minute(found.quiet_activations, found.quiet_s),
        "false_movements_per_minute_in_rest_recordings": _per_minute(found.quiet_movements, found.quiet_shaped_s),
        "false_movement_speed_percent_in_rest_recordings": _percent_of(found.quiet_way_s, found.quiet_shaped_s),
        "rest_recording_minutes": round(found.quiet_s / 60.0, 2),
    }


def _lag(delays_s: list[float], missed: int) -> Summary:
    p50, p90 = np.percentile(delays_s, (50, 90)).round(3).tolist() if delays_s else (None, None)
    return {"p50_s": p50, "p90_s": p90, "missed": missed, "delays_s": [round(delay, 3) for delay in delays_s]}


def _per_minute(count: int, seconds: float) -> float | None:
    return round(count / seconds * 60.0, 3) if seconds else None


def _percent_of(way_s: float, seconds: float) -> float | None:
    """Mean speed over all that rest, in percent of full speed."""
    return round(100.0 * way_s / seconds, 3) if seconds else None


def _dropped(done: list[tuple[Job, Result]]) -> Summary | None:
    """Per number of dead channels the error of each set, mean of the people who have that many channels."""
    jobs = [(job, result) for job, result in done if isinstance(result, list) and result]
    counts = {
        str(count): _dropped_sets({job.path.stem: scores for job, scores in jobs if job.dead_count == count})
        for count in sorted({job.dead_count for job, _ in jobs})
    }
    if "0" not in counts:
        return None
    whole = counts["0"]
    for row in counts.values():
        row["points_lost"] = _percent(row["error_percent"] - whole["error_percent"])
        if row["by_set_dropping"]:
            row["points_lost_dropping"] = _percent(row["error_percent_dropping"] - whole["error_percent"])
            row["worst_points_lost_dropping"] = _percent(row["worst_error_percent_dropping"] - whole["error_percent"])
            row["people_worst_points_lost_dropping"] = {
                name: _percent(worst - whole["people_worst_dropping"][name])
                for name, worst in row["people_worst_dropping"].items()
            }
    lost = counts.get("2", {}).get("worst_points_lost_dropping")
    return {
        "test": jobs[0][0].what,
        "counts": counts,
        "bound_points": BOUND_POINTS,
        "any_two_within_bound": None if lost is None else lost < BOUND_POINTS,
    }


def _dropped_sets(people: dict[str, list[DroppedScore]]) -> Summary:
    plain, dropping = {}, {}
    for dead in sorted({score.dead for scores in people.values() for score in scores}):
        of_set = [score for scores in people.values() for score in scores if score.dead == dead]
        name = "+".join(str(channel + 1) for channel in dead) or "none"
        plain[name] = _percent(float(np.mean([score.error_percent for score in of_set])))
        known = [score.dropping_percent for score in of_set if score.dropping_percent is not None]
        if known:
            dropping[name] = _percent(float(np.mean(known)))
    return {
        "sets": len(plain),
        "error_percent": _percent(float(np.mean(list(plain.values())))),
        "worst_error_percent": max(plain.values()),
        "error_percent_dropping": _percent(float(np.mean(list(dropping.values())))) if dropping else None,
        "worst_error_percent_dropping": max(dropping.values()) if dropping else None,
        "people_worst_dropping": {name: _worst(scores) for name, scores in people.items()} if dropping else {},
        "by_set": plain,
        "by_set_dropping": dropping,
    }


def _worst(scores: list[DroppedScore]) -> float:
    return _percent(max(score.dropping_percent or 0.0 for score in scores))
