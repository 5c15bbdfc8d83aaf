from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.diary.entry import PainItem, PainSaid
from clinic.diary.flag import PainFlag, marked

DAY = datetime(2026, 5, 10, 12, tzinfo=UTC)
ON = PainFlag(offered=True, agreed=True)


def said(days: float, worst: int | None, **other: Any) -> PainSaid:
    return PainSaid(at=DAY + timedelta(days=days), phantom=PainItem(now=0, worst=worst), **other)


@pytest.mark.parametrize(("worst", "mark"), [(6, False), (7, True), (10, True), (None, False)])
def test_a_worst_pain_of_seven(worst: int | None, mark: bool) -> None:
    assert marked([said(0, worst)], ON) == [mark]


@pytest.mark.parametrize(("worst", "mark"), [(4, False), (5, True)])
def test_three_above_the_mean_of_the_days_before(worst: int, mark: bool) -> None:
    assert marked([said(-3, 2), said(-2, 2), said(-1, 2), said(0, worst)], ON)[-1] is mark


def test_a_mean_needs_three_entries_of_the_last_seven_days() -> None:
    assert not marked([said(-2, 0), said(-1, 0), said(0, 6)], ON)[-1]
    assert not marked([said(-8, 0), said(-2, 0), said(-1, 0), said(0, 6)], ON)[-1]
    assert marked([said(-7, 0), said(-2, 0), said(-1, 0), said(0, 6)], ON)[-1]


def test_each_item_has_a_mean_of_its_own() -> None:
    before = [said(-day, 6, residual=PainItem(worst=0)) for day in (3, 2, 1)]
    assert marked([*before, said(0, None, residual=PainItem(worst=3))], ON)[-1]
    assert not marked([*before, said(0, 6)], ON)[-1]


@pytest.mark.parametrize("flag", [PainFlag(), PainFlag(offered=True), PainFlag(agreed=True)])
def test_it_is_off_unless_both_want_it(flag: PainFlag) -> None:
    assert marked([said(0, 10)], flag) == [False]
