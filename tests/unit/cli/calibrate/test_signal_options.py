import argparse

import pytest

from cli.calibrate.signal_options import SignalChoice, add_signal_arguments, choose_signal
from cli.errors import UsageError
from controller.config import FeaturesConfig


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="calibrate")
    parser.add_argument("--decoder", default="auto")
    add_signal_arguments(parser.add_argument_group("signal"))
    return parser.parse_args(words)


def choose(*words: str, configured: FeaturesConfig | None = None) -> SignalChoice:
    return choose_signal(parse(*words), configured or FeaturesConfig())


def test_what_nobody_asks_for_is_chosen_by_the_calibration() -> None:
    assert choose() == SignalChoice("auto", "auto", None)


@pytest.mark.parametrize(("text", "expected"), [("auto", "auto"), ("off", None), ("50", 50.0), ("60.0", 60.0)])
def test_a_notch_is_found_left_out_or_named(text: str, expected: object) -> None:
    assert choose("--notch-hz", text).notch_hz == expected
    value = text if text in ("auto", "off") else float(text)
    assert choose(configured=FeaturesConfig(notch_hz=value)).notch_hz == expected


def test_chest_is_a_speed_above_100_hz() -> None:
    assert choose("--chest").speed_high_pass_hz == 100.0
    assert choose("--speed-high-pass-hz", "70").speed_high_pass_hz == 70.0


def test_the_command_line_goes_before_the_configuration() -> None:
    configured = FeaturesConfig(name="td6", notch_hz="off", speed_high_pass_hz=80.0)
    assert choose(configured=configured) == SignalChoice("td6", None, 80.0)
    words = ("--features", "auto", "--notch-hz", "auto", "--chest")
    assert choose(*words, configured=configured) == SignalChoice("auto", "auto", 100.0)


@pytest.mark.parametrize(
    "words",
    [("--notch-hz", "0"), ("--notch-hz", "-50"), ("--notch-hz", "nan"), ("--speed-high-pass-hz", "inf")],
)
def test_a_frequency_that_is_none_is_refused_by_its_option(words: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=f"{words[0]} takes a finite frequency above zero"):
        choose(*words)


@pytest.mark.parametrize("band", [("20", "-1"), ("nan", "450"), ("20", "nan"), ("20", "inf"), ("0", "450")])
def test_so_is_a_band_without_an_end(band: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="--band takes"):
        choose("--band", *band)


def test_a_set_that_the_decoder_does_not_take_is_refused_before_anyone_is_prompted() -> None:
    with pytest.raises(UsageError, match="--features: no feature set 'td4' for the decoder gaussian; gaussian takes"):
        choose("--features", "td4", "--decoder", "gaussian")
    with pytest.raises(UsageError, match=r"\[features\] name: no feature set 'guesses'"):
        choose(configured=FeaturesConfig(name="guesses"))
    assert choose("--features", "td4").feature_set == "td4"


@pytest.mark.parametrize(
    "words", [("--features", "guesses"), ("--notch-hz", "on"), ("--chest", "--speed-high-pass-hz", "70")]
)
def test_words_that_mean_nothing_are_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(*words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err.splitlines()[-1]
