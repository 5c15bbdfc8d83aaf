"""What cannot be done is told in one sentence, {"detail": sentence}, and the same way in the API's description."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError

PROBLEM = {
    "title": "Problem",
    "type": "object",
    "properties": {"detail": {"type": "string", "title": "Detail"}},
    "required": ["detail"],
}
_ANSWER = {
    "description": "Refused; the sentence says why and what to do",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
FULL = ("full", "no space", "readonly", "read-only", "i/o error")


def add_refusals(app: FastAPI) -> None:
    """Let `app` answer faults of a request and of the store so, and describe it."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(SQLAlchemyError, _not_stored)
    app.add_exception_handler(OverflowError, _too_large)
    app.add_exception_handler(UnicodeEncodeError, _no_text)
    app.openapi = _described(app, app.openapi)  # type: ignore[method-assign]  # the way FastAPI documents


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    fault = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": str(error)}
    place = ".".join(str(part) for part in fault["loc"])
    # What came is not repeated: it may be a password.
    message = str(fault["msg"]).removeprefix("Value error, ")
    return _answer(422, f"{place}: {message}" if place else message)


async def _not_stored(_: Request, error: Exception) -> JSONResponse:
    reason = str(getattr(error, "orig", error)).lower()
    if isinstance(error, IntegrityError):
        return _answer(409, "somebody changed this at the same moment, or it is there already; load it again")
    if isinstance(error, DataError):
        return _answer(422, "expected values that the store can keep, got one that is too long or too large")
    if isinstance(error, OperationalError) and ("locked" in reason or "busy" in reason):
        return _answer(409, "the store is busy; nothing was changed, try again")
    if any(word in reason for word in FULL):
        return _answer(507, "the store's disk is full or cannot be written; nothing was changed")
    return _answer(507, "the store cannot be used now; nothing was changed")


async def _too_large(_: Request, __: Exception) -> JSONResponse:
    return _answer(422, "expected numbers that the store can keep, got one that is too large")


async def _no_text(_: Request, __: Exception) -> JSONResponse:
    return _answer(422, "expected text, got half a character")


def _answer(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status)


def _described(app: FastAPI, describe: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = describe()
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            schemas["Problem"] = PROBLEM
            for operations in described["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
                    operation["responses"] |= {"4XX": _ANSWER, "507": _ANSWER}
            app.openapi_schema = described
        return app.openapi_schema

    return openapi
