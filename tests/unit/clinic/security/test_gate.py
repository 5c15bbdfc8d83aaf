"""Whoever is not signed in reaches the sign-in page and nothing else, on every route there is."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from clinic.app import STATIC
from clinic.parts import Clinic
from clinic.security.gate import MOST_BYTES, OPEN_ANSWERS, OPEN_FILES
from tests.unit.clinic.conftest import ADDRESS, CLINICIAN_NAME, PASSWORD

JSON = {"content-type": "application/json"}


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Give each route as method and path, its parameters filled in."""
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path
    for route in app.routes:
        if isinstance(route, Route):
            yield from ((method, route.path) for method in route.methods or ())
        elif isinstance(route, Mount):
            for file in STATIC.rglob("*"):
                if file.is_file():
                    yield "GET", f"{route.path}/{file.relative_to(STATIC).as_posix()}"


def websockets_of(app: FastAPI) -> Iterator[str]:
    for route in app.routes:
        if isinstance(route, WebSocketRoute) or type(route).__name__ == "APIWebSocketRoute":
            yield route.path  # type: ignore[attr-defined]


def filled(path: str) -> str:
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


def test_who_is_not_signed_in_reaches_the_sign_in_page_alone(app: FastAPI, nobody: TestClient) -> None:
    reached = set()
    for method, path in routes_of(app):
        answer = nobody.request(method, filled(path), headers=JSON)
        if answer.status_code != 401:
            reached.add(path)
        elif method != "HEAD":
            assert answer.json() == {"detail": "sign in first"}
    assert reached <= OPEN_ANSWERS | OPEN_FILES
    for path in (
        "/api/no-such",
        "/openapi.json",
        "/docs",
        "/static/js/app.js",
        "/static/../app.py",
        "/static/index.html",
    ):
        assert nobody.get(path).status_code == 401


def test_a_websocket_is_refused_without_sign_in_and_from_a_page_of_somebody_else(
    app: FastAPI, nobody: TestClient, clinician: TestClient
) -> None:
    for path in (*websockets_of(app), "/api/live"):
        with pytest.raises(WebSocketDisconnect), nobody.websocket_connect(path):
            pass
        with pytest.raises(WebSocketDisconnect), clinician.websocket_connect(path, headers={"origin": "http://evil"}):
            pass


def test_the_sign_in_page_has_all_its_files_and_no_other_page_s(nobody: TestClient) -> None:
    page = nobody.get("/")
    assert page.status_code == 200
    assert "sign_in_start.js" in page.text
    assert "app.js" not in page.text
    for path in OPEN_FILES:
        assert nobody.get(path).status_code == 200, path


def test_who_is_signed_in_gets_the_pages(clinician: TestClient) -> None:
    assert "app.js" in clinician.get("/").text
    assert clinician.get("/openapi.json").status_code == 200


def test_a_wearer_is_refused_or_shown_its_own_on_every_route(
    app: FastAPI, clinician: TestClient, wearer: TestClient
) -> None:
    other = clinician.post("/api/wearers", json={"name": "Somebody Else", "note": "nobody else's business"}).json()[
        "id"
    ]
    for method, path in routes_of(app):
        if path in OPEN_ANSWERS or "sign-out" in path:
            continue
        at = "/".join(str(other) if part.startswith("{") else part for part in path.split("/"))
        answer = wearer.request(method, at, headers=JSON, params={"wearer_id": other})
        assert answer.status_code < 500, (method, path)
        assert "nobody else's business" not in answer.text, (method, path)
        assert "Somebody Else" not in answer.text, (method, path)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"origin": ADDRESS}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"x-csrf-token": "0" * 64}, 403),
        ({"x-csrf-token": "ä"}, 403),
    ],
)
def test_a_change_needs_the_page_s_own_token_and_origin(
    clinician: TestClient, headers: dict[str, str], status: int
) -> None:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    assert clinician.post("/api/wearers", json={"name": "New"}, headers=raw).status_code == status
    assert (len(clinician.get("/api/wearers").json()) == 2) == (status == 201)


def test_a_change_without_a_token_is_refused(clinician: TestClient) -> None:
    del clinician.headers["X-CSRF-Token"]
    assert clinician.post("/api/wearers", json={"name": "New"}).status_code == 403


@pytest.mark.parametrize(
    ("host", "known"),
    [
        *((host, True) for host in ("127.0.0.1:8440", "192.168.1.7", "[::1]:8440", "localhost:8440")),
        *((host, False) for host in ("evil.example", "127.0.0.1.evil.example", "", "[", "1.2.3.4@evil")),
    ],
)
def test_a_name_that_somebody_points_here_is_not_answered(nobody: TestClient, host: str, known: bool) -> None:
    assert (nobody.get("/", headers={"host": host}).status_code == 200) == known


def test_a_request_that_is_too_large_is_refused_with_and_without_its_length(clinician: TestClient) -> None:
    large = b"{" + b" " * MOST_BYTES + b"}"
    assert clinician.post("/api/wearers", content=large, headers=JSON).status_code == 413
    parts = (large[at : at + 1000] for at in range(0, len(large), 1000))
    assert clinician.post("/api/wearers", content=parts, headers=JSON).status_code == 413


def test_every_answer_tells_the_browser_what_it_may_not_do(clinician: TestClient, nobody: TestClient) -> None:
    answers = [nobody.get("/"), nobody.get("/api/me"), clinician.get("/api/me"), clinician.get("/no-such")]
    for answer in [*answers, nobody.get("/", headers={"host": "evil.example"})]:
        policy = answer.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_a_cookie_that_was_not_signed_here_is_nobody_s(nobody: TestClient, clinic: Clinic) -> None:
    nobody.post("/api/sign-in", json={"name": CLINICIAN_NAME, "password": PASSWORD})
    cookie = nobody.cookies["efferent_clinic"]
    for forged in (cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), cookie.split(".")[0], "", "ä", "x" * 5000):
        nobody.cookies.clear()
        assert nobody.get("/api/me", headers=[(b"cookie", b"efferent_clinic=" + forged.encode())]).status_code == 401
