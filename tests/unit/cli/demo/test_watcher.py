"""What the demo makes of messages; no broker."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from cli.demo import watcher as watcher_module
from cli.demo.watcher import Watcher
from controller.broker_address import BrokerAddress
from controller.contract.command import Command
from controller.contract.requests import EventReport, Mode, ProfileState, ProfileValues
from controller.contract.topics import Topics
from controller.safety.states import State

TOPICS = Topics("test")
NOW_NS = 9_000_000_000


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch) -> Watcher:
    monkeypatch.setattr(watcher_module, "time", SimpleNamespace(monotonic_ns=lambda: NOW_NS))
    return Watcher(BrokerAddress(), "test")


def command(sample_index: int, age_ms: int, state: State = State.ENGAGED) -> bytes:
    return Command(
        session="0" * 16,
        seq=0,
        sample_index=sample_index,
        t_sample_ns=NOW_NS - age_ms * 1_000_000,
        t_publish_ns=NOW_NS,
        ttl_ms=200,
        state=state,
        velocity_rad_s={},
    ).encode()


def posted(watcher: Watcher) -> list[tuple[str, dict[str, Any]]]:
    return [(message.topic, json.loads(message.payload)) for message in watcher._bus._outbox]


def test_only_the_first_engaged_command_on_a_sample_tells_how_long_a_decision_takes(watcher: Watcher) -> None:
    watcher._take(TOPICS.command, command(9, 500, State.READY))
    watcher._take(TOPICS.command, command(19, 3))
    watcher._take(TOPICS.command, command(19, 18))  # ages the one before
    watcher._take(TOPICS.command, command(29, 5))
    assert (watcher.latency.count, watcher.latency.max_ns) == (2, 5_000_000)
    assert watcher.recent_latency.histogram.count == 2
    assert watcher.command is not None
    assert watcher.command.sample_index == 29


def test_a_gain_is_asked_for_against_the_version_that_was_seen_and_for_every_joint(watcher: Watcher) -> None:
    profile = ProfileState(version=4, author="x", values=ProfileValues(gain={"hand": 1.0, "elbow": 2.0}))
    watcher._take(TOPICS.profile, profile.encode())
    watcher.set_gain(1.2)
    change = {"version": 4, "author": "demo", "values": {"gain": {"hand": 1.2, "elbow": 1.2}}}
    assert posted(watcher) == [(TOPICS.profile_set, change)]


def test_without_a_profile_no_gain_is_asked_for(watcher: Watcher) -> None:
    watcher.set_gain(1.2)
    assert posted(watcher) == []


def test_requests_name_who_asks(watcher: Watcher) -> None:
    watcher.ask(Mode.CLEAR)
    watcher.stop()
    assert posted(watcher) == [
        (TOPICS.mode_set, {"mode": "clear", "by": "demo", "decoder": None}),
        (TOPICS.stop, {"by": "demo", "reason": "stop key"}),
    ]


def test_the_last_hundred_events_are_kept(watcher: Watcher) -> None:
    for number in range(150):
        watcher._take(TOPICS.event, EventReport(source="arm", what=str(number)).encode())
    assert (len(watcher.events), watcher.events[0], watcher.events[-1]) == (100, "arm: 50", "arm: 149")


@pytest.mark.parametrize("tail", ["command", "signal", "state", "controller_status", "profile", "event"])
def test_a_message_that_breaks_the_contract_is_left_out(watcher: Watcher, tail: str) -> None:
    watcher._take(getattr(TOPICS, tail), b"junk")
    assert (watcher.command, watcher.status, watcher.profile, watcher.events) == (None, None, None, [])
