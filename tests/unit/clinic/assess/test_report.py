"""Plots and the printed report: what is in them, in both languages, and whose they are."""

import json
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from clinic.assess.kept import taken_of
from clinic.assess.report.plots import comparable, plots_of
from clinic.assess.report.report import POLICY, STYLE, report_html, sentence
from clinic.assess.report.words import STRINGS, Language, Words
from clinic.store.database import Store
from clinic.store.tables.assessments import TakenTest
from clinic.store.tables.base import now
from clinic.store.tables.people import Wearer

SVG = "{http://www.w3.org/2000/svg}"
NAME = "Anna <b>& Co"


def kept(store: Store, done: int, trials: int, days_ago: int, version: int = 1, tolerance: float = 5.0) -> TakenTest:
    """Keep a TAC test in which the first trials were completed."""
    each = [{"completion_s": 3.0 + index if index < done else None} for index in range(trials)]
    times = [one["completion_s"] for one in each if one["completion_s"] is not None]
    result = {
        "format": 1,
        "test": "tac",
        "who": NAME,
        "parameters": [
            {"name": "tolerance", "value": tolerance, "unit": "deg", "source": "BioPatRec"},
            {"name": "seed", "value": days_ago, "unit": "", "source": "order of the targets"},
        ],
        "figures": {"completion_rate": done / trials, "median_completion_s": sorted(times)[len(times) // 2]},
        "difficulty_line": None,
        "trials": each,
    }
    row = TakenTest(
        wearer_id=1, at=now() - timedelta(days=days_ago), by="dr", kind="tac", arm="demo", arm_kind="virtual",
        complete=True, profile_version=version, result=json.dumps(result), ways="{}",
    )  # fmt: skip
    with store.session() as session:
        session.add(row)
    return row


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(f"sqlite:///{tmp_path / 'clinic.db'}")
    with store.session() as session:
        session.add(Wearer(id=1, name=NAME))
    return store


def test_only_tests_with_the_same_settings_are_joined_whatever_the_order_of_their_targets(store: Store) -> None:
    for days_ago in (30, 20, 10):
        kept(store, 8, 10, days_ago)
    kept(store, 8, 10, 5, tolerance=10.0)
    groups = comparable(taken_of(store, 1))
    assert [len(tests) for tests in groups.values()] == [1, 3]


def test_practice_and_what_was_not_finished_are_in_no_plot(store: Store) -> None:
    for name in ("practice", "complete"):
        row = kept(store, 8, 10, 5)
        with store.session() as session:
            setattr(session.merge(row), name, name == "practice")
    assert plots_of(taken_of(store, 1), Words(Language.ENGLISH)) == []
    page = report_html(taken_of(store, 1), NAME, "dr", now(), Words(Language.ENGLISH))
    assert page.count("<li>") == 2


@pytest.mark.parametrize("language", list(Language))
def test_a_plot_shows_each_rate_within_its_interval(store: Store, language: Language) -> None:
    for days_ago, done, version in ((30, 1, 30), (20, 5, 20), (10, 10, 20)):
        kept(store, done, 10, days_ago, version)
    plots = plots_of(taken_of(store, 1), Words(language))
    assert len(plots) == 2
    for plot in plots:
        drawn = ElementTree.fromstring(plot.svg)  # noqa: S314 - our own
        points = list(drawn.iter(f"{SVG}circle"))
        assert len(points) == 3
        for circle in points:
            assert 0.0 <= float(circle.get("cy", "nan")) <= 220.0
    rates = ElementTree.fromstring(plots[0].svg)  # noqa: S314 - our own
    bars = [path.get("d", "") for path in rates.iter(f"{SVG}path") if path.get("class") == "interval"]
    for bar, circle in zip(bars, rates.iter(f"{SVG}circle"), strict=True):
        low, high = (float(number) for number in re.findall(r"[\d.]+", bar)[1:])
        assert high <= float(circle.get("cy", "nan")) <= low
    assert [text.text for text in rates.iter(f"{SVG}text") if text.get("class") == "version"] == ["v30", "v20"]


@pytest.mark.parametrize("language", list(Language))
def test_the_report_has_everything_loads_nothing_and_escapes_names(store: Store, language: Language) -> None:
    kept(store, 9, 10, 20, version=1)
    kept(store, 10, 10, 1, version=2)
    words = Words(language)
    page = report_html(taken_of(store, 1), NAME, "dr", now(), words)
    assert "Anna &lt;b&gt;&amp; Co" in page
    assert "<b>" not in page
    assert words.t("print.no_device") in page.replace("&#39;", "'")
    assert "BioPatRec" in page
    assert "100 % (72–100)" in page  # Wilson, ten of ten
    assert page.count("<svg") == 2
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)
    assert STYLE in page  # unchanged, or its hash would refuse it
    assert "unsafe" not in POLICY
    assert "{" not in page.replace(STYLE, "")  # no sentence was left unfilled


def test_a_report_without_tests_says_so(store: Store) -> None:
    assert Words(Language.GERMAN).t("nothing_yet") in report_html([], NAME, "dr", now(), Words(Language.GERMAN))


def test_the_sentence_has_the_rate_with_its_interval(store: Store) -> None:
    kept(store, 9, 10, 20)
    (taken,) = taken_of(store, 1)
    assert sentence(taken, Words(Language.ENGLISH)) == (
        "9 of 10 trials completed: 90 % (95 % interval 60 to 98 %). Median time 7 s. Its interval: 4 to 10 s."
    )
    assert "90 % (95-%-Bereich 60 bis 98 %)" in sentence(taken, Words(Language.GERMAN))


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    english, german = (json.loads((STRINGS / one / "assess.json").read_text(encoding="utf-8")) for one in ("en", "de"))
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", german[key])), key
