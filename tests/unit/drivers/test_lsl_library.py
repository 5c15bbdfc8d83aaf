import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from drivers import lsl_library
from drivers.errors import SettingsError
from drivers.lsl_library import ClockMap, WantedStream, load_pylsl


def info_of(pylsl: Any) -> Any:
    return pylsl.StreamInfo("bench", "EMG", 2, 1000.0, "float32", "id 1")


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (WantedStream("", "EMG", ""), True),
        (WantedStream("bench", "", "id 1"), True),
        (WantedStream("bench", "EMG", "id 2"), False),
        (WantedStream("other", "EMG", ""), False),
        (WantedStream("", "EEG", ""), False),
    ],
)
def test_a_stream_matches_in_all_that_is_named(pylsl: Any, wanted: WantedStream, matches: bool) -> None:
    assert wanted.matches(info_of(pylsl)) is matches


def test_without_pylsl_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise RuntimeError("LSL binary library file was not found")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(SettingsError, match=r"install `efferent\[lsl\]`"):
        load_pylsl("machine")


def test_the_scope_is_told_once_per_process(pylsl: Any) -> None:
    assert load_pylsl("machine") is pylsl
    with pytest.raises(SettingsError, match="another process"):
        load_pylsl("site")
    with pytest.raises(SettingsError, match="must be one of"):
        load_pylsl("galaxy")


def test_the_first_scope_reaches_liblsl(pylsl: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(lsl_library, "_TOLD_SCOPES", [])
    monkeypatch.setattr(pylsl, "set_config_content", told.append)
    load_pylsl("link")
    load_pylsl("link")
    assert len(told) == 1
    assert "ResolveScope = link" in told[0]


def test_an_old_liblsl_that_cannot_be_told_is_refused_again_next_time(
    pylsl: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_old(content: str) -> None:
        raise NotImplementedError

    monkeypatch.setattr(lsl_library, "_TOLD_SCOPES", [])
    monkeypatch.setattr(pylsl, "set_config_content", too_old)
    for _ in range(2):
        with pytest.raises(SettingsError, match="older than"):
            load_pylsl("machine")


def test_the_clock_map_takes_the_tightest_of_its_readings() -> None:
    # Five readings: the third is bracketed by 10 ns, the others by 1000.
    times: Iterator[int] = iter([0, 1000, 2000, 3000, 5000, 5010, 6000, 7000, 8000, 9000])
    clock = ClockMap(lambda: 1.0, lambda: next(times))
    assert clock.monotonic_ns(1.0) == 5005
    assert clock.monotonic_ns(2.0) == 1_000_005_005


def test_the_clock_map_follows_a_clock_that_was_set() -> None:
    offset_s = 5.0
    clock = ClockMap(lambda: offset_s, lambda: 1_000_000_000)
    assert clock.monotonic_ns(5.0) == 1_000_000_000
    offset_s = 905.0
    clock.check()
    assert clock.monotonic_ns(905.0) == 1_000_000_000
