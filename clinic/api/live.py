"""Live data for pages: one WebSocket each. The gate has seen to who opens it, and from where."""

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.websockets import WebSocket

from clinic.live.page import LATER, POLICY, Page, refuse
from clinic.parts import Clinic, TheClinic
from clinic.security.at_the_arm import is_at_the_arm
from clinic.security.signed_in import COOKIE
from clinic.security.who import find_person

router = APIRouter()


@router.websocket("/api/live")
async def live(clinic: TheClinic, socket: WebSocket) -> None:
    """Send what controller and arm say, as long as the person is signed in and may see this arm."""
    hub = clinic.live

    async def unwelcome() -> str:
        return await asyncio.to_thread(_why_not, clinic, socket.cookies.get(COOKIE))

    await socket.accept()
    why_not = await unwelcome()
    outbox = None if why_not else hub.join()
    if outbox is None:
        code, reason = (POLICY, why_not) if why_not else (LATER, "too many pages are open; close some")
        await refuse(socket, code, reason)
        return
    try:
        await Page(socket, hub, outbox, unwelcome).serve()
    finally:
        hub.leave(outbox)


def _why_not(clinic: Clinic, cookie: Any) -> str:
    person = find_person(clinic, cookie, counts_as_use=False)
    if person is None:
        return "sign in again"
    return "" if is_at_the_arm(clinic, person) else "somebody else wears the arm now"
