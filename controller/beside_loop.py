"""What a controller runs beside its loop, each in a thread of its own: black box, LSL streams, stop line."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from controller.arm_config import ArmConfig
from controller.black_box.hop_log import HopLog
from controller.black_box.layout import Header
from controller.black_box.recorder import Recorder, capacity
from controller.broker_address import BrokerAddress
from controller.config import BlackBoxConfig, RunConfig
from controller.decoders.model import ModelFacts
from controller.loop import ControlLoop
from controller.lsl_outlets import LslOutletConfig, LslOutlets
from controller.stop_line import SerialLine, StopLine, StopLineConfig
from controller.stop_sender import StopSender


@dataclass(slots=True)
class BesideLoop:
    """Starts what the configuration asks for, and ends it. None of it ever holds up the loop.

    `tell` gets a line for people, from any thread. `notes`: who else is to have the lines that the service
    tells, with their time on the monotonic clock.
    `outlets`: the LSL streams, if there are any.
    """

    arm: ArmConfig
    session: str
    loop: ControlLoop
    stop_topic: str
    tell: Callable[[str], None]
    notes: list[Callable[[int, str], None]] = field(default_factory=list)
    outlets: LslOutlets | None = None
    _black_box: Recorder | None = None
    _stop_line: StopLine | None = None
    _stop_sender: StopSender | None = None

    def start(self, config: RunConfig, facts: ModelFacts) -> None:
        """Start everything, inside the loop. Raises `SettingsError` where LSL cannot be had."""
        if config.black_box is not None:
            self._start_black_box(config.black_box, facts)
        if config.lsl_outlet is not None:
            self._start_outlets(config.lsl_outlet, facts)
        if config.stop_line is not None:
            self._watch_stop_line(config.stop_line, config.broker)

    def keep(self, cause: str) -> None:
        """Keep what the black box holds now."""
        if self._black_box is not None:
            self._black_box.keep(cause)

    def release_stop_line(self) -> str:
        """Release the stop line; where it still says stop, the arm, which heard the same request, is told again."""
        if self._stop_line is None or self._stop_sender is None:
            return ""
        refused = self._stop_line.release()
        if refused:
            self._stop_sender.send(refused)
        return refused

    def end_watching(self) -> None:
        """End the stop line and the black box. Blocks."""
        if self._stop_line is not None and self._stop_sender is not None:
            self._stop_line.close()
            self._stop_sender.close()
        if self._black_box is not None:
            self._black_box.close()

    def end_streams(self) -> None:
        """End the LSL streams, once the last command is out. Blocks."""
        if self.outlets is not None:
            self.outlets.close()

    def _start_black_box(self, settings: BlackBoxConfig, facts: ModelFacts) -> None:
        """Write the last minutes to the disk; a disk that refuses keeps nobody from moving."""
        header = Header(
            arm=self.arm.name,
            session=self.session,
            joints=tuple(joint.name for joint in self.arm.joints),
            classes=facts.class_names,
            rate_hz=facts.rate_hz,
            unit=facts.unit.value,
            hop_samples=facts.hop_samples,
            channels=facts.channel_count,
            capacity=1,
            wall_ns=time.time_ns(),
            t_ns=time.monotonic_ns(),
        )
        records = capacity(header, settings.minutes, facts.hop_s, settings.max_mb)
        log = HopLog(header.model_copy(update={"capacity": records}))
        recorder = Recorder(settings.folder, log, self.tell)
        try:
            recorder.start()
        except OSError as error:
            self.tell(f"black box: cannot write in {settings.folder}: {error.strerror}; there will be none")
            return
        self._black_box, self.loop.log = recorder, log
        self.notes.append(log.note)

    def _start_outlets(self, settings: LslOutletConfig, facts: ModelFacts) -> None:
        """Publish EMG and decisions as LSL streams."""
        joints = [joint.name for joint in self.arm.joints]
        outlets = LslOutlets(settings, self.arm.name, joints, facts.class_names, self.tell)
        self.outlets, self.loop.markers = outlets, outlets.markers
        if outlets.markers is not None:
            self.notes.append(outlets.markers.event)

    def _watch_stop_line(self, settings: StopLineConfig, broker: BrokerAddress) -> None:
        """Let a thread watch the line; it withdraws the permission to move and tells the arm, without this loop."""
        loop = asyncio.get_running_loop()
        sender = StopSender(broker, self.stop_topic)

        def stop(why: str) -> None:
            sender.send(why)
            loop.call_soon_threadsafe(self.loop.watch)

        line = StopLine(SerialLine(settings), stop)
        line.start()
        self._stop_line, self.loop.stop_latch = line, line.latch
        self._stop_sender = sender
        sender.start()
        self.tell(f"stop line: {settings.sense} on {settings.port}")
