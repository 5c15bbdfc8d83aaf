"""Calibration while the controller runs: prompts, scores, a fit elsewhere, a shadow, a swap, one step back."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from controller.calibration.live_looks import LiveLooks
from controller.calibration.live_recording import LiveRecording
from controller.calibration.live_refusals import why_not
from controller.calibration.live_states import TABLE, Turn
from controller.calibration.live_work import LiveWork, remove_folder
from controller.calibration.model_swap import previous_of
from controller.calibration.prompts import Prompt, prompt_schedule, redo_schedule
from controller.calibration.worker import Worker
from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration import CalibrationPhase as Phase
from controller.contract.calibration import CalibrationRequest, CalibrationState, TrialReport
from controller.contract.calibration_result import CalibrationResult
from controller.errors import ControllerError
from controller.rest_class import REST
from controller.running_model import RunningModel
from controller.tasks import end_task
from drivers.chunk import Chunk
from drivers.errors import DriverError
from drivers.source import StreamInfo

USUAL_TRIALS = {Action.START: 3, Action.ADD: 1}
TELL_EVERY_NS = 1_000_000_000
BARRED = "trials are being recorded; wait, or cancel the calibration"


@dataclass(slots=True)
class LiveSession:
    """One session at a time. `handle`, `take`, `tick` and `device_lost` are called on the loop and are quick.

    `session`: the controller's. `motions`: of the configuration. `publish` sends the state, `publish_result` what a
    fit found; `stream` says what the open
    device is. Files go beside `model_path`. Whatever goes wrong, the running model and its file stay.
    """

    session: str
    model_path: Path
    motions: Sequence[str]
    running: RunningModel
    publish: Callable[[CalibrationState], None]
    publish_result: Callable[[CalibrationResult], None]
    stream: Callable[[], StreamInfo | None]
    work: LiveWork = field(init=False)
    _looks: LiveLooks = field(init=False)
    _state: CalibrationState = field(init=False)
    _recording: LiveRecording | None = None
    _home: Phase = Phase.IDLE
    _without: tuple[str, ...] = ()
    _timing: tuple[float, float] = (3.0, 2.0)
    _task: "asyncio.Task[None] | None" = None
    _positions: dict[int, str] = field(default_factory=dict)
    _ramp: bool = False
    _ending: "set[asyncio.Task[None]]" = field(default_factory=set)
    _told_ns: int = 0
    _told_place: int = -1

    def __post_init__(self) -> None:
        self.work = LiveWork(self.model_path, self.running, self._progress)
        self._looks = LiveLooks(self.work, self._looked)
        self._state = self._fresh("")

    @property
    def phase(self) -> Phase:
        """Where the session stands."""
        return self._state.phase

    def handle(self, request: CalibrationRequest) -> str:
        """Do what is asked for; return what to answer, which begins with `refused` if nothing was done."""
        control = self.running.governor.machine.state
        schedule, stream = self._schedule(request), self.stream()
        if why := why_not(request, self._state, control, stream, self.motions, schedule):
            return f"refused: {why}"
        action, cause = request.action, f"{request.action.value} by {request.by}"
        if action in USUAL_TRIALS:
            self._state = self._fresh("", adds=action is Action.ADD)
            self._timing, self._without = (request.hold_s, request.rest_s), ()
            self._ramp, self._positions = request.ramp, {one.repetition: one.position for one in schedule}
            self.work.open()
        if action in (*USUAL_TRIALS, Action.REDO) and stream is not None:
            self.work.drop_shadow()
            self._home = Phase.RECORDED if action is Action.REDO else Phase.IDLE
            self._record(stream, schedule, request.trials)
            self._enter(Phase.RECORDING, cause, fit=None)
        elif action is Action.DELETE:
            self.work.drop_shadow()
            self._without += request.trials
            kept = tuple(trial for trial in self._state.trials if trial.trial not in request.trials)
            self._enter(Phase.RECORDED, cause, trials=kept, fit=None)
        elif action is Action.CANCEL:
            self._forget(cause)
        else:
            doing = {Action.FIT: self._fit, Action.SWAP: self._swap, Action.BACK: self._back}[action]
            self._begin(TABLE[self.phase, action], doing(), cause, self.phase)
        return f"calibration: {cause}"

    def take(self, chunk: Chunk) -> None:
        """Keep a chunk if trials are being recorded; call it once the chunk's command is out."""
        recording = self._recording
        if recording is not None and recording.take(chunk):
            self._recording = None
            self._begin(TABLE[self.phase, Turn.RECORDED], self._score(recording), "the last prompt is over", self._home)

    def tick(self, now_ns: int) -> None:
        """Look at the clock: show the next prompt, tell how it goes, notice a device that has fallen silent."""
        recording = self._recording
        if recording is not None and recording.silent(now_ns):
            self.device_lost("nothing came for 2 s")
        elif recording is not None:
            self._looks.look_at(recording)
        place = -1 if self._recording is None else self._recording.place(now_ns)
        due = self.phase is not Phase.IDLE and now_ns - self._told_ns >= TELL_EVERY_NS
        if due or place != self._told_place:
            self._told_place = place
            self.tell()

    def device_lost(self, cause: str) -> None:
        """The device has gone: what is being recorded is void, what was recorded before stands."""
        recording = self._recording
        if recording is None:
            return
        prompt = recording.prompt(recording.newest_ns)
        self._recording = None
        where = f"'{prompt.motion}', trial {prompt.trial}"
        self._enter(self._home, f"the device was lost in {where} ({cause}); these prompts are void")

    def tell(self) -> None:
        """Publish how it stands."""
        now_ns = time.monotonic_ns()
        self._told_ns = now_ns
        recording = self._recording
        update: dict[str, object] = {
            "prompt": None if recording is None else recording.prompt(now_ns),
            "left_s": 0.0 if recording is None else recording.left_s(now_ns),
            "shadow": self.work.shadow_report(),
        }
        if self._looks.seen is not None and self.phase in (Phase.RECORDING, Phase.SCORING):
            update["trials"] = self._named(self._looks.seen)
        self.publish(self._state.model_copy(update=update))

    def tell_result(self) -> None:
        """Publish what the last fit found, if there was one."""
        if self.work.result:
            self.publish_result(CalibrationResult.model_validate({"session": self.session, **self.work.result}))

    def use_file(self, path: Path) -> None:
        """Work on the model in another file, which is in force now; between two sessions."""
        self.model_path = self.work.model_path = path
        self._state = self._fresh("")
        self.tell()

    async def close(self) -> None:
        """End what is under way and remove what was kept for it."""
        self._forget("the controller ends")
        for task in list(self._ending):
            await asyncio.wait([task])

    def _schedule(self, request: CalibrationRequest) -> list[Prompt]:
        """Return what would be prompted; nothing where a request asks for no recording."""
        if request.action is Action.REDO:
            named = [name.rpartition(":") for name in request.trials]
            again = [(motion, int(number)) for motion, _, number in named]
            return redo_schedule(again, *self._timing, self._positions)
        if request.action not in USUAL_TRIALS:
            return []
        known = self.running.model.facts.class_names
        motions = [name for name in request.motions or self.motions if request.action is Action.START or name in known]
        trials = request.trials_per_motion or USUAL_TRIALS[request.action]
        return prompt_schedule(motions, trials, request.hold_s, request.rest_s, request.positions)

    def _record(self, stream: StreamInfo, schedule: Sequence[Prompt], redone: tuple[str, ...]) -> None:
        model = self.running.model
        spans = zip(model.effort_low.tolist(), model.effort_high.tolist(), strict=True)
        efforts = dict(zip(model.facts.class_names, spans, strict=True))
        others = [span for name, span in efforts.items() if name != REST]
        if others:
            efforts[REST] = (min(low for low, _ in others), float(np.median([high for _, high in others])))
        self._recording = LiveRecording(stream, schedule, time.monotonic_ns(), redone, self._ramp, efforts)
        self._looks.begin()

    def _looked(self, recording: LiveRecording, trouble: str) -> None:
        if trouble:
            self._state = self._state.model_copy(update={"what": trouble[:300]})
        if self._recording is recording or self.phase is Phase.SCORING:
            self.tell()

    def _named(self, trials: Sequence[TrialReport]) -> tuple[TrialReport, ...]:
        """Return the trials that were not left out, with the arm's position in each."""
        return tuple(
            trial.model_copy(update={"position": self._positions.get(int(trial.trial.rpartition(":")[2]), "")})
            for trial in trials
            if trial.trial not in self._without
        )

    def _begin(self, phase: Phase, doing: Coroutine[None, None, None], cause: str, home: Phase) -> None:
        """Do something in `phase`; if it fails, say why and return to `home`."""
        self._enter(phase, cause, progress=0.0)

        async def attempt() -> None:
            try:
                await doing
            except (ControllerError, DriverError, ValueError) as error:
                self._enter(home, str(error))
            except OSError as error:
                self._enter(home, f"the disk refuses {error.filename}: {error.strerror}")

        self._task = asyncio.create_task(attempt(), name="calibration")

    async def _score(self, recording: LiveRecording) -> None:
        trials, not_kept = await self.work.score(recording)
        self._without = tuple(name for name in self._without if name not in recording.redone)
        trials = self._named(trials)
        again = sum(trial.verdict == "redo" for trial in trials)
        what = f"{len(trials)} trials" + (f", {again} of them to do again" if again else "")
        self._enter(TABLE[self.phase, Turn.SCORED], not_kept or what, trials=trials)

    async def _fit(self) -> None:
        fit = await self.work.fit(self.stream(), self._without, self._state.adds)
        self.tell_result()
        self._enter(TABLE[self.phase, Turn.FITTED], "the new model runs in shadow", fit=fit)

    async def _swap(self) -> None:
        self._forget(await self.work.swap(self._state.adds))

    async def _back(self) -> None:
        self._forget(await self.work.back())

    def _progress(self, share: float) -> None:
        self._state = self._state.model_copy(update={"progress": share})

    def _enter(self, phase: Phase, what: str, **changes: object) -> None:
        if phase is Phase.IDLE and self.work.worker is not None:
            self._forget(what)
            return
        self.running.governor.barred = BARRED if phase is Phase.RECORDING else ""
        self._state = self._state.model_copy(update={"phase": phase, "what": what[:300], **changes})
        self.tell()

    def _forget(self, what: str) -> None:
        """Return to the beginning; what was under way ends, and its folder goes."""
        tasks, worker = [task for task in (self._looks.task, self._task) if task is not None], self.work.worker
        self._recording = self._task = self._looks.task = self.work.worker = self._looks.seen = None
        self.work.drop_shadow()
        self._state = self._fresh(what)
        self._enter(Phase.IDLE, what)
        if tasks or worker is not None:
            ending = asyncio.create_task(_end(tasks, worker), name="calibration ends")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _fresh(self, what: str, adds: bool = False) -> CalibrationState:
        return CalibrationState(
            session=self.session,
            what=what[:300],
            adds=adds,
            trained_on=self.running.model.facts.trained_on,
            may_go_back=previous_of(self.model_path).exists(),
        )


async def _end(tasks: "Sequence[asyncio.Task[None]]", worker: Worker | None) -> None:
    for task in tasks:
        await end_task(task)
    if worker is not None:
        await remove_folder(worker)
