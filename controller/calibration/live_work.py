"""What takes time in a calibration while the controller runs, none of it on the loop: score, fit, follow, swap."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.calibration.job import MADE, RUNNING, Job
from controller.calibration.live_recording import LiveRecording
from controller.calibration.model_swap import load_previous, put_on_disk, recording_of, settle_recording
from controller.calibration.prompts import Prompt
from controller.calibration.shadow import Shadow
from controller.calibration.worker import Worker
from controller.contract.calibration import Difference, FitReport, ShadowReport, TrialReport
from controller.decoders.model import Model
from controller.decoders.model_file import load_model, save_model
from controller.errors import CalibrationError
from controller.running_model import RunningModel
from drivers.source import StreamInfo

# People lag a prompt; of a prompted trial so much is left out. The onset is scored by itself.
SETTLE_MS = 700.0
# A model that takes over must have seen a whole window.
READY_WITHIN_S = 5.0


@dataclass(slots=True)
class LiveWork:
    """Works on one session, in the worker's folder. `shadow`: the model that decides beside the running one.

    `result`: what the last fit found (`CalibrationResult`).

    Everything raises `CalibrationError`, `ModelError` or `OSError`, and leaves the running model and its file.
    """

    model_path: Path
    running: RunningModel
    on_progress: Callable[[float], None]
    worker: Worker | None = None
    shadow: Shadow | None = None
    result: dict[str, Any] = field(default_factory=dict)

    async def score(self, recording: LiveRecording) -> tuple[tuple[TrialReport, ...], str]:
        """Return the scores of all trials so far, and why the recording could not be kept (empty: it is)."""
        job = Job(
            "score",
            recording.info,
            tuple(recording.prompts),
            recording.begin_ns,
            redone=recording.redone,
            kept=str(recording_of(self.model_path, "session")),
        )
        answer = await self._ask(job, recording)
        return _reports(answer), answer["not_kept"]

    async def look(self, recording: LiveRecording, prompts: Sequence[Prompt]) -> tuple[TrialReport, ...]:
        """Return scores in the middle of a recording, of what was recorded until the end of `prompts`."""
        made = {f"{prompt.class_name}:{prompt.repetition}" for prompt in prompts}
        redone = tuple(name for name in recording.redone if name in made)
        job = Job("look", recording.info, tuple(prompts), recording.begin_ns, redone=redone)
        return _reports(await self._ask(job, recording))

    async def warm_up(self) -> None:
        """Let the process load what it needs, while the first prompts are shown."""
        if self.worker is not None:
            await self.worker.warm_up()

    async def fit(self, stream: StreamInfo | None, without: tuple[str, ...], adds: bool) -> FitReport:
        """Fit to what was recorded; the new model follows from then on."""
        if stream is None or self.worker is None:
            raise CalibrationError("no device is open; fit when it is back")
        training = recording_of(self.model_path, "recording")
        refitted = adds and self.running.model.facts.decoder != "gaussian" and training.exists()
        job = Job(
            "fit", stream, without=without, adds=adds, settle_ms=SETTLE_MS, training=str(training) if refitted else ""
        )
        answer = await self._ask(job)
        self.result = answer["result"]
        await self._follow(await asyncio.to_thread(load_model, self.worker.folder / MADE))
        return FitReport(**answer["fit"])

    async def swap(self, adds: bool) -> str:
        """Put the model in shadow on the disk, then in force; return what there is to say."""
        shadow = await self._followed()
        await asyncio.to_thread(put_on_disk, shadow.model, self.model_path)
        self._take_over(shadow, "another model was put in force")
        trouble = await asyncio.to_thread(settle_recording, self.model_path, "added" if adds else "recording")
        return trouble or "the new model is in force"

    async def back(self) -> str:
        """Put the model before in force again, and keep the one that it replaces."""
        model = await asyncio.to_thread(load_previous, self.model_path)
        if why := self.running.why_not(model):
            raise CalibrationError(f"the model before cannot take over while the controller runs: {why}")
        try:
            await self._follow(model)
            shadow = await self._followed()
            await asyncio.to_thread(put_on_disk, model, self.model_path)
            self._take_over(shadow, "the model before was put back in force")
        finally:
            self.drop_shadow()
        return "the model before is in force again"

    def open(self) -> None:
        """Make a folder for a new session."""
        self.worker = Worker(Path(tempfile.mkdtemp(prefix="efferent-calibration-")))

    def drop_shadow(self) -> None:
        """Let no model follow any more."""
        self.shadow = self.running.loop.follower = None

    def shadow_report(self) -> ShadowReport | None:
        """Return how the model in shadow does; None where there is none."""
        if self.shadow is None:
            return None
        decisions = max(self.shadow.decisions, 1)
        return ShadowReport(
            decisions=self.shadow.decisions,
            agreement=round(self.shadow.agreed / decisions, 4),
            cost_ms=round(self.shadow.cost_ns / 1e6 / decisions, 4),
            rest=round(self.shadow.rest_share(), 4),
            differ=tuple(
                Difference(running=running, new=new, share=round(share, 4))
                for running, new, share in self.shadow.differences()
            ),
        )

    async def _ask(self, job: Job, recording: LiveRecording | None = None) -> dict[str, Any]:
        """Let the process do a job."""
        if self.worker is None:
            raise RuntimeError("asked to work without a session")
        folder, running = self.worker.folder, self.running.snapshot()

        def hand_over() -> None:
            save_model(running, folder / RUNNING)
            chunks = [] if recording is None else recording.chunks[:]
            job.write(folder, chunks, 0 if recording is None else recording.written)
            if recording is not None:
                recording.written = len(chunks)

        answer: dict[str, Any] = await self.worker.run(self.on_progress, hand_over)
        return answer

    async def _follow(self, model: Model) -> None:
        step = await asyncio.to_thread(self.running.make_step, model)
        self.shadow = self.running.loop.follower = Shadow(model, step, self.running.model.facts.class_names)

    async def _followed(self) -> Shadow:
        """Wait until the model in shadow has seen a whole window."""
        shadow = self.shadow
        if shadow is None:
            raise RuntimeError("asked to swap without a model in shadow")
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not shadow.ready:  # noqa: ASYNC110 - set by hops, which know no event loop
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            raise CalibrationError("the device sends nothing to decide on; swap when it is back") from error
        return shadow

    def _take_over(self, shadow: Shadow, cause: str) -> None:
        self.drop_shadow()  # from here on its step gets every hop as the running one
        self.running.put_in_force(shadow.model, shadow.step, cause)


def _reports(answer: dict[str, Any]) -> tuple[TrialReport, ...]:
    return tuple(TrialReport.model_validate(trial) for trial in answer["trials"])


async def remove_folder(worker: Worker) -> None:
    """End its process, and remove what a session has left behind."""
    await worker.close()
    await asyncio.to_thread(shutil.rmtree, worker.folder, ignore_errors=True)
