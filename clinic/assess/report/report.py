"""The tests of a wearer as one page to be printed: nothing is loaded from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import degrees
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clinic.assess.kept import NotCountedTrial, Taken
from clinic.assess.report.plots import Plot, comparable, group_name, plots_of
from clinic.assess.report.words import Words

HERE = Path(__file__).parent
STYLE = (HERE / "report.css").read_text(encoding="utf-8")
HEADS = ("when", "profile", "trials", "rate", "median", "throughput", "unintended", "not_counted")
MEANINGS = ("rate", "median", "throughput", "motion", "why_online", "arms", "compare")
# The one style is in the page itself; by its hash no other is let in.
POLICY = (
    "default-src 'none'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that may be compared, as they are printed."""

    name: str
    newest_day: str
    sentence: str
    note: str
    plots: list[Plot]
    rows: list[list[str]]
    parameters: list[list[str]]


def report_html(taken: Sequence[Taken], wearer: str, by: str, printed: datetime, words: Words) -> str:
    """Return the page. `by`: who prints it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    newest = taken[-1] if taken else None
    profile = "" if newest is None else f"{_profile(newest, words)}, {newest.profile_author}".strip(", ")
    return environment.get_template("report.html.j2").render(
        words=words,
        t=words.t,
        style=Markup(STYLE),  # noqa: S704 - our own file
        wearer=wearer,
        by=by,
        printed=f"{words.date(printed)}, {printed.astimezone():%H:%M}",
        count=len(taken),
        newest=newest and {"profile": profile, "decoder": f"{newest.decoder}. {newest.trained_on}".strip(". ") or "–"},
        groups=[_group(tests, words) for tests in comparable(taken).values()],
        heads=[words.t(f"head.{name}") for name in HEADS],
        others=[_other(one, words) for one in taken if one.practice or not one.complete],
        meanings=MEANINGS,
    )


def sentence(one: Taken, words: Words) -> str:
    """Return what was found in one test."""
    if one.kind == "rest":
        turned = degrees(one.figures.get("rest_motion_rad") or 0.0)
        lasted = words.number(one.figures.get("rest_s"), 0)
        return words.t("found.rest", degrees=words.number(turned, 1), seconds=lasted)
    if one.rate is None or one.rate_interval is None:
        return words.t("found.nothing")
    low, high = (words.percent(share) for share in one.rate_interval)
    rate = words.percent(one.rate)
    parts = [words.t("found.rate", completed=one.completed, trials=one.trials, rate=rate, low=low, high=high)]
    if one.median_s is not None:
        parts.append(words.t("found.median", seconds=words.number(one.median_s)))
    if one.median_interval_s is not None:
        low, high = (words.number(edge) for edge in one.median_interval_s)
        parts.append(words.t("found.median_interval", low=low, high=high))
    throughput = one.figures.get("throughput_bit_s")
    if throughput is not None:
        parts.append(words.t("found.throughput", bits=words.number(throughput, 2)))
    if one.not_counted:
        parts.append(words.t("found.not_counted", count=len(one.not_counted)))
    if not one.complete:
        parts.append(words.t("found.not_complete"))
    if one.changed:
        parts.append(words.t("found.changed"))
    return " ".join(parts)


def _group(tests: Sequence[Taken], words: Words) -> Group:
    newest = tests[-1]
    return Group(
        group_name(newest, words),
        words.date(_moment(newest)),
        sentence(newest, words),
        words.t(f"note.{newest.arm_kind}"),
        plots_of(tests, words),
        [_row(one, words) for one in tests],
        [
            [words.parameter(parameter.name), words.value(parameter.value, parameter.unit, 4), parameter.source]
            for parameter in newest.parameters
        ],
    )


def _row(one: Taken, words: Words) -> list[str]:
    rate = "–"
    if one.rate_interval is not None:
        low, high = (words.percent(share) for share in one.rate_interval)
        rate = f"{words.percent(one.rate)} % ({low}–{high})"
    median = words.number(one.median_s)
    if one.median_interval_s is not None:
        low, high = (words.number(edge) for edge in one.median_interval_s)
        median += f" ({low}–{high})"
    unintended = one.figures.get("unintended_rad_per_trial", one.figures.get("rest_motion_rad"))
    return [
        words.date(_moment(one)),
        _profile(one, words),
        f"{'–' if one.completed is None else one.completed} / {one.trials}",
        rate,
        median,
        words.number(one.figures.get("throughput_bit_s"), 2),
        words.number(None if unintended is None else degrees(unintended), 1),
        str(len(one.not_counted)),
    ]


def _profile(one: Taken, words: Words) -> str:
    if one.profile_version is None:
        return "–"
    return f"v{one.profile_version}" + (f" ({words.t('mark.changed')})" if one.changed else "")


def _other(one: Taken, words: Words) -> str:
    marks = [words.t("mark.practice")] * one.practice + [words.t("mark.not_complete")] * (not one.complete)
    broken = "; ".join(_why(trial, words) for trial in one.not_counted)
    said = f"{words.date(_moment(one))}, {words.t(f'kind.{one.kind}')} ({', '.join(marks)}): {sentence(one, words)}"
    return f"{said} {broken}".strip()


def _why(trial: NotCountedTrial, words: Words) -> str:
    key = f"why.{trial.code}"
    said = words.t(key, **trial.values) if words.has(key) else trial.code
    return words.t("not_counted", trial=trial.trial, why=said)


def _moment(one: Taken) -> datetime:
    return datetime.fromisoformat(one.at)
