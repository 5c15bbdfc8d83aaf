import argparse

import pytest

from cli.calibrate.signal_options import add_signal_arguments, require_sense
from cli.errors import UsageError


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="calibrate")
    add_signal_arguments(parser.add_argument_group("signal"))
    return parser.parse_args(words)


def test_what_nobody_asks_for_is_chosen_by_the_calibration() -> None:
    options = parse()
    assert (options.features, options.notch_hz, options.speed_high_pass_hz) == ("auto", "auto", None)


@pytest.mark.parametrize(("text", "expected"), [("auto", "auto"), ("off", None), ("50", 50.0), ("60.0", 60.0)])
def test_a_notch_is_found_left_out_or_named(text: str, expected: object) -> None:
    assert parse("--notch-hz", text).notch_hz == expected


def test_chest_is_a_speed_above_100_hz() -> None:
    assert parse("--chest").speed_high_pass_hz == 100.0
    assert parse("--speed-high-pass-hz", "70").speed_high_pass_hz == 70.0


@pytest.mark.parametrize(
    "words",
    [("--notch-hz", "0"), ("--notch-hz", "-50"), ("--notch-hz", "nan"), ("--speed-high-pass-hz", "inf")],
)
def test_a_frequency_that_is_none_is_refused_by_its_option(words: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=f"{words[0]} takes a finite frequency above zero"):
        require_sense(parse(*words))


@pytest.mark.parametrize("band", [("20", "-1"), ("nan", "450"), ("20", "nan"), ("20", "inf"), ("0", "450")])
def test_so_is_a_band_without_an_end(band: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="--band takes"):
        require_sense(parse("--band", *band))


@pytest.mark.parametrize(
    "words", [("--features", "guesses"), ("--notch-hz", "on"), ("--chest", "--speed-high-pass-hz", "70")]
)
def test_words_that_mean_nothing_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(*words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err.splitlines()[-1]
