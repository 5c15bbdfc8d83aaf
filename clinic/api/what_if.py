"""What a change of the profile would have done on the last minutes of EMG; nothing is changed by asking."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from clinic.errors import ClinicError
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import AtTheArm
from clinic.what_if.desk import ReplacedError, WhatIfDesk
from clinic.what_if.shown import WhatIf
from controller.contract.requests import ProfileValues

router = APIRouter(prefix="/api/what-if", tags=["tune"])
SHORTEST_S, LONGEST_S = 5.0, 300.0


class Asked(BaseModel):
    """`page`: chosen by the page; of the same page a newer question replaces one that waits.

    `values`: what would be changed. `seconds`: of how much EMG; `until`: its last sample, as an earlier answer gave it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    values: ProfileValues
    seconds: Annotated[float, Field(ge=SHORTEST_S, le=LONGEST_S, allow_inf_nan=False)] = 60.0
    until: Annotated[int, Field(ge=0, lt=2**53)] | None = None


class Answered(BaseModel):
    """`found`, or `why` there is nothing; `replaced`: a newer question of this page is answered instead."""

    found: WhatIf | None = None
    why: str = ""
    replaced: bool = False


class Kept(BaseModel):
    """The EMG that is there to replay."""

    seconds: float
    channels: int
    rate_hz: float
    longest_s: float


@router.get("")
async def kept(clinic: TheClinic, _: AtTheArm) -> Kept:
    """Tell how much EMG there is to replay."""
    desk = await _desk(clinic)
    emg = desk.emg
    span = emg.newest_index - emg.oldest_index + 1 if emg.newest_index >= 0 else 0
    return Kept(
        seconds=round(span / emg.rate_hz, 3) if span else 0.0,
        channels=emg.channels if span else 0,
        rate_hz=emg.rate_hz if span else 0.0,
        longest_s=min(LONGEST_S, emg.keep_s),
    )


@router.post("")
async def what_if(clinic: TheClinic, person: AtTheArm, asked: Asked) -> Answered:
    """Replay the last EMG through today's profile and through the proposed one, in another process."""
    desk = await _desk(clinic)
    try:
        # Two people with the same name for their pages do not take each other's place.
        page = f"{person.account_id}:{asked.page}"
        return Answered(found=await desk.ask(page, asked.values, asked.seconds, asked.until))
    except ReplacedError:
        return Answered(replaced=True)
    except ClinicError as error:
        return Answered(why=str(error))


async def _desk(clinic: Clinic) -> WhatIfDesk:
    """Return the desk, with nobody's EMG but that of who wears the arm now."""
    await clinic.what_if.look_whose()
    return clinic.what_if
