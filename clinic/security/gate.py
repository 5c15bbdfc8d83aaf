"""Before everything else: who asks, from where, how much. What is not let through here reaches no route."""

import hmac

import anyio.to_thread
from fastapi import HTTPException
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clinic.parts import Clinic
from clinic.security.audit import NOTED, note_request
from clinic.security.headers import add_headers
from clinic.security.origin import SAFE_METHODS, is_known, is_own, known_names
from clinic.security.signed_in import COOKIE, csrf_token
from clinic.security.who import find_person

MOST_BYTES = 65_536
TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - the header's name
# Nobody yet: signing in, and the files of the page that does it. Everything else needs somebody.
OPEN_ANSWERS = frozenset({"/", "/api/sign-in", "/api/pair"})
OPEN_FILES = frozenset(
    {
        "/static/css/base.css",
        "/static/css/sign_in.css",
        "/static/icon.svg",
        *(f"/static/i18n/{language}/sign_in.json" for language in ("en", "de")),
        *(f"/static/js/{name}.js" for name in ("api", "dom", "i18n", "say")),
        *(f"/static/pages/{name}.js" for name in ("sign_in", "sign_in_start")),
    }
)
POLICY_VIOLATION = 1008


class Gate:
    """An ASGI middleware. Leaves the person in the scope's state, for `clinic.security.who`."""

    def __init__(self, app: ASGIApp, clinic: Clinic) -> None:
        self._app = app
        self._clinic = clinic
        self._names = known_names(clinic.settings.host, clinic.settings.names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        refused = await self._refused(scope)
        if refused is None:
            noted: list[str] = []
            during = NOTED.set(noted)
            try:
                await self._app(scope, _bounded(scope, receive), send_with_headers)
            finally:
                NOTED.reset(during)
            person = scope["state"]["person"]
            changed = 200 <= status < 300 and scope["method"] not in SAFE_METHODS
            if changed and not noted and person is not None:
                await anyio.to_thread.run_sync(note_request, self._clinic, person, scope["method"], scope["path"])
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": refused.detail})
        else:
            answer = JSONResponse({"detail": refused.detail}, refused.status_code)
            await answer(scope, receive, send_with_headers)

    async def _refused(self, scope: Scope) -> HTTPException | None:
        headers = Headers(scope=scope)
        if not is_known(headers.get("host", ""), self._names):
            return HTTPException(
                421, "this clinic is not known by that name; ask for its address, or start it with --name"
            )
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if changes and not is_own(headers, scope["scheme"]):
            return HTTPException(403, "this was asked by a page of somebody else")
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > MOST_BYTES:
            return HTTPException(413, _too_much())
        cookie = HTTPConnection(scope).cookies.get(COOKIE)
        try:
            person = await anyio.to_thread.run_sync(find_person, self._clinic, cookie) if cookie else None
        except SQLAlchemyError:
            return HTTPException(507, "the clinic's store cannot be read now; see its disk")
        scope.setdefault("state", {})["person"] = person
        path = scope["path"]
        if person is None:
            is_open = scope["type"] == "http" and (path in OPEN_ANSWERS or path in OPEN_FILES)
            return None if is_open else HTTPException(401, "sign in first")
        if scope["type"] == "http" and changes and path not in OPEN_ANSWERS:
            shown = headers.get(TOKEN_HEADER, "").encode("latin-1", "replace")
            if not hmac.compare_digest(shown, csrf_token(self._clinic, cookie or "").encode()):
                return HTTPException(403, "the page is older than the sign-in; load it again")
        return None


def _bounded(scope: Scope, receive: Receive) -> Receive:
    """Let no more of a request's body through than is taken, also when its length was not told."""
    if scope["type"] != "http":
        return receive
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise HTTPException(413, _too_much())
        return message

    return bounded


def _too_much() -> str:
    return f"expected a request of at most {MOST_BYTES // 1024} kB"
