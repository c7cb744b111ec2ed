"""Whatever goes wrong in a route is a problem document that gives nothing away."""

from __future__ import annotations

import psycopg
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from psycopg_pool import PoolTimeout
from redis.exceptions import ConnectionError as RedisConnectionError

from memory.secrets import SecretsError
from server.limits import PLAIN_BYTES, BodyLimit
from server.outages import add_outages
from server.problems import MEDIA_TYPE, Problem, add_problems, describe_problems, documented

ERRORS = {
    "own": Problem(409, "why", [{"loc": ["a"]}]),
    "unauthorised": Problem(401, "who"),
    "database": psycopg.OperationalError("password=hunter2"),
    "pool": PoolTimeout("x"),
    "redis": RedisConnectionError("x"),
    "secrets": SecretsError("the key is missing: put it back"),
    "bug": RuntimeError("hunter2"),
}


@pytest.fixture(scope="module")
def client() -> TestClient:
    router = APIRouter()

    @router.get("/errors/{name}")
    async def error(name: str) -> None:
        raise ERRORS[name]

    @router.get("/things/{number}", responses=documented(404))
    async def thing(number: int) -> int:
        return number

    @router.put("/things/{number}", responses=documented(404, 422))
    async def put(number: int, body: dict[str, int]) -> dict[str, int]:
        return body

    app = FastAPI()
    app.add_middleware(BodyLimit)
    add_problems(app, [router])
    add_outages(app)
    app.include_router(router)
    describe_problems(app)
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("own", 409), ("unauthorised", 401), ("database", 503), ("pool", 503), ("redis", 503), ("secrets", 500),
        ("bug", 500),
    ],
)  # fmt: skip
def test_errors(client: TestClient, name: str, status: int) -> None:
    answer = client.get(f"/errors/{name}")
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "hunter2" not in answer.text
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert ("retry-after" in answer.headers) == (status == 503)


def test_an_own_problem_keeps_its_words(client: TestClient) -> None:
    assert client.get("/errors/own").json() | {"detail": "why", "errors": [{"loc": ["a"]}]} == {
        "type": "about:blank", "title": "Conflict", "status": 409, "detail": "why", "errors": [{"loc": ["a"]}],
    }  # fmt: skip
    assert client.get("/errors/secrets").json()["detail"] == "the key is missing: put it back"


def test_what_cannot_be_an_id_is_not_found(client: TestClient) -> None:
    assert client.get("/things/x").status_code == 404
    assert client.put("/things/1", json={"a": "x"}).status_code == 422


def test_other_methods_name_all_that_are_possible(client: TestClient) -> None:
    answer = client.post("/things/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT")


def test_a_body_is_read_up_to_its_limit(client: TestClient) -> None:
    def chunks():
        for _ in range(PLAIN_BYTES // 65_536 + 1):
            yield b" " * 65_536

    json = {"content-type": "application/json"}
    assert client.put("/things/1", content=b" " * PLAIN_BYTES, headers=json).status_code == 422
    assert client.put("/things/1", content=b" " * (PLAIN_BYTES + 1), headers=json).status_code == 413
    assert client.put("/things/1", content=chunks(), headers=json).status_code == 413


def test_the_description_names_our_errors(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in str(document)
    assert "ProblemDocument" in document["components"]["schemas"]
    assert "422" not in document["paths"]["/things/{number}"]["get"]["responses"]
