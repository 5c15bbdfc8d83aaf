"""What the controller says of itself: its status, and what it sees and thinks."""

import numpy as np

from controller.bus import Bus
from controller.contract.signal import NO_CLASS, SignalReport
from controller.contract.status import ControllerStatus, Device, LatencySummary
from controller.decoder_choice import DecoderChoice
from controller.decoders.model import Model
from controller.emg.channel_fault import word
from controller.emg.hop_buffer import Hop
from controller.latency import LatencyHistogram
from controller.loop import ControlLoop
from controller.safety.governor import Governor
from controller.step import ControlStep, Step
from drivers.source import SourceHealth, StreamInfo


def status_of(
    session: str,
    model: Model,
    choice: DecoderChoice,
    loop: ControlLoop,
    governor: Governor,
    bus: Bus,
    source: SourceHealth,
    device: Device | None,
    reopened: int,
    process: tuple[str, ...],
) -> ControllerStatus:
    """Return the status of a running controller. `reopened`: how often its device came back.

    `process`: what became of what was asked of the operating system.
    """
    counters = loop.counters
    return ControllerStatus(
        status="running",
        session=session,
        state=governor.machine.state,
        cause=governor.machine.cause[:300],
        decoder=f"{model.facts.feature_set}-{model.facts.decoder}",
        decoder_name=choice.in_force,
        decoders=tuple(choice.models),
        classes=model.facts.class_names,
        hearing=loop.step.listening.hearing.value,
        left_out=tuple((np.flatnonzero(loop.step.path.health.bad) + 1).tolist()),
        device=device,
        process=process,
        decisions=counters.decisions,
        commands_published=counters.commands_published,
        commands_withheld=bus.withheld,
        deadline_misses=counters.deadline_misses,
        skipped_hops=counters.skipped_hops,
        decides_every=loop.overload.stride,
        lost_samples=loop.buffer.lost_samples,
        bad_frames=source.bad_frames,
        stale_events=governor.stale_events,
        faults=governor.faults,
        reconnects=max(bus.connections - 1, 0) + reopened,
        loop_lag_max_ms=round(counters.loop_lag_max_ns / 1e6, 3),
        latency_ms=_summary(loop.recent_latency.histogram),
        latency_session_ms=_summary(loop.latency),
        delay_by_design_ms=round(model.facts.delay_with_vote_ms(loop.step.shaper.vote.length), 1),
    )


def device_of(kind: str, info: StreamInfo) -> Device:
    """Return what a status says of an open device."""
    return Device(
        kind=kind,
        name=info.name,
        channels=info.channel_count,
        rate_hz=info.rate_hz,
        unit=info.unit.value,
        labels=info.labels,
    )


def last_words(status: str, session: str) -> bytes:
    """Return the status of a controller that is no more."""
    return ControllerStatus.model_validate({"status": status, "session": session}).encode()


def signal_of(
    step: Step,
    hop: Hop,
    control: ControlStep,
    governor: Governor,
    class_names: tuple[str, ...],
    joints: list[str],
    t_ns: int,
) -> SignalReport | None:
    """Return what was seen in the window that ends with `hop`, and what was made of it; None if nothing was decided.

    `t_ns`: when that was, on the monotonic clock.
    """
    intent, path = step.intent, control.path
    if intent is None:
        return None
    return SignalReport(
        sample_index=hop.newest_index,
        t_ns=t_ns,
        state=governor.machine.state,
        level=tuple(round(value, 3) for value in path.features.level.tolist()),
        health=tuple(word(code) for code in path.health.faults.tolist()),
        decided=class_names[intent.class_index] if intent.class_index >= 0 else NO_CLASS,
        confidence=round(intent.confidence, 6),
        scores=tuple(round(value, 6) for value in intent.scores.tolist()),
        effort=round(step.effort, 3),
        intent=dict(zip(joints, intent.direction.tolist(), strict=True)),
        shaped=dict(zip(joints, step.wanted, strict=True)),
        cuts=governor.last.cuts,
    )


def _summary(histogram: LatencyHistogram) -> LatencySummary | None:
    if histogram.count == 0:
        return None
    return LatencySummary(
        count=histogram.count,
        p50=round(histogram.percentile_ms(50), 3),
        p99=round(histogram.percentile_ms(99), 3),
        p999=round(histogram.percentile_ms(99.9), 3),
        max=round(histogram.max_ns / 1e6, 3),
    )
