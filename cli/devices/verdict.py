"""Is it good enough for control, and if not, what to do? Pure: figures in, findings in words out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cli.devices.channel_figures import LEAST_S, ChannelFigures
from cli.devices.timing import Timing
from controller.config import SafetyConfig
from controller.emg.channel_fault import WORDS, ChannelFault
from controller.emg.channel_health import HealthBounds
from controller.emg.mains_detection import LEAST_SHARE
from drivers.sample_clock import CRYSTAL_OR_RESONATOR, RATE_ON_PAPER
from drivers.source import StreamInfo, Unit

# A quartz or a resonator keeps the first; beyond the second a model hears other frequencies than it was taught.
RATE_OFF_TOLD, RATE_OFF_BAD = CRYSTAL_OR_RESONATOR, RATE_ON_PAPER
# After a gap longer than a hop the window of 200 ms fills anew, and nothing is decided meanwhile. One such gap in ten
# seconds is 2 % of the time.
WINDOW_S, UNDECIDED_BAD = 0.2, 0.02
# Lost samples change features by about their share; a decoder is far less sure of itself than of one in a hundred.
LOST_BAD = 0.01
# Skin and amplifier make 1 to 5 µV RMS. Reinnervated sites show 50 to 500 µV in a contraction: from half of the weakest
# on, noise hides it.
NOISE_TOLD_UV, NOISE_BAD_UV = 10.0, 25.0
# From the first on calibration puts in a notch; from the second on a channel counts as bad when its hum has come anew.
MAINS_TOLD, MAINS_BAD = LEAST_SHARE, HealthBounds().mains_share
# EMG lies between 20 and 450 Hz: twice that is needed for all of it. Below 400 Hz less than half of it is left.
WHOLE_BAND_HZ, HALF_BAND_HZ = 900.0, 400.0
# A fault that held for less of the time was a twitch or a touch.
FAULT_BAD = 0.1
_UNUSABLE = ChannelFault.NOT_FINITE | ChannelFault.RAILED | ChannelFault.FLAT | ChannelFault.BRIDGED


class Severity(StrEnum):
    """`BAD` is not good enough for control; `TOLD` is worth knowing."""

    BAD = "bad"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, where, and what to do about it."""

    severity: Severity
    about: str
    words: str
    advice: str


def judge(
    info: StreamInfo, timing: Timing | None, channels: Sequence[ChannelFigures], mains_hz: float, lost: str, hint: str
) -> list[Finding]:
    """Return the findings, the bad ones first. `lost`: why the device went; `hint`: why its port holds bytes back."""
    findings: list[Finding] = []
    if lost:
        findings.append(Finding(Severity.BAD, "device", lost, "Look at the cable and the power supply."))
    if timing is None:
        silent = Finding(Severity.BAD, "device", "hardly any samples came", "Is it started, and is it this stream?")
        return [*findings, silent]
    findings += [*_rate(info, timing), *_age(timing, hint), *_loss(timing)]
    if channels:
        findings += _channels(info, channels, mains_hz)
    else:
        words = f"no {LEAST_S:g} s in a row came without a gap, so noise and mains cannot be judged"
        findings.append(Finding(Severity.BAD, "signal", words, "Mend the losses first."))
    if info.unit is Unit.ARBITRARY:
        words = "the device defines no scale, so noise cannot be judged in µV"
        findings.append(Finding(Severity.TOLD, "signal", words, "Compare it with a contraction."))
    return sorted(findings, key=lambda finding: finding.severity is not Severity.BAD)


def good_enough(findings: Sequence[Finding]) -> bool:
    """Whether nothing stands against control."""
    return all(finding.severity is not Severity.BAD for finding in findings)


def _rate(info: StreamInfo, timing: Timing) -> list[Finding]:
    findings = []
    off = timing.rate_off
    if abs(off) > RATE_OFF_TOLD:
        words = f"{timing.rate_hz:.1f} samples per second, {off:+.1%} from the nominal {timing.nominal_hz:g}"
        bad = abs(off) > RATE_OFF_BAD
        advice = "Calibrate and run with the rate that it has; set the right one where the driver takes one."
        findings.append(Finding(Severity.BAD if bad else Severity.TOLD, "rate", words, advice))
    if info.rate_hz < WHOLE_BAND_HZ:
        part = "less than half" if info.rate_hz < HALF_BAND_HZ else "a part"
        words = f"{info.rate_hz:g} Hz carry {part} of the EMG band (up to {info.rate_hz / 2:g} of 450 Hz)"
        advice = "Enough for amplitude and proportional control; patterns are told apart better at 1000 Hz."
        findings.append(Finding(Severity.TOLD, "rate", words, advice))
    return findings


