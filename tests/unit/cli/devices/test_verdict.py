"""From figures to words: what is good enough for control, and what is said when it is not."""

import math
import re
from dataclasses import replace

import pytest

from cli.devices.channel_figures import ChannelFigures
from cli.devices.timing import Spread, Timing
from cli.devices.verdict import Finding, Severity, good_enough, judge
from controller.emg.channel_fault import ChannelFault
from drivers.source import StreamInfo, Unit

INFO = StreamInfo("bench", 2, 1000.0, Unit.MICROVOLT)
QUICK = Spread(1.0, 2.0, 3.0)
TIMING = Timing(
    nominal_hz=1000.0,
    rate_hz=1000.0,
    samples=10_000,
    lost_samples=0,
    gaps=0,
    long_gaps=0,
    bad_frames=0,
    discarded_bytes=0,
    chunk_ms=QUICK,
    late_ms=QUICK,
    delivered_ms=QUICK,
    age_ms=QUICK,
)
CHANNEL = ChannelFigures("biceps", noise_rms=3.0, rms=3.5, mains_rms=0.5, mains_share=0.02, faults={})


def findings(
    timing: Timing | None = TIMING,
    channel: ChannelFigures | None = CHANNEL,
    info: StreamInfo = INFO,
    lost: str = "",
    hint: str = "",
) -> list[Finding]:
    return judge(info, timing, [channel, CHANNEL] if channel else [], 50.0, lost, hint)


def test_nothing_is_said_of_a_good_device() -> None:
    assert findings() == []
    assert good_enough([])


@pytest.mark.parametrize(
    ("timing", "severity", "words"),
    [
        (replace(TIMING, rate_hz=1009.0), None, ""),
        (replace(TIMING, rate_hz=980.0), Severity.TOLD, "980.0 samples per second, -2.0% from the nominal 1000"),
        (replace(TIMING, rate_hz=1060.0), Severity.BAD, r"\+6.0% from the nominal"),
        (replace(TIMING, age_ms=Spread(5.0, 20.0, 59.0)), None, ""),
        (replace(TIMING, age_ms=Spread(5.0, 20.0, 80.0)), Severity.TOLD, "once the newest sample was 80 ms old"),
        (replace(TIMING, age_ms=Spread(5.0, 70.0, 80.0)), Severity.BAD, "over 70 ms old: motion slows"),
        (replace(TIMING, age_ms=Spread(5.0, 20.0, 130.0)), Severity.BAD, "130 ms old: beyond 100 ms motion stops"),
        (replace(TIMING, lost_samples=20, gaps=2), Severity.TOLD, r"20 samples lost \(0.20%\) in 2 gaps$"),
        (replace(TIMING, lost_samples=200, gaps=2), Severity.BAD, r"200 samples lost \(1.96%\)"),
        (replace(TIMING, lost_samples=60, gaps=2, long_gaps=2), Severity.BAD, "2 longer than a hop: no decision in 4%"),
        (replace(TIMING, bad_frames=3), Severity.TOLD, "3 frames came damaged"),
    ],
)
def test_timing_is_judged(timing: Timing, severity: Severity | None, words: str) -> None:
    found = findings(timing)
    if severity is None:
        assert found == []
    else:
        (finding,) = found
        assert finding.severity is severity
        assert re.search(words, finding.words)
        assert finding.advice.endswith((".", "?"))


