"""Where pages ask what would be: keeps the last minutes of EMG, and lets one question after the other be answered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from clinic.errors import ClinicError
from clinic.link.controller_link import ControllerLink
from clinic.what_if.recent_emg import RecentEmg
from clinic.what_if.shown import WhatIf
from clinic.what_if.worker import Worker
from controller.config import DEFAULT_DECODER
from controller.contract.emg import EmgBlock
from controller.contract.message import Message
from controller.contract.requests import ProfileState, ProfileValues
from controller.contract.status import ControllerStatus
from controller.tasks import end_task

# Filters and windows settle, and what was begun before is seen: so much before what is counted is replayed too.
LEAD_S = 2.0
# Pages that wait at the same time; each has at most one question waiting.
MOST_WAITING = 16
NO_EMG = "there is no EMG yet: is the controller running, and its device attached?"
NO_PROFILE = "no controller has said yet what its profile is; start it, or wait until it is connected"
BUSY = "too many pages ask at the same time; try again in a moment"


M = TypeVar("M", bound=Message)


class ReplacedError(ClinicError):
    """The same page has asked something newer."""


@dataclass(slots=True)
class _Waiting:
    change: ProfileValues
    seconds: float
    until: int | None
    answer: "asyncio.Future[WhatIf]"


@dataclass(slots=True)
class WhatIfDesk:
    """Used on the event loop. `worker` is started by the first EMG, so that nobody waits for it at the first question.

    `watch`: has the controller publish EMG; returns what ends that. `wears`: who wears the arm now, from the store;
    `whose`: the wearer whose EMG is kept.
    """

    link: ControllerLink
    worker: Worker
    emg: RecentEmg
    watch: Callable[[], Callable[[], None]]
    wears: Callable[[], int | None]
    malformed: int = 0
    whose: int | None = None
    _waiting: dict[str, _Waiting] = field(default_factory=dict)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Listen and answer until cancelled."""
        self.whose = await asyncio.to_thread(self.wears)
        ends = (self.link.listen(self._heard), self.watch())
        warming = asyncio.create_task(self._warm_up())
        try:
            while True:
                await self._asked.wait()
                self._asked.clear()
                while self._waiting:
                    await self._answer(self._waiting.pop(next(iter(self._waiting))))
        finally:
            for end in ends:
                end()
            for asked in self._waiting.values():
                asked.answer.cancel()
            self._waiting.clear()
            await end_task(warming)
            await self.worker.close()

    async def ask(self, page: str, change: ProfileValues, seconds: float, until: int | None = None) -> WhatIf:
        """Return what a change would do on the last `seconds`, or on those that end with the sample `until`.

        `page`: who asks; a newer question takes the place of one that waits. Raises `ReplacedError` for the older one,
        and `ClinicError` with a sentence for people.
        """
        if page in self._waiting:
            self._waiting.pop(page).answer.set_exception(ReplacedError("replaced by a newer question"))
        if len(self._waiting) >= MOST_WAITING:
            raise ClinicError(BUSY)
        answer: asyncio.Future[WhatIf] = asyncio.get_running_loop().create_future()
        self._waiting[page] = _Waiting(change, seconds, until, answer)
        self._asked.set()
        return await answer

    async def look_whose(self) -> None:
        """Look who wears the arm; EMG of somebody else is forgotten."""
        wearer_id = await asyncio.to_thread(self.wears)
        if wearer_id != self.whose:
            self.whose = wearer_id
            self.emg.forget()

    def profile(self) -> ProfileState | None:
        """Return the profile in force, as the controller announced it."""
        return _read(ProfileState, self.link.latest.get("profile"))

    async def _answer(self, asked: _Waiting) -> None:
        answer = asked.answer
        try:
            if not answer.done():
                found = await self._ask_worker(asked)
                if not answer.done():
                    answer.set_result(found)
        except ClinicError as error:
            if not answer.done():
                answer.set_exception(error)
        finally:
            # Whatever happened: nobody waits for ever.
            answer.cancel()

    async def _ask_worker(self, asked: _Waiting) -> WhatIf:
        profile = self.profile()
        if profile is None:
            raise ClinicError(NO_PROFILE)
        status = _read(ControllerStatus, self.link.latest.get("controller_status"))
        decoder = (status.decoder_name if status else "") or DEFAULT_DECODER
        excerpt = self.emg.excerpt(asked.seconds + LEAD_S, asked.until)
        if len(excerpt.index) == 0:
            raise ClinicError(NO_EMG)
        lead_s = max(min(LEAD_S, excerpt.seconds - asked.seconds), 0.0)
        # What is there of the lead counts for nothing; a stream that has just begun gives the first seconds for it.
        lead_s = max(lead_s, min(LEAD_S, excerpt.seconds / 2))
        return await self.worker.ask(decoder, profile.values, asked.change, excerpt, lead_s)

    async def _warm_up(self) -> None:
        await self._came.wait()
        await self.worker.warm_up()

    def _heard(self, name: str, payload: bytes) -> None:
        if name != "emg":
            return
        try:
            block = EmgBlock.model_validate_json(payload)
        except ValidationError:
            self.malformed += 1
            return
        if self.emg.take(block.first_index, block.t_ns, block.rate_hz, block.block):
            self._came.set()
        else:
            self.malformed += 1


def _read(kind: type[M], payload: bytes | None) -> M | None:
    """Return what was said last, None for nothing or for what breaks the contract."""
    if not payload:
        return None
    try:
        return kind.model_validate_json(payload)
    except ValidationError:
        return None
