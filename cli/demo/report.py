"""What a demo run was like, and whether all went well."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.demo.stage import Stage
from cli.demo.watcher import Watcher

# A host that is busy with other work may be late now and then; more than this and something is wrong with us.
MISSES_TOLERATED = 0.02
# QoS 0 to the arm over loopback: nothing should be lost, a few are under way when the counters are read.
ACCEPTED_AT_LEAST = 0.98
DECIDED_AT_LEAST = 0.95


@dataclass(slots=True)
class Report:
    """`problems` empty means that all went well."""

    engaged_s: float = 0.0
    motions: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def summarize(self, watcher: Watcher, stage: Stage, hop_s: float) -> dict[str, Any]:
        """Return the report as JSON-ready values and complete `problems`."""
        status, arm = watcher.status, watcher.arm_state
        histogram = watcher.latency
        decisions = status.decisions if status else 0
        published = status.commands_published if status else 0
        accepted = arm.guard.accepted if arm else 0
        stale_events = status.stale_events if status else 0
        faults = status.faults if status else 0
        misses = status.deadline_misses if status else 0
        expected = self.engaged_s / hop_s
        if decisions < DECIDED_AT_LEAST * expected:
            self.problems.append(f"{decisions} decisions, expected about {expected:.0f}")
        if accepted < ACCEPTED_AT_LEAST * published:
            refused = {reason.value: count for reason, count in arm.guard.refused.items()} if arm else {}
            self.problems.append(f"the arm accepted {accepted} of {published} commands; dropped: {refused}")
        if misses > MISSES_TOLERATED * max(decisions, 1):
            self.problems.append(f"{misses} of {decisions} decisions missed their deadline of one hop")
        if stale_events:
            self.problems.append(f"the input was stale {stale_events} times")
        if faults:
            self.problems.append(f"{faults} faults; the last cause: {status.cause if status else 'unknown'}")
        self.problems += [
            f"'{motion['motion']}' moved {motion['joint']} the wrong way or not at all: {motion['moved_rad']:+.2f} rad"
            for motion in self.motions
            if not motion["followed"]
        ]
        return {
            "ok": not self.problems,
            "problems": self.problems,
            "broker": stage.broker.kind if stage.broker else None,
            "device": stage.device,
            "arm_has_mass": arm is not None and bool(arm.load_nm),
            "engaged_s": round(self.engaged_s, 2),
            "decisions": decisions,
            "commands_published": published,
            "commands_accepted": accepted,
            "commands_refused": {reason.value: count for reason, count in arm.guard.refused.items()} if arm else {},
            "latency_ms": {
                "p50": round(histogram.percentile_ms(50), 3),
                "p99": round(histogram.percentile_ms(99), 3),
                "p999": round(histogram.percentile_ms(99.9), 3),
                "max": round(histogram.max_ns / 1e6, 3),
            },
            "deadline_misses": misses,
            "skipped_hops": status.skipped_hops if status else 0,
            "lost_samples": status.lost_samples if status else 0,
            "stale_events": stale_events,
            "faults": faults,
            "loop_lag_max_ms": status.loop_lag_max_ms if status else 0.0,
            "joint_travel_rad": round(sum(arm.travel_rad.values()), 3) if arm else 0.0,
            "travel_rad_by_joint": arm.travel_rad if arm else {},
            "motions": self.motions,
        }


def write_report(values: dict[str, Any], path: Path) -> str:
    """Write the report; return why the disk did not take it, or an empty string."""
    try:
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        return f"the report could not be written to {path}: {error.strerror}"
    return ""
