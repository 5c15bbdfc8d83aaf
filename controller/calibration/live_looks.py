"""Scores each trial soon after its end, in the middle of a recording, so that the wearer hears at once how it went."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from controller.calibration.live_recording import LiveRecording
from controller.calibration.live_work import LiveWork
from controller.contract.calibration import TrialReport
from controller.errors import ControllerError
from drivers.errors import DriverError


@dataclass(slots=True)
class LiveLooks:
    """One look at a time, at all that was recorded so far; what ends meanwhile is looked at next.

    `seen`: the trials as they were last scored, None before the first. `told` is called at each answer, with what went
    wrong or an empty string. When the last prompt is over, everything is scored once more, and only that counts.
    """

    work: LiveWork
    told: Callable[[LiveRecording, str], None]
    seen: tuple[TrialReport, ...] | None = None
    task: "asyncio.Task[None] | None" = None
    _prompts: int = 0

    def begin(self) -> None:
        """A recording begins: let the process load what it needs, while the first prompts are shown."""
        self.seen, self._prompts = None, 0
        self.task = asyncio.create_task(self.work.warm_up(), name="calibration warms up")

    def look_at(self, recording: LiveRecording) -> None:
        """Look if another motion has been recorded whole; quick, on the loop."""
        prompts = recording.over()
        if len(prompts) == self._prompts or (self.task is not None and not self.task.done()):
            return
        self._prompts = len(prompts)

        async def look() -> None:
            try:
                self.seen = await self.work.look(recording, prompts)
            except (ControllerError, DriverError, ValueError, OSError) as error:
                self.told(recording, f"the trial could not be looked at: {error}")
            else:
                self.told(recording, "")

        self.task = asyncio.create_task(look(), name="calibration looks at a trial")
