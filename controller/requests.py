"""Answers what people and the arm send to the controller."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from controller.arm_config import ArmConfig
from controller.bus import Bus
from controller.contract.arm_state import ArmState, ArmStatus
from controller.contract.calibration import CalibrationRequest
from controller.contract.emg import WatchRequest
from controller.contract.message import MAX_PAYLOAD_BYTES, TOO_LARGE
from controller.contract.requests import (
    EventReport,
    Mode,
    ModeRequest,
    ProfileChange,
    ProfileConfirm,
    ProfileResult,
    ProfileState,
    StopRequest,
)
from controller.contract.topics import Topics
from controller.loop import ControlLoop
from controller.profile_in_force import ProfileInForce
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
    profile: ProfileInForce
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
            self.topics.profile_confirm: self._confirm,
            self.topics.emg_set: self._watch,
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
            if topic in (self.topics.profile_set, self.topics.profile_confirm):
                result = ProfileResult(accepted=False, version=self.profile.state.version, reason=what)
                self.bus.post(self.topics.profile_result, result.encode())

    def announce_profile(self, state: ProfileState | None = None) -> None:
        """Publish the profile in force, retained. None: as it stands now, for who comes late."""
        now = self.profile.seen(time.monotonic_ns()) if state is None else state
        self.bus.post(self.topics.profile, now.encode(), retain=True)

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
        self.profile.go_back(cause)
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
        result = self.profile.change(ProfileChange.model_validate_json(payload), time.monotonic_ns())
        self.bus.post(self.topics.profile_result, result.encode())

    def _confirm(self, payload: bytes) -> None:
        result = self.profile.confirm(ProfileConfirm.model_validate_json(payload), time.monotonic_ns())
        self.bus.post(self.topics.profile_result, result.encode())

    def _watch(self, payload: bytes) -> None:
        request = WatchRequest.model_validate_json(payload)
        if self.loop.raw_view is not None:
            self.loop.raw_view.ask(request.for_s, time.monotonic_ns())

    def _calibration(self, payload: bytes) -> None:
        request = CalibrationRequest.model_validate_json(payload)
        self.say(self.calibrate(request), request.request)

    def say(self, what: str, request: str = "") -> None:
        """Publish an event, which may answer a request."""
        report = EventReport(source="controller", what=what[:300], request=request)
        self.bus.post(self.topics.event, report.encode())
