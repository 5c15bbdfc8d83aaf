"""Changes of the profile: asked of the controller, answered when it has answered; what it announces is kept."""

import asyncio
import secrets
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from clinic.link.controller_link import ControllerLink
from clinic.security.person import Person
from clinic.tune.history import History
from controller.contract.requests import (
    Bounds,
    ProfileChange,
    ProfileConfirm,
    ProfileResult,
    ProfileRole,
    ProfileState,
    ProfileValues,
)

ANSWER_WITHIN_S = 2.0
# A disk that took no profile is asked again so often; meanwhile this many are remembered.
AGAIN_S, MOST_UNKEPT = 2.0, 100
NO_ANSWER = "NOT CONFIRMED: no controller of arm '{arm}' answered within {within:g} s; look at the profile in force"
NO_PROFILE = "no controller has said yet what its profile is; start it, or wait until it is connected"


@dataclass(slots=True)
class ProfileDesk:
    """Used on the event loop. `within_s`: how long an answer is waited for. `unkept`: announced, not in the store."""

    link: ControllerLink
    history: History
    within_s: float = ANSWER_WITHIN_S
    unkept: list[ProfileState] = field(default_factory=list)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Keep what is announced until cancelled."""
        end = self.link.listen(self._heard)
        try:
            while True:
                await self._came.wait()
                self._came.clear()
                while self.unkept:
                    try:
                        await asyncio.to_thread(self.history.keep, self.unkept[0])
                    except SQLAlchemyError:
                        await asyncio.sleep(AGAIN_S)
                        continue
                    self.unkept.pop(0)
        finally:
            end()

    @property
    def state(self) -> ProfileState | None:
        """The profile in force, None while no controller has said so."""
        return _read(self.link.latest.get("profile"))

    async def change(
        self,
        author: str,
        role: ProfileRole,
        version: int,
        values: ProfileValues,
        reason: str,
        confirm_within_s: float = 0.0,
        locked: dict[str, Bounds] | None = None,
    ) -> ProfileResult:
        """Ask for a change of `version`; return what the controller says, or that it says nothing."""
        request = secrets.token_hex(8)
        return await self._ask(
            "profile_set",
            ProfileChange(
                version=version,
                author=author[:300],
                values=values,
                role=role,
                locked=locked,
                reason=reason[:300],
                request=request,
                confirm_within_s=confirm_within_s,
            ),
            request,
        )

    async def confirm(self, by: str, version: int, keep: bool) -> ProfileResult:
        """Keep the profile on trial, or go back."""
        request = secrets.token_hex(8)
        confirm = ProfileConfirm(version=version, by=by[:300], keep=keep, request=request)
        return await self._ask("profile_confirm", confirm, request)

    async def apply(self, person: Person, values: ProfileValues, reason: str) -> ProfileResult:
        """Change the profile in force at once, without a trial: what was agreed upon before."""
        state = self.state
        if state is None:
            return ProfileResult(accepted=False, version=0, reason=NO_PROFILE)
        role = ProfileRole.CLINICIAN if person.is_clinician else ProfileRole.WEARER
        return await self.change(person.name, role, state.version, values, reason)

    async def _ask(self, name: str, message: ProfileChange | ProfileConfirm, request: str) -> ProfileResult:
        before = self.state
        version = 0 if before is None else before.version
        if not self.link.connected:
            why = self.link.fault or "there is no connection to the broker"
            return ProfileResult(accepted=False, version=version, reason=f"NOT CONFIRMED: {why}"[:300])
        answered: asyncio.Future[ProfileResult] = asyncio.get_running_loop().create_future()

        def heard(topic: str, payload: bytes) -> None:
            if topic == "profile_result" and not answered.done():
                result = _result(payload)
                if result is not None and result.request == request:
                    answered.set_result(result)

        end = self.link.listen(heard)
        try:
            self.link.post(name, message)
            async with asyncio.timeout(self.within_s):
                return await answered
        except TimeoutError:
            why = NO_ANSWER.format(arm=self.link.arm, within=self.within_s)
            return ProfileResult(accepted=False, version=version, reason=why)
        finally:
            end()

    def _heard(self, name: str, payload: bytes) -> None:
        state = _read(payload) if name == "profile" else None
        if state is not None:
            self.unkept.append(state)
            del self.unkept[:-MOST_UNKEPT]
            self._came.set()


def _read(payload: bytes | None) -> ProfileState | None:
    if not payload:
        return None
    try:
        return ProfileState.model_validate_json(payload)
    except ValidationError:
        return None


def _result(payload: bytes) -> ProfileResult | None:
    try:
        return ProfileResult.model_validate_json(payload)
    except ValidationError:
        return None
