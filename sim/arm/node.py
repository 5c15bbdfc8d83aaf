"""The arm on the bus: commands through the guard into the joints, state back."""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from pydantic import ValidationError

from controller.arm_config import ArmConfig
from controller.broker_address import BrokerAddress
from controller.bus import Bus, Outgoing
from controller.contract.arm_state import ArmState, ArmStatus, GuardCounters, JointManifest
from controller.contract.command import Command
from controller.contract.message import joint_values
from controller.contract.requests import EventReport, Mode, ModeRequest
from controller.contract.topics import Topics
from controller.garbage import settle_garbage
from controller.safety.guard import DISAGREEMENTS, Guard, JointCommand, Refusal
from controller.stop_line import SerialLine, StopLine, StopLineConfig
from controller.tasks import end_task
from sim.arm.body import ArmBody
from sim.arm.kinematic import KinematicArm

# The motors' own control period; a fifth of the fastest hop in use.
STEP_NS = 5_000_000
STATE_EVERY_STEPS = 4  # 50 Hz


@dataclass(slots=True)
class ArmNode:
    """One simulated arm. All decisions are the guard's; this only carries messages and time.

    `stop_line`: a hardware stop line on the arm's machine; its thread stops the guard without the event loop.
    `on_offer`, if any, sees each command that could be read, when it arrived (ns), and why the guard dropped it.
    `body`: what moves; None is an arm without mass.
    """

    arm: ArmConfig
    broker: BrokerAddress
    tell: Callable[[str], None] = lambda _: None
    stop_line: StopLineConfig | None = None
    on_offer: Callable[[Command, int, Refusal | None], None] | None = None
    body: ArmBody | None = None
    _guard: Guard = field(init=False)
    _guard_lock: threading.Lock = field(default_factory=threading.Lock)
    _line: StopLine | None = None
    _joints: ArmBody = field(init=False)
    _bus: Bus = field(init=False)
    _topics: Topics = field(init=False)
    _cause: str = ""
    _disagreed: tuple[str, Refusal] | None = None

    def __post_init__(self) -> None:
        self._guard = Guard(self.arm.limits)
        self._joints = KinematicArm(self.arm.joints) if self.body is None else self.body
        self._topics = topics = Topics(self.arm.name)
        self._bus = Bus(
            self.broker,
            f"efferent-arm-{secrets.token_hex(8)}",
            [(topics.command, 0), (topics.stop, 1), (topics.mode_set, 1)],
            self._handle,
            self._link_changed,
            Outgoing(topics.arm_status, ArmStatus(status="lost").encode(), retain=True),
            topics.arm_status,
            self.tell,
        )

    async def run(self) -> None:
        """Run until cancelled. Raises `BusError` when the first connection fails."""
        self._bus.farewell(Outgoing(self._topics.arm_status, ArmStatus(status="ended").encode(), retain=True))
        self._watch_stop_line()
        first_connection: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        bus = asyncio.create_task(self._bus.run(first_connection), name="bus")
        motors = asyncio.create_task(self._move_for_ever(), name="motors")
        try:
            await first_connection
            settle_garbage()  # commands would wait for it
            done, _ = await asyncio.wait((bus, motors), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            if self._line is not None:
                await asyncio.to_thread(self._line.close)
            for task in (motors, bus):
                await end_task(task)

    def reset(self) -> None:
        """Put the joints back to where they rest, as somebody does between two trials; what the guard holds stays."""
        self._joints.reset()

    async def _move_for_ever(self) -> None:
        before_ns = due_ns = time.monotonic_ns()
        steps = 0
        while True:
            due_ns = max(due_ns + STEP_NS, before_ns)  # a steady beat, and no burst after a stall
            await asyncio.sleep((due_ns - time.monotonic_ns()) * 1e-9)
            now_ns = time.monotonic_ns()
            if self._line is not None and not self._guard.stopped and (why := self._line.latch.why_stopped(now_ns)):
                self._guard.stop()
                self._stop_changed(f"stopped by the stop line: {why}")
            with self._guard_lock:
                velocity, _ = self._guard.step(self._joints.position_rad, now_ns, self._joints.grip_force_n)
            # The velocity held during the step that has passed is at most one control period old; a stalled process
            # must not make up for lost motion.
            self._joints.move(velocity, min(now_ns - before_ns, 4 * STEP_NS) * 1e-9)
            before_ns = now_ns
            steps += 1
            if steps % STATE_EVERY_STEPS == 0:
                self._bus.publish_now(self._topics.state, self._state(now_ns).encode())

    def _handle(self, topic: str, payload: bytes) -> None:
        arrival_ns = time.monotonic_ns()
        if topic == self._topics.command:
            self._take_command(payload, arrival_ns)
        elif topic == self._topics.stop:
            # Whatever it says and whoever sent it: a stop is a stop.
            with self._guard_lock:
                self._guard.stop()
            self._stop_changed("stopped")
        elif topic == self._topics.mode_set:
            try:
                cleared = ModeRequest.model_validate_json(payload).mode is Mode.CLEAR
            except ValidationError:
                self._say("a message on mode/set breaks the contract and was dropped")
                return
            if cleared and self._guard.stopped:
                self._release()

    def _watch_stop_line(self) -> None:
        if self.stop_line is None:
            return
        loop = asyncio.get_running_loop()

        def stop(why: str) -> None:
            with self._guard_lock:
                self._guard.stop()
            loop.call_soon_threadsafe(self._stop_changed, f"stopped by the stop line: {why}")

        self._line = StopLine(SerialLine(self.stop_line), stop)
        self._line.start()
        self.tell(f"stop line: {self.stop_line.sense} on {self.stop_line.port}")

    def _release(self) -> None:
        with self._guard_lock:
            # Under the lock, so that a stop of this very moment comes after the release and not before it.
            refused = self._line.release() if self._line is not None else ""
            if not refused:
                self._guard.release()
        if refused:
            self._publish_status()  # once more, for a controller that was cleared by the same request
            self._say(f"arm: {refused}")
            self.tell(refused)
        else:
            self._stop_changed("released")

    def _take_command(self, payload: bytes, arrival_ns: int) -> None:
        try:
            command = Command.model_validate_json(payload)
        except ValidationError:
            self._guard.count(Refusal.MALFORMED)
            return
        offered = JointCommand(
            command.session,
            command.seq,
            command.t_publish_ns,
            command.ttl_ms,
            command.state,
            command.velocity_rad_s,
            command.ends_session,
        )
        with self._guard_lock:
            refusal = self._guard.offer(offered, arrival_ns)
        if self.on_offer is not None:
            self.on_offer(command, arrival_ns, refusal)
        if refusal in DISAGREEMENTS and (command.session, refusal) != self._disagreed:
            self._disagreed = (command.session, refusal)
            self._say(
                f"the guard refuses commands of session {command.session}: {refusal.value}; see this arm's limits"
            )

    def _state(self, now_ns: int) -> ArmState:
        guard, joints = self._guard, self._joints
        return ArmState(
            t_ns=now_ns,
            session=guard.session,
            last_seq=guard.last_seq,
            stopped=guard.stopped,
            position_rad=joint_values(joints.position_rad),
            velocity_rad_s=joint_values(joints.velocity_rad_s),
            load_nm=joint_values(joints.load_nm),
            travel_rad=joint_values(joints.travel_rad),
            grip_force_n=joints.grip_force_n,
            guard=GuardCounters(
                accepted=guard.accepted,
                refused=dict(guard.refused),
                expirations=guard.expirations,
                cuts=dict(guard.cuts),
            ),
        )

    def _link_changed(self, up: bool) -> None:
        if up:
            self._publish_status()
            self.tell(f"arm '{self.arm.name}' is on the bus at {self.broker.url}")

    def _stop_changed(self, what: str) -> None:
        self._cause = what[:300] if self._guard.stopped else ""
        self._publish_status()
        self._say(f"arm {what}")
        self.tell(what)

    def _publish_status(self) -> None:
        status = ArmStatus(
            status="stopped" if self._guard.stopped else "ready",
            cause=self._cause,
            joints=tuple(JointManifest.model_validate(asdict(limits)) for limits in self.arm.limits),
        )
        self._bus.post(self._topics.arm_status, status.encode(), retain=True)

    def _say(self, what: str) -> None:
        self._bus.post(self._topics.event, EventReport(source="arm", what=what).encode())
