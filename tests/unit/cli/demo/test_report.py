"""When a demo run counts as gone well: each bound from both sides."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.demo.report import Report, write_report
from cli.demo.watcher import Watcher
from controller.broker_address import BrokerAddress
from controller.contract.arm_state import ArmState, GuardCounters
from controller.contract.status import ControllerStatus
from controller.safety.guard import Refusal

HOP_S = 0.01
STAGE: Any = SimpleNamespace(broker=SimpleNamespace(kind="embedded"), device="serial")
GOOD = {"decisions": 1000, "commands_published": 1000}


def watcher(accepted: int = 1000, refused: dict[Refusal, int] | None = None, **status: Any) -> Watcher:
    one = Watcher(BrokerAddress(), "test")
    one.status = ControllerStatus.model_validate({"status": "ended", "session": "0" * 16, **GOOD, **status})
    one.arm_state = ArmState(
        t_ns=1,
        session="",
        last_seq=-1,
        stopped=False,
        position_rad={},
        velocity_rad_s={},
        travel_rad={"elbow": 1.5, "hand": 0.25},
        guard=GuardCounters(accepted=accepted, refused=refused or {}, expirations=0),
    )
    return one


def verdict(one: Watcher, motions: list[dict[str, Any]] | None = None) -> list[str]:
    report = Report(10.0, motions or [])
    values = report.summarize(one, STAGE, HOP_S)
    assert values["problems"] == report.problems
    assert values["ok"] is not bool(report.problems)
    return report.problems


def test_a_run_as_it_should_be_has_no_problems() -> None:
    assert verdict(watcher()) == []


@pytest.mark.parametrize(
    ("at_the_bound", "beyond", "problem"),
    [
        ({"decisions": 950}, {"decisions": 949}, "949 decisions, expected about 1000"),
        ({"accepted": 980}, {"accepted": 979}, "the arm accepted 979 of 1000 commands; dropped: {}"),
        ({"deadline_misses": 20}, {"deadline_misses": 21}, "21 of 1000 decisions missed their deadline of one hop"),
        ({"stale_events": 0}, {"stale_events": 1}, "the input was stale 1 times"),
        ({"faults": 0}, {"faults": 2, "cause": "unplugged"}, "2 faults; the last cause: unplugged"),
    ],
)
def test_each_bound_is_kept_up_to_itself(at_the_bound: dict[str, Any], beyond: dict[str, Any], problem: str) -> None:
    assert verdict(watcher(**at_the_bound)) == []
    assert verdict(watcher(**beyond)) == [problem]


def test_why_commands_were_dropped_is_said_in_words() -> None:
    problems = verdict(watcher(accepted=0, refused={Refusal.TOO_OLD: 7}))
    assert problems == ["the arm accepted 0 of 1000 commands; dropped: {'too old': 7}"]


def test_a_motion_that_was_not_followed_is_named_with_how_far_it_went() -> None:
    motions = [
        {"motion": "hand_close", "joint": "hand", "moved_rad": 0.5, "followed": True},
        {"motion": "supination", "joint": "wrist_rotation", "moved_rad": -0.01, "followed": False},
    ]
    assert verdict(watcher(), motions=motions) == [
        "'supination' moved wrist_rotation the wrong way or not at all: -0.01 rad"
    ]


def test_problems_of_the_run_come_before_those_of_the_counters() -> None:
    report = Report(10.0, problems=["the arm ended"])
    report.summarize(watcher(faults=1), STAGE, HOP_S)
    assert report.problems[0] == "the arm ended"
    assert len(report.problems) == 2


def test_a_run_from_which_nothing_was_heard_has_no_decisions_and_says_so() -> None:
    silent = Watcher(BrokerAddress(), "test")
    values = Report(5.0).summarize(silent, STAGE, HOP_S)
    assert values["problems"] == ["0 decisions, expected about 500"]
    assert (values["decisions"], values["commands_accepted"], values["joint_travel_rad"]) == (0, 0, 0.0)
    assert values["latency_ms"] == {"p50": 0.0, "p99": 0.0, "p999": 0.0, "max": 0.0}


def test_the_report_holds_what_scripts_read() -> None:
    one = watcher(refused={Refusal.TOO_OLD: 2}, skipped_hops=3, lost_samples=4, loop_lag_max_ms=1.5)
    for delay_ms in (1, 2, 3):
        one.latency.record(delay_ms * 1_000_000)
    values = Report(10.004).summarize(one, STAGE, HOP_S)
    assert values["latency_ms"] == {
        "p50": pytest.approx(2.0, rel=0.02),
        "p99": pytest.approx(3.0, rel=0.02),
        "p999": pytest.approx(3.0, rel=0.02),
        "max": 3.0,
    }
    del values["latency_ms"]
    assert values == {
        "ok": True,
        "problems": [],
        "broker": "embedded",
        "device": "serial",
        "arm_has_mass": False,
        "engaged_s": 10.0,
        "decisions": 1000,
        "commands_published": 1000,
        "commands_accepted": 1000,
        "commands_refused": {"too old": 2},
        "deadline_misses": 0,
        "skipped_hops": 3,
        "lost_samples": 4,
        "stale_events": 0,
        "faults": 0,
        "loop_lag_max_ms": 1.5,
        "joint_travel_rad": 1.75,
        "travel_rad_by_joint": {"elbow": 1.5, "hand": 0.25},
        "motions": [],
    }


def test_a_report_is_json_that_ends_with_a_line(tmp_path: Path) -> None:
    assert write_report({"ok": True}, tmp_path / "report.json") == ""
    text = (tmp_path / "report.json").read_text()
    assert text.endswith("}\n")
    assert cast("dict[str, bool]", json.loads(text)) == {"ok": True}


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/dev/full", "No space left on device"), ("/proc/report.json", "No such file"), ("/tmp", "Is a directory")],  # noqa: S108
)
def test_a_report_that_cannot_be_written_is_said(path: str, reason: str) -> None:
    assert write_report({"ok": True}, Path(path)).startswith(f"the report could not be written to {path}: {reason}")