def _age(timing: Timing, hint: str) -> list[Finding]:
    bounds = SafetyConfig()
    advice = "Try fewer samples per packet, a cable instead of a radio, a less busy machine."
    if hint:
        advice = f"{advice} The port: {hint}."
    age = timing.age_ms
    if age.worst > bounds.stale_after_ms:
        words = f"the newest sample grew {age.worst:.0f} ms old: beyond {bounds.stale_after_ms:g} ms motion stops"
        return [Finding(Severity.BAD, "age", words, advice)]
    if age.p99 > bounds.slow_after_ms:
        words = f"in one moment of a hundred the newest sample is over {age.p99:.0f} ms old: motion slows each time"
        return [Finding(Severity.BAD, "age", words, advice)]
    if age.worst > bounds.slow_after_ms:
        words = f"once the newest sample was {age.worst:.0f} ms old: beyond {bounds.slow_after_ms:g} ms motion slows"
        return [Finding(Severity.TOLD, "age", words, advice)]
    return []


def _loss(timing: Timing) -> list[Finding]:
    findings = []
    span_s = (timing.samples + timing.lost_samples) / timing.nominal_hz
    undecided = timing.long_gaps * WINDOW_S / span_s
    if timing.lost_samples:
        words = f"{timing.lost_samples} samples lost ({timing.lost_share:.2%}) in {timing.gaps} gaps"
        if timing.long_gaps:
            words += f", {timing.long_gaps} longer than a hop: no decision in {undecided:.0%} of the time"
        bad = timing.lost_share > LOST_BAD or undecided > UNDECIDED_BAD
        advice = "Try another cable or USB port, a radio nearer by, a higher baud rate, fewer channels."
        findings.append(Finding(Severity.BAD if bad else Severity.TOLD, "loss", words, advice))
    if timing.bad_frames:
        words = f"{timing.bad_frames} frames came damaged"
        findings.append(Finding(Severity.TOLD, "loss", words, "Try another cable; is the baud rate exact?"))
    return findings


def _channels(info: StreamInfo, channels: Sequence[ChannelFigures], mains_hz: float) -> list[Finding]:
    """Judge each channel, and tell once what holds of several."""
    unusable = {number: _gravest(channel) for number, channel in enumerate(channels) if _gravest(channel)}
    judged = [(number, channel) for number, channel in enumerate(channels) if number not in unusable]
    in_uv = info.unit is Unit.MICROVOLT
    noisy = [(number, channel) for number, channel in judged if in_uv and channel.noise_rms > NOISE_TOLD_UV]
    humming = [(number, channel) for number, channel in judged if channel.mains_share > MAINS_TOLD]
    findings = []
    for fault in WORDS:
        if where := [number for number, gravest in unusable.items() if gravest is fault]:
            what, _, advice = WORDS[fault].partition("; ")
            advice = _sentence(advice or "check the electrode and its cable")
            findings.append(Finding(Severity.BAD, _names(where, channels), what, advice))
    for severity in Severity:
        if loud := [(n, each) for n, each in noisy if (each.noise_rms > NOISE_BAD_UV) is (severity is Severity.BAD)]:
            size = _span([each.noise_rms for _, each in loud])
            words = f"{size} µV RMS of noise at rest; skin and amplifier make 1 to 5"
            advice = "Was the muscle at rest? Clean the skin, press the electrodes on, check the reference."
            findings.append(Finding(severity, _names([n for n, _ in loud], channels), words, advice))
        if hums := [(n, each) for n, each in humming if _heavy(each, in_uv) is (severity is Severity.BAD)]:
            size = f"{_span([each.mains_rms for _, each in hums])} µV RMS, " if in_uv else ""
            share = _span([100.0 * each.mains_share for _, each in hums])
            words = f"mains hum at {mains_hz:g} Hz: {size}{share} % of the power"
            advice = "Check the contact and the reference; run the computer on its battery."
            if severity is Severity.TOLD:
                advice += " Calibration puts in a notch."
            findings.append(Finding(severity, _names([n for n, _ in hums], channels), words, advice))
    if moving := [n for n, channel in judged if channel.faults.get(ChannelFault.MOTION, 0.0) > FAULT_BAD]:
        what, _, _ = WORDS[ChannelFault.MOTION].partition("; ")
        findings.append(Finding(Severity.TOLD, _names(moving, channels), what, "Fix the cable to the skin."))
    return findings


def _gravest(channel: ChannelFigures) -> ChannelFault | None:
    """Return the gravest fault that makes the channel unusable, if there is one."""
    return next((fault for fault in WORDS if fault & _UNUSABLE and channel.faults.get(fault, 0.0) > FAULT_BAD), None)


def _heavy(channel: ChannelFigures, in_uv: bool) -> bool:
    return channel.mains_share > MAINS_BAD and in_uv and channel.mains_rms > NOISE_BAD_UV


def _names(numbers: Sequence[int], channels: Sequence[ChannelFigures]) -> str:
    """Return `channel 2 (biceps)`, `channels 1, 3, 4` or `all channels`; they are counted from 0 here."""
    if len(numbers) == 1:
        number, label = numbers[0] + 1, channels[numbers[0]].label
        return f"channel {number}" + ("" if label == str(number) else f" ({label})")
    if len(numbers) == len(channels):
        return "all channels"
    return f"channels {', '.join(str(number + 1) for number in numbers)}"


def _span(values: Sequence[float]) -> str:
    least, most = f"{min(values):.0f}", f"{max(values):.0f}"
    return least if least == most else f"{least} to {most}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
