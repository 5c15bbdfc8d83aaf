"""Answers what people and the arm send to the controller."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from controller.arm_config import ArmConfig
from controller.bus import Bus
from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.calibration import CalibrationRequest
from controller.contract.message import MAX_PAYLOAD_BYTES, TOO_LARGE
from controller.contract.requests import (
    EventReport,
    Mode,
    ModeRequest,
    ProfileChange,
    ProfileResult,
    ProfileState,
    StopRequest,
)
from controller.contract.topics import Topics
from controller.decoders.model import ModelFacts
from controller.loop import ControlLoop
from controller.profile import changed, tune, why_not
from controller.safety.agreement import disagreement
from controller.safety.governor import Governor
from controller.safety.states import Event

EVENT_OF_MODE = {Mode.ENGAGE: Event.ENGAGE, Mode.DISENGAGE: Event.DISENGAGE, Mode.CLEAR: Event.CLEAR}


@dataclass(slots=True)
class Requests:
    """Routes each incoming message; a message that breaks the contract is counted and reported, never obeyed.

    `release_stop_line()` returns why a stop cannot be cleared yet, or an empty string.
    `switch_decoder(name, by)` returns why it is refused, or an empty string.
    """

    loop: ControlLoop
    governor: Governor
    bus: Bus
    topics: Topics
    arm: ArmConfig
    facts: ModelFacts
    profile: ProfileState
    status_changed: Callable[[], None]
    calibrate: Callable[[CalibrationRequest], str]
    switch_decoder: Callable[[str, str], str]
    release_stop_line: Callable[[], str] = lambda: ""
    malformed: int = 0
    disagreement: str = ""

    def handle(self, topic: str, payload: bytes) -> None:
        """Take one message from the bus."""
        handlers = {
            self.topics.state: self._arm_state,
            self.topics.arm_status: self._arm_status,
            self.topics.stop: self._stop,
            self.topics.mode_set: self._mode,
            self.topics.profile_set: self._profile,
            self.topics.calibration_set: self._calibration,
        }
        try:
            handlers[topic](payload)
        except ValidationError as error:
            self.malformed += 1
            first = error.errors()[0]
            fault = f"above {MAX_PAYLOAD_BYTES} bytes" if payload is TOO_LARGE else f"{first['loc']} {first['msg']}"
            what = f"a message on {topic} breaks the contract: {fault}"[:300]
            self.say(what)
            if topic == self.topics.profile_set:
                result = ProfileResult(accepted=False, version=self.profile.version, reason=what)
                self.bus.post(self.topics.profile_result, result.encode())

    def announce_profile(self) -> None:
        """Publish the profile in force, retained."""
        self.bus.post(self.topics.profile, self.profile.encode(), retain=True)

    def _arm_state(self, payload: bytes) -> None:
        state = ArmState.model_validate_json(payload)
        self.loop.position_rad, self.loop.grip_force_n = state.position_rad, state.grip_force_n
        self.loop.position_t_ns = time.monotonic_ns()

    def _arm_status(self, payload: bytes) -> None:
        """Stop with an arm that is stopped, and say once what it believes otherwise.

        A stop line at the arm needs nobody to stop it; but once it is released, motion waits for a person to engage.
        The arm is right about limits too; its guard keeps to its own.
        """
        status = ArmStatus.model_validate_json(payload)
        if status.status == "stopped" and not self.governor.stopped:
            self._stop_for(f"the arm was {status.cause or 'stopped'}")
        theirs = [joint.limits for joint in status.joints]
        if not theirs:
            return
        found = disagreement(self.arm.limits, theirs)
        if found and found != self.disagreement:
            self.say(f"the arm and the file of arm '{self.arm.name}' disagree: {found}")
        self.disagreement = found

    def _stop(self, payload: bytes) -> None:
        try:
            request = StopRequest.model_validate_json(payload)
            cause = f"stopped by {request.by}" + (f": {request.reason}" if request.reason else "")
        except ValidationError:
            cause = "stopped by a message that could not be read"  # a stop is a stop
        self._stop_for(cause)

    def _stop_for(self, cause: str) -> None:
        self.governor.request(Event.STOP, time.monotonic_ns(), cause)
        self.loop.publish_rest()
        self.status_changed()
        self.say(cause)

    def _mode(self, payload: bytes) -> None:
        request = ModeRequest.model_validate_json(payload)
        if request.decoder is not None:
            refused = self.switch_decoder(request.decoder, request.by)
            self.say(refused or f"decoder '{request.decoder}' chosen by {request.by}")
            return
        refused = self.release_stop_line() if request.mode is Mode.CLEAR else ""
        refused = refused or self.governor.request(
            EVENT_OF_MODE[request.mode], time.monotonic_ns(), f"{request.mode.value} by {request.by}"
        )
        self.loop.watch()
        self.status_changed()
        self.say(refused or f"{request.mode.value} by {request.by}")

    def _profile(self, payload: bytes) -> None:
        change = ProfileChange.model_validate_json(payload)
        reason = self._why_not(change)
        if not reason:
            values = changed(self.profile.values, change.values)
            self.profile = ProfileState(version=self.profile.version + 1, author=change.author, values=values)
            tune(self.loop.step.shaper, values, self.arm, self.facts)
            self.announce_profile()
            self.status_changed()
        result = ProfileResult(accepted=not reason, version=self.profile.version, reason=reason[:300])
        self.bus.post(self.topics.profile_result, result.encode())

    def _calibration(self, payload: bytes) -> None:
        self.say(self.calibrate(CalibrationRequest.model_validate_json(payload)))

    def _why_not(self, change: ProfileChange) -> str:
        if change.version != self.profile.version:
            return f"made against version {change.version}, in force is {self.profile.version}: look again, then change"
        return why_not(change.values, self.arm, self.facts)

    def say(self, what: str) -> None:
        """Publish an event."""
        self.bus.post(self.topics.event, EventReport(source="controller", what=what[:300]).encode())
