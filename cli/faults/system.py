"""The running system as a fault sees it, and as it is watched from outside."""

import asyncio
import contextlib
import hashlib
import os
import secrets
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from cli.demo.watcher import Watcher
from cli.exit_codes import BAD_INPUT
from cli.faults.motion import SeenMotion
from cli.faults.stage import FaultStage
from controller.bus import Bus
from controller.contract.arm_state import ArmState
from controller.contract.command import Command
from controller.contract.requests import Mode
from controller.contract.topics import Topics
from controller.profile_file import StoredProfile
from controller.safety.states import State
from sim.emulator.stop_button import StopButton
from sim.errors import SimError
from sim.faults.fault import LineAt, Part
from sim.faults.held_thread import HeldThread
from sim.faults.hogs import ProcessorHogs
from sim.faults.relay import Relay

READY_WITHIN_S = 60.0
ANSWER_WITHIN_S = 15.0
# Effort that moves a joint in every configuration with which somebody could work.
EFFORT = 0.8
CONTRACTIONS = 3
# A person to whom nothing happens relaxes and tries again.
FOLLOWS_WITHIN_S = 5.0
COMMANDS_KEPT = 100
# By then what was left of an earlier motion is over; no joint is at its end yet.
SETTLE_S = 0.35


@dataclass(slots=True)
class RunningSystem:
    """The parts of one system, how it is brought to a motion and to rest, and what a fault may do to it.

    `not_followed`: contractions to which an engaged arm did nothing, with what was seen meanwhile.
    """

    stage: FaultStage
    relay: Relay
    arm_relay: Relay
    watcher: Watcher
    motion: SeenMotion = field(default_factory=SeenMotion)
    not_followed: list[str] = field(default_factory=list)
    _bus: Bus = field(init=False)
    _commands: deque[bytes] = field(default_factory=lambda: deque(maxlen=COMMANDS_KEPT))
    _held: HeldThread | None = None
    _hogs: ProcessorHogs = field(default_factory=ProcessorHogs)

    def __post_init__(self) -> None:
        topics = Topics(self.stage.arm.name)
        self._bus = Bus(
            self.stage.address,
            f"efferent-faults-{secrets.token_hex(4)}",
            [(topics.state, 0), (topics.command, 0)],
            self._take,
        )

    async def run(self) -> None:
        """Watch until cancelled."""
        await asyncio.gather(self.watcher.run(), self._bus.run())

    @property
    def state(self) -> State | None:
        """The controller's state while one runs."""
        status = self.watcher.status
        return status.state if status is not None and status.status == "running" else None

    @property
    def ready_to_move(self) -> bool:
        """Whether the arm listens to the controller that is there."""
        status, arm = self.watcher.status, self.watcher.arm_state
        return status is not None and arm is not None and arm.session == status.session

    async def engage(self) -> None:
        """Rest, clear if need be, and engage. Raises `SimError` when that is not possible."""
        self.rest()
        await self.until(lambda: self.state is not None, "no controller")
        if self.state is State.ENGAGED:
            return
        if self.state is State.FAULT:
            self.watcher.ask(Mode.CLEAR)
        if self.state is State.HOLDING:
            self.watcher.ask(Mode.DISENGAGE)
        await self.until(lambda: self.state is State.READY, "the controller is not ready", READY_WITHIN_S)
        await self.until(lambda: self.ready_to_move, "the arm takes no commands")
        for _ in range(5):  # refused until muscles have relaxed
            self.watcher.ask(Mode.ENGAGE)
            if await self.watcher.until(lambda: self.state is State.ENGAGED, 1.0):
                return
        raise SimError(f"the controller does not engage: {self.last_words}")

    async def contract(self) -> None:
        """Contract until the arm is in the midst of a motion, away from the nearer end of the joint.

        On a busy machine a sample may be late, and the controller then holds until the wearer has rested; so he does,
        and begins again, as he does when the arm does not follow. Raises `SimError` when it does not move.
        """
        seen = []
        for _ in range(CONTRACTIONS):
            motion = self._motion_with_room()
            self.tell_emulator(f"intent {motion} {EFFORT}")
            await asyncio.sleep(SETTLE_S)
            await self.watcher.until(lambda: self.motion.lasting or self.state is State.HOLDING, FOLLOWS_WITHIN_S)
            if self.motion.lasting:
                return
            seen.append(f"{motion}: {self.seen}")
            if self.state is State.ENGAGED:
                self.not_followed.append(seen[-1])
            self.rest()
            await self.until(lambda: self.state is State.ENGAGED, "it does not recover by itself")
        raise SimError(
            f"the arm follows none of {CONTRACTIONS} contractions within {FOLLOWS_WITHIN_S:g} s "
            f"({' / '.join(seen)}; {self.last_words})"
        )

    async def rested(self) -> None:
        """Relax, and wait until nothing has moved for a while. Raises `SimError` when it goes on moving."""
        self.rest()
        await self.until(lambda: self.motion.still, "the arm does not rest with the wearer")

    def rest(self) -> None:
        """Let the wearer relax."""
        self.tell_emulator("intent rest")

    async def until(self, what: Callable[[], bool], otherwise: str, within_s: float = ANSWER_WITHIN_S) -> None:
        """Wait for it. Raises `SimError` with `otherwise` when it does not come."""
        if not await self.watcher.until(what, within_s):
            raise SimError(f"{otherwise} within {within_s:g} s ({self.seen}; {self.last_words})")

    @property
    def seen(self) -> str:
        """What is seen now of the way from muscles to joints, for whoever looks why something did not come."""
        signal, arm = self.watcher.signal, self.watcher.arm_state
        words = [f"state {self.state}"]
        if signal is not None:
            cuts = ", ".join(f"{joint} cut by {cut.value}" for joint, cut in signal.cuts.items())
            speeds = ", ".join(f"{joint} {speed:.2f}" for joint, speed in signal.shaped.items() if speed)
            words.append(f"decided {signal.decided} at {signal.confidence:.2f}, {cuts or speeds or 'at rest'}")
        if arm is not None:
            refused = ", ".join(f"{count} {why.value}" for why, count in arm.guard.refused.items() if count)
            where = "same session" if self.ready_to_move else "another session"
            words.append(f"arm {'stopped' if arm.stopped else 'free'}, {where}, refused {refused or 'nothing'}")
        return "; ".join(words)

    @property
    def last_words(self) -> str:
        """What the controller said last."""
        return self.stage.last_words("controller")

    def kept(self) -> str:
        """Return what is wrong with the files that must survive, or an empty string."""
        try:
            StoredProfile.model_validate_json(self.stage.profile_file.read_bytes())
        except (OSError, ValidationError) as error:
            return f"the profile cannot be read: {error}"
        return ""

    def fingerprint(self) -> str:
        """Return a hash of the model, which nothing may change."""
        return hashlib.sha256(self.stage.model_file.read_bytes()).hexdigest()

    @property
    def stored_version(self) -> int:
        """The version of the profile on the disk; -1 when there is none that can be read."""
        with contextlib.suppress(OSError, ValidationError):
            return StoredProfile.model_validate_json(self.stage.profile_file.read_bytes()).version
        return -1

    # What a fault may do.

    def tell_emulator(self, line: str) -> None:
        """Send a control line to the emulated device."""
        self.stage.tell_emulator(line)

    def process_id(self, part: Part) -> int:
        """Return the process of a part."""
        if part == "broker":
            assert self.stage.broker is not None  # noqa: S101 - the stage is set up
            return self.stage.broker.pid
        return self.stage.process(part).pid

    def send(self, part: Part, number: signal.Signals) -> None:
        """Send a signal to a part."""
        os.kill(self.process_id(part), number)

    async def start(self, part: Part) -> None:
        """Start a part again; one that runs is ended first."""
        starts = {
            "broker": self.stage.restart_broker,
            "emulator": self.stage.start_emulator,
            "arm": self.stage.start_arm,
            "controller": self.stage.start_controller,
        }
        if part == "controller":
            self.watcher.status = None
        if part == "arm":
            self.watcher.arm_state = None
        await asyncio.to_thread(starts[part])
        if part == "arm":
            await self.until(lambda: self.watcher.arm_state is not None, "the arm does not start", READY_WITHIN_S)

    async def refuses_to_start(self) -> bool:
        """Start the controller, and return whether it ends with the exit code for bad input."""
        await self.start("controller")
        process = self.stage.process("controller")
        try:
            return await asyncio.to_thread(process.wait, READY_WITHIN_S) == BAD_INPUT
        except subprocess.TimeoutExpired:
            return False

    def old_commands(self) -> list[bytes]:
        """Return commands of a motion that the arm has obeyed, oldest first."""
        return list(self._commands)

    def foreign_commands(self) -> list[bytes]:
        """Return commands to move, of a controller that is not there."""
        session = secrets.token_hex(8)
        base = Command.model_validate_json(self._commands[-1])
        return [
            base.model_copy(
                update={"session": session, "seq": number, "t_publish_ns": time.monotonic_ns() + number * 10_000_000}
            ).encode()
            for number in range(len(self._commands))
        ]

    async def publish_commands(self, payloads: list[bytes], every_s: float, retain: bool = False) -> None:
        """Publish on the topic `command` as somebody else would; an empty payload clears what is retained."""
        for payload in payloads:
            self._bus.post(Topics(self.stage.arm.name).command, payload, retain=retain)
            await asyncio.sleep(max(every_s, 0.05 if retain else 0.0))

    async def tune(self) -> None:
        """Change the profile by nothing that matters, and wait until the controller has accepted it."""
        await self.until(lambda: self.watcher.profile is not None, "the controller tells no profile")
        before = self.watcher.profile
        assert before is not None  # noqa: S101 - waited for
        gains = set(before.values.gain.values())
        self.watcher.set_gain(0.99 if 1.0 in gains else 1.0)
        await self.until(
            lambda: self.watcher.profile is not None and self.watcher.profile.version > before.version,
            "the controller takes no profile",
        )

    def spoil_profile(self) -> None:
        """Cut the profile's file in half."""
        data = self.stage.profile_file.read_bytes()
        self.stage.profile_file.write_bytes(data[: len(data) // 2])

    def restore_profile(self) -> None:
        """Put the profile before in its place, as the controller's sentence says."""
        _previous(self.stage.profile_file).replace(self.stage.profile_file)

    def button(self, where: LineAt) -> StopButton:
        """Return the button of a stop line."""
        return self.stage.buttons[where]

    async def arm_stopped(self) -> None:
        """Wait until the arm says that it is stopped. Raises `SimError` when it is not."""
        await self.until(
            lambda: self.watcher.arm_state is not None and self.watcher.arm_state.stopped, "the arm is not stopped"
        )

    def stop(self) -> None:
        """Send a stop, as a person does."""
        self.watcher.stop()

    def hold_loop(self) -> None:
        """Let the controller's event loop hang; its other threads go on."""
        self._held = HeldThread(self.process_id("controller"))
        self._held.hold()

    def let_loop_go(self) -> None:
        """Let it go on."""
        if self._held is not None:
            self._held.let_go()

    def hog_processors(self, hogs_per_core: int) -> None:
        """Let other programs keep every core busy; 0 ends them."""
        self._hogs.start(hogs_per_core)

    def _motion_with_room(self) -> str:
        motions = self.stage.motions
        joint = next(iter(motions.values()))[0] if "supination" not in motions else motions["supination"][0]
        forward = next(name for name, (name_of, sign) in motions.items() if name_of == joint and sign > 0)
        back = next(name for name, (name_of, sign) in motions.items() if name_of == joint and sign < 0)
        limits = next(each for each in self.stage.arm.joints if each.name == joint)
        arm = self.watcher.arm_state
        middle = (limits.min_rad + limits.max_rad) / 2.0
        return forward if arm is None or arm.position_rad[joint] < middle else back

    def _take(self, topic: str, payload: bytes) -> None:
        with contextlib.suppress(ValidationError):  # what the faults send is not always of the contract
            if topic == Topics(self.stage.arm.name).state:
                arm = ArmState.model_validate_json(payload)
                self.motion.take(arm)
                return
            command = Command.model_validate_json(payload)
            status = self.watcher.status
            ours = status is not None and command.session == status.session
            if ours and any(command.velocity_rad_s.values()):
                self._commands.append(payload)


def _previous(path: Path) -> Path:
    return path.with_name(f"{path.name}.previous")
