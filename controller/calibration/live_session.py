"""Calibration while the controller runs: prompts, scores, a fit elsewhere, a shadow, a swap, one step back."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.calibration.job import MADE, RUNNING, Job
from controller.calibration.live_recording import LiveRecording, too_long
from controller.calibration.live_states import TABLE, Turn
from controller.calibration.model_swap import (
    load_previous,
    previous_of,
    put_on_disk,
    recording_of,
    settle_recording,
)
from controller.calibration.prompts import Prompt, prompt_schedule, redo_schedule
from controller.calibration.shadow import Shadow
from controller.calibration.worker import Worker
from controller.contract.calibration import (
    MOST_TRIALS,
    CalibrationRequest,
    CalibrationState,
    FitReport,
    ShadowReport,
    TrialReport,
)
from controller.contract.calibration import CalibrationAction as Action
from controller.contract.calibration import CalibrationPhase as Phase
from controller.decoders.model import REST, Model
from controller.decoders.model_file import load_model, save_model
from controller.errors import CalibrationError, ControllerError
from controller.running_model import RunningModel
from controller.safety.states import State
from controller.tasks import end_task
from drivers.chunk import Chunk
from drivers.errors import DriverError
from drivers.source import StreamInfo

USUAL_TRIALS = {Action.START: 3, Action.ADD: 1}
# People lag a prompt; of a prompted trial so much is left out. The onset is scored by itself.
SETTLE_MS = 700.0
TELL_EVERY_NS = 1_000_000_000
# A model that takes over must have seen a whole window.
READY_WITHIN_S = 5.0


@dataclass(slots=True)
class LiveSession:
    """One session at a time. `handle`, `take`, `tick` and `device_lost` are called on the loop and are quick.

    `session`: the controller's. `motions`: of the configuration. `publish` sends the state; `stream` says what the open
    device is. Files go beside `model_path`. Whatever goes wrong, the running model and its file stay.
    """

    session: str
    model_path: Path
    motions: Sequence[str]
    running: RunningModel
    publish: Callable[[CalibrationState], None]
    stream: Callable[[], StreamInfo | None]
    phase: Phase = Phase.IDLE
    worker: Worker | None = None
    _recording: LiveRecording | None = None
    _state: CalibrationState = field(init=False)
    _home: Phase = Phase.IDLE
    _without: tuple[str, ...] = ()
    _timing: tuple[float, float] = (3.0, 2.0)
    _shadow: Shadow | None = None
    _task: "asyncio.Task[None] | None" = None
    _ending: "set[asyncio.Task[None]]" = field(default_factory=set)
    _told_ns: int = 0
    _told_place: int = -1

    def __post_init__(self) -> None:
        self._state = self._fresh("")

    def handle(self, request: CalibrationRequest) -> str:
        """Do what is asked for; return what to answer, which begins with `refused` if nothing was done."""
        action = request.action
        if (self.phase, action) not in TABLE:
            return f"refused: '{action.value}' is not possible while calibration is '{self.phase.value}'"
        why = self._why_not(request)
        if why:
            return f"refused: {why}"
        cause = f"{action.value} by {request.by}"
        if action in USUAL_TRIALS:
            self._state = self._fresh("", adds=action is Action.ADD)
            self._timing, self._without = (request.hold_s, request.rest_s), ()
            self.worker = Worker(Path(tempfile.mkdtemp(prefix="efferent-calibration-")))
            self._record(self._schedule(request), (), cause)
        elif action is Action.REDO:
            names = [name.rpartition(":") for name in request.trials]
            schedule = redo_schedule([(motion, int(number)) for motion, _, number in names], *self._timing)
            self._drop_shadow()
            self._record(schedule, request.trials, cause)
        elif action is Action.DELETE:
            self._drop_shadow()
            self._without += request.trials
            kept = tuple(trial for trial in self._state.trials if trial.trial not in request.trials)
            self._enter(Phase.RECORDED, cause, trials=kept, fit=None)
        elif action is Action.CANCEL:
            self._forget(cause)
        else:
            work = {Action.FIT: self._fit, Action.SWAP: self._swap, Action.BACK: self._back}[action]
            self._begin(TABLE[self.phase, action], work(), cause)
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
        self._enter(
            self._home,
            f"the device was lost in '{prompt.motion}', trial {prompt.trial} ({cause}); these prompts are void",
        )

    def tell(self) -> None:
        """Publish how it stands."""
        now_ns = time.monotonic_ns()
        self._told_ns = now_ns
        recording, shadow = self._recording, self._shadow
        self.publish(
            self._state.model_copy(
                update={
                    "phase": self.phase,
                    "prompt": None if recording is None else recording.prompt(now_ns),
                    "left_s": 0.0 if recording is None else recording.left_s(now_ns),
                    "shadow": None if shadow is None else _report(shadow),
                }
            )
        )

    async def close(self) -> None:
        """End what is under way and remove what was kept for it."""
        self._forget("the controller ends")
        for task in list(self._ending):
            await asyncio.wait([task])

    def _why_not(self, request: CalibrationRequest) -> str:
        if request.action in (Action.REDO, Action.DELETE):
            known = [trial.trial for trial in self._state.trials]
            unknown = sorted(set(request.trials) - set(known))
            if not request.trials or unknown:
                return f"name trials of {', '.join(known)}" + (f", not {', '.join(unknown)}" if unknown else "")
        if request.action not in (Action.START, Action.ADD, Action.REDO):
            return ""
        state = self.running.governor.machine.state
        if state not in (State.IDLE, State.READY):
            return f"the controller is '{state.value}'; nothing may move while trials are recorded: disengage or clear"
        stream = self.stream()
        if stream is None:
            return "no device is open"
        if request.action is Action.REDO:
            return ""
        unknown = sorted(set(request.motions) - set(self.motions))
        if unknown:
            return f"the configuration has no motion {', '.join(unknown)}, but {', '.join(self.motions)}"
        if request.action is Action.START and request.motions and set(request.motions) != set(self.motions):
            return "a model needs all motions of the configuration; 'add' takes some of them"
        schedule = self._schedule(request)
        if sum(prompt.class_name != REST for prompt in schedule) > MOST_TRIALS:
            return f"more than {MOST_TRIALS} trials; ask for fewer"
        return too_long(stream, schedule)

    def _schedule(self, request: CalibrationRequest) -> list[Prompt]:
        known = self.running.model.facts.class_names
        motions = [name for name in request.motions or self.motions if request.action is Action.START or name in known]
        trials = request.trials_per_motion or USUAL_TRIALS[request.action]
        return prompt_schedule(motions, trials, request.hold_s, request.rest_s)

    def _record(self, prompts: Sequence[Prompt], redone: tuple[str, ...], cause: str) -> None:
        stream = self.stream()
        if stream is None:
            raise RuntimeError("asked to record without a device")
        self._home = Phase.RECORDED if redone else Phase.IDLE
        self._recording = LiveRecording(stream, prompts, time.monotonic_ns(), redone)
        self._enter(Phase.RECORDING, cause, fit=None)

    def _begin(self, phase: Phase, work: Coroutine[None, None, None], cause: str, home: Phase | None = None) -> None:
        """Do `work` in `phase`; if it fails, say why and return to `home`, where it began unless said otherwise."""
        home = self.phase if home is None else home
        self._enter(phase, cause, progress=0.0)

        async def attempt() -> None:
            try:
                await work
            except (ControllerError, DriverError) as error:
                self._enter(home, str(error))
            except OSError as error:
                self._enter(home, f"the disk refuses {error.filename}: {error.strerror}")

        self._task = asyncio.create_task(attempt(), name="calibration")

    async def _score(self, recording: LiveRecording) -> None:
        kept = str(recording_of(self.model_path, "session"))
        job = Job(
            "score",
            recording.info,
            tuple(recording.prompts),
            recording.begin_ns,
            redone=recording.redone,
            kept=kept,
        )
        answer = await self._ask(job, recording.chunks)
        self._without = tuple(name for name in self._without if name not in recording.redone)
        trials = tuple(TrialReport.model_validate(trial) for trial in answer["trials"])
        trials = tuple(trial for trial in trials if trial.trial not in self._without)
        again = sum(trial.verdict == "redo" for trial in trials)
        what = f"{len(trials)} trials, {again} of them to do again" if again else f"{len(trials)} trials"
        self._enter(TABLE[self.phase, Turn.SCORED], answer["not_kept"] or what, trials=trials)

    async def _fit(self) -> None:
        stream = self.stream()
        if stream is None or self.worker is None:
            raise CalibrationError("no device is open; the fit waits until it is back")
        training = recording_of(self.model_path, "recording")
        job = Job(
            "fit",
            stream,
            without=self._without,
            adds=self._state.adds,
            settle_ms=SETTLE_MS,
            training=str(training) if training.exists() and self.running.model.facts.decoder != "gaussian" else "",
        )
        answer = await self._ask(job)
        await self._follow(await asyncio.to_thread(load_model, self.worker.folder / MADE))
        self._enter(TABLE[self.phase, Turn.FITTED], "the new model runs in shadow", fit=FitReport(**answer["fit"]))

    async def _swap(self) -> None:
        shadow = await self._followed()
        await asyncio.to_thread(put_on_disk, shadow.model, self.model_path)
        kind = "added" if self._state.adds else "recording"
        self._drop_shadow()  # from here on its step gets every hop as the running one
        self.running.put_in_force(shadow.model, shadow.step, "another model was put in force")
        trouble = await asyncio.to_thread(settle_recording, self.model_path, kind)
        self._forget(trouble or "the new model is in force")

    async def _back(self) -> None:
        model = await asyncio.to_thread(load_previous, self.model_path)
        if why := self.running.why_not(model):
            raise CalibrationError(f"the model before cannot take over while the controller runs: {why}")
        try:
            await self._follow(model)
            shadow = await self._followed()
            await asyncio.to_thread(put_on_disk, model, self.model_path)
            self._drop_shadow()
            self.running.put_in_force(model, shadow.step, "the model before was put back in force")
        finally:
            self._drop_shadow()
        self._forget("the model before is in force again")

    async def _ask(self, job: Job, chunks: Sequence[Chunk] = ()) -> dict[str, Any]:
        """Let the process do a job beside the loop."""
        if self.worker is None:
            raise RuntimeError("asked to work without a session")
        folder, running = self.worker.folder, self.running.snapshot()

        def hand_over() -> None:
            save_model(running, folder / RUNNING)
            job.write(folder, chunks)

        await asyncio.to_thread(hand_over)
        return await self.worker.run(self._progress)

    async def _follow(self, model: Model) -> None:
        """Let a model decide beside the running one."""
        step = await asyncio.to_thread(self.running.make_step, model)
        self._shadow = Shadow(model, step, self.running.model.facts.class_names)
        self.running.loop.follower = self._shadow

    async def _followed(self) -> Shadow:
        """Wait until the model in shadow has seen a whole window."""
        shadow = self._shadow
        if shadow is None:
            raise RuntimeError("asked to swap without a model in shadow")
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not shadow.ready:  # noqa: ASYNC110 - set by hops, which know no event loop
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise CalibrationError("the device sends nothing to decide on; swap when it is back") from error
        return shadow

    def _progress(self, share: float) -> None:
        self._state = self._state.model_copy(update={"progress": share})

    def _enter(self, phase: Phase, what: str, **changes: object) -> None:
        self.phase = phase
        recording = phase is Phase.RECORDING
        self.running.governor.barred = "trials are being recorded; wait, or cancel the calibration" if recording else ""
        self._state = self._state.model_copy(update={"what": what[:300], **changes})
        if phase is Phase.IDLE and self.worker is not None:
            self._forget(what)
            return
        self.tell()

    def _forget(self, what: str) -> None:
        """Return to the beginning; what was under way ends, and its folder goes."""
        task, worker = self._task, self.worker
        self._recording, self._task, self.worker = None, None, None
        self._drop_shadow()
        self._state = self._fresh(what)
        self._enter(Phase.IDLE, what)
        if worker is not None or task is not None:
            ending = asyncio.create_task(_clean_up(task, worker), name="calibration ends")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _drop_shadow(self) -> None:
        self._shadow = self.running.loop.follower = None

    def _fresh(self, what: str, adds: bool = False) -> CalibrationState:
        return CalibrationState(
            session=self.session,
            what=what[:300],
            adds=adds,
            trained_on=self.running.model.facts.trained_on,
            may_go_back=previous_of(self.model_path).exists(),
        )


async def _clean_up(task: "asyncio.Task[None] | None", worker: Worker | None) -> None:
    current = asyncio.current_task()
    if task is not None and task is not current:
        await end_task(task)
    if worker is not None:
        await asyncio.to_thread(shutil.rmtree, worker.folder, ignore_errors=True)


def _report(shadow: Shadow) -> ShadowReport:
    decisions = shadow.decisions
    return ShadowReport(
        decisions=decisions,
        agreement=round(shadow.agreed / max(decisions, 1), 4),
        cost_ms=round(shadow.cost_ns / 1e6 / max(decisions, 1), 4),
    )