@pytest.mark.parametrize(
    ("channel", "severity", "words"),
    [
        (replace(CHANNEL, noise_rms=12.0), Severity.TOLD, "12 µV RMS of noise at rest"),
        (replace(CHANNEL, noise_rms=40.0), Severity.BAD, "40 µV RMS of noise at rest"),
        (replace(CHANNEL, mains_share=0.3, mains_rms=5.0), Severity.TOLD, "mains hum at 50 Hz: 5 µV RMS, 30 %"),
        (replace(CHANNEL, mains_share=0.9, mains_rms=9.0), Severity.TOLD, "90 % of the power"),
        (replace(CHANNEL, mains_share=0.9, mains_rms=90.0), Severity.BAD, "90 µV RMS, 90 % of the power"),
        (replace(CHANNEL, faults={ChannelFault.RAILED: 1.0}), Severity.BAD, "amplifier at its limit"),
        (replace(CHANNEL, faults={ChannelFault.FLAT: 0.5}), Severity.BAD, "no signal"),
        (replace(CHANNEL, faults={ChannelFault.NOT_FINITE: 0.5}), Severity.BAD, "no number"),
        (replace(CHANNEL, faults={ChannelFault.MOTION: 0.5}), Severity.TOLD, "is moving"),
        (replace(CHANNEL, faults={ChannelFault.FLAT: 0.05}), None, ""),
    ],
)
def test_channels_are_judged(channel: ChannelFigures, severity: Severity | None, words: str) -> None:
    found = findings(channel=channel)
    if severity is None:
        assert found == []
    else:
        (finding,) = found
        assert (finding.severity, finding.about) == (severity, "channel 1 (biceps)")
        assert words in finding.words
        assert finding.advice.endswith((".", "?"))


def test_a_railed_channel_is_not_called_noisy_as_well() -> None:
    channel = replace(CHANNEL, noise_rms=500.0, faults={ChannelFault.RAILED: 1.0, ChannelFault.FLAT: 1.0})
    (finding,) = findings(channel=channel)
    assert "at its limit" in finding.words


def test_without_a_scale_noise_is_not_judged_and_that_is_said() -> None:
    info = replace(INFO, unit=Unit.ARBITRARY)
    (finding,) = findings(channel=replace(CHANNEL, noise_rms=500.0), info=info)
    assert (finding.severity, finding.words[:28]) == (Severity.TOLD, "the device defines no scale,")


@pytest.mark.parametrize(("rate_hz", "part"), [(250.0, "less than half"), (500.0, "a part")])
def test_a_rate_below_the_band_is_told_and_is_no_fault(rate_hz: float, part: str) -> None:
    timing = replace(TIMING, nominal_hz=rate_hz, rate_hz=rate_hz)
    (finding,) = findings(timing, info=replace(INFO, rate_hz=rate_hz))
    assert finding.severity is Severity.TOLD
    assert part in finding.words
    assert good_enough([finding])


def test_a_device_that_went_or_sent_nothing_is_not_good_enough() -> None:
    went, silent = findings(timing=None, lost="the device on /dev/x is lost: unplugged")
    assert "unplugged" in went.words
    assert "hardly any samples" in silent.words
    assert not good_enough([silent])


def test_what_could_not_be_judged_is_said() -> None:
    (finding,) = findings(channel=None)
    assert "cannot be judged" in finding.words
    assert finding.severity is Severity.BAD


def test_the_reason_why_a_port_holds_bytes_back_is_handed_on() -> None:
    (finding,) = findings(replace(TIMING, age_ms=Spread(5.0, 70.0, 80.0)), hint="low latency was refused")
    assert "low latency was refused" in finding.advice


def test_the_bad_comes_first() -> None:
    found = findings(replace(TIMING, rate_hz=980.0), replace(CHANNEL, noise_rms=math.inf))
    assert [finding.severity for finding in found] == [Severity.BAD, Severity.TOLD]


def test_what_holds_of_several_channels_is_said_once() -> None:
    noisy = [replace(CHANNEL, noise_rms=level) for level in (40.0, 3.0, 60.0)]
    (finding,) = judge(INFO, TIMING, noisy, 50.0, "", "")
    assert (finding.about, finding.words[:16]) == ("channels 1, 3", "40 to 60 µV RMS ")
    humming = [replace(CHANNEL, mains_share=0.9, mains_rms=90.0)] * 3
    (finding,) = judge(INFO, TIMING, humming, 60.0, "", "")
    assert (finding.about, finding.words) == ("all channels", "mains hum at 60 Hz: 90 µV RMS, 90 % of the power")
