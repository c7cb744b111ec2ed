"""A generated application at work, on SQLite and on PostgreSQL: hostile input never gives a 500."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.template import specs
from tests.integration.template.conftest import Job, Render, make_database, run_suites

JSON = {"content-type": "application/json"}
HOSTILE_BODIES = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b'{"title": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"title": "\\u0000"}',
    b'{"title": "ab", "price": NaN}',
    b'{"title": "ab", "price": 1e400}',
    b'{"title": "ab", "price": 1e15}',
    b'{"title": "ab", "price": 1, "weight": ' + b"9" * 400 + b"}",
    b'{"title": "ab", "price": 1, "weight": -Infinity}',
    b'{"title": "ab", "price": 1, "count": 99999999999999999999}',
    b'{"title": "ab", "price": 1, "group_id": 99999999999999999999}',
    b'{"title": "ab", "price": ' + b"1" * 5000 + b"}",
    b'{"title": "ab", "price": 1, "seen_at": "0001-01-01T00:00:00+14:00"}',
    b'{"title": "ab", "price": 1, "seen_at": "9999-12-31T23:59:59-14:00"}',
    b'{"title": "ab", "price": 1, "born_on": "0000-00-00"}',
    b'{"title": "ab", "title": 1, "price": 1}',
    b'{"tags": ' + b"[" * 50_000,
    b'{"title": ' + b'{"a":' * 50_000,
]
HOSTILE_QUERIES = [
    "limit=99999999999999999999",
    "limit=0",
    "limit=",
    "limit=1.0",
    "offset=9223372036854775808",
    "offset=-1",
    "offset=1e3",
    "q=%00",
    "q=%ff",
    "q=%ed%a0%80",
    "q=" + "%25" * 201,
    "sort=%00",
    "sort=-",
    "count=99999999999999999999",
    "count_min=1e5",
    "weight=nan",
    "weight=1e999",
    "price=1e400",
    "price=0.001",
    "start_date=0000-01-01",
    "start_date_min=10000-01-01",
    "seen_at=0001-01-01T00:00:00%2B14:00",
    "opens_at=24:00",
    "active=maybe",
    "group_id=x",
    "tags=%00",
    "mail=%ed%a0%80",
    "scores=99999999999999999999",
    "unknown=1",
    "status=%00",
]
FINE_QUERIES = [
    "offset=9223372036854775807",
    "q=%25",
    "q=\\",
    "weight_min=1e-300",
    "weight_max=1e308",
    "price_max=999999999999.99",
    "start_date_min=0001-01-01&start_date_max=9999-12-31",
    "seen_at_min=0001-01-01T00:00:00Z&seen_at_max=9999-12-31T23:59:59Z",
    "group_id=9223372036854775807",
    "count=-9223372036854775808",
    "tags=x",
    "scores=9223372036854775807",
    "active=True",
    "sort=-opens_at&limit=200",
]


@dataclass(frozen=True)
class Live:
    url: str
    log: Path


def start(folder: Path, python: Path, log: Path, **variables: str) -> tuple[subprocess.Popen[bytes], Live]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = [python, "-m", "uvicorn", "app.main:app", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(argv, cwd=folder, env={**os.environ, **variables}, stdout=output, stderr=output)
    live = Live(f"http://127.0.0.1:{port}", log)
    for _ in range(200):
        try:
            if httpx.get(live.url + "/health").status_code == 200:
                return process, live
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('data')}/app.db"
    url: str = request.getfixturevalue("postgres")
    return url


@pytest.fixture(scope="module")
def live(
    render: Render, app_python: Path, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    log = tmp_path_factory.mktemp("log") / "app.log"
    process, live = start(render(specs.EVERYTHING), app_python, log, DATABASE_URL=database_url)
    yield live
    process.terminate()
    assert process.wait(10) in (0, -15)


def assert_client_error(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"


def test_hostile_bodies(live: Live) -> None:
    with httpx.Client(base_url=live.url) as client:
        group = client.post("/groups", json={"name": secrets.token_hex(4)}).json()
        for body in HOSTILE_BODIES:
            assert_client_error(client.post("/things", content=body, headers=JSON))
            assert_client_error(client.put(f"/things/{group['id']}", content=body, headers=JSON))
            assert_client_error(client.patch(f"/groups/{group['id']}", content=body, headers=JSON))
        assert_client_error(client.post("/things", content=b"{}", headers={"content-type": "application/xml"}))
        assert_client_error(client.post("/things", content=b"{}"))


def test_halves_of_surrogate_pairs(live: Live) -> None:
    """In rows that are valid but for them."""
    with httpx.Client(base_url=live.url) as client:
        group = client.post("/groups", json={"name": secrets.token_hex(4)}).json()
        body = {"title": secrets.token_hex(4), "price": 1, "group_id": group["id"]}
        thing = client.post("/things", json=body).json()
        for value in (b'"a\\ud800b"', b'"https://example.com/\\udfff"', b'["a\\ud800b"]'):
            for name in (b"title", b"code", b"mail", b"link", b"tags", b"status", b"start_date"):
                answer = client.patch(f"/things/{thing['id']}", content=b'{"%s": %s}' % (name, value), headers=JSON)
                assert_client_error(answer)
        assert_client_error(client.post("/groups", content=b'{"name": "\\ud800"}', headers=JSON))


def test_size_of_bodies(live: Live) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    with httpx.Client(base_url=live.url) as client:
        assert client.post("/things", content=b" " * (1 << 20), headers=JSON).status_code == 422
        assert client.post("/things", content=b" " * ((1 << 20) + 1), headers=JSON).status_code == 413
        answer = client.post("/things", content=chunks(), headers=JSON)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_hostile_queries(live: Live) -> None:
    with httpx.Client(base_url=live.url) as client:
        for query in HOSTILE_QUERIES:
            answer = client.get(f"/things?{query}")
            assert answer.status_code in (200, 422), (query, answer.text)
        for query in FINE_QUERIES:
            answer = client.get(f"/things?{query}")
            assert answer.status_code == 200, (query, answer.text)


@pytest.mark.parametrize(
    "row_id", ["0", "-1", "9223372036854775807", "9223372036854775808", "9" * 5000, "x", "%00", "1e3"]
)
def test_hostile_ids(live: Live, row_id: str) -> None:
    with httpx.Client(base_url=live.url) as client:
        for method in ("GET", "DELETE"):
            assert client.request(method, f"/things/{row_id}").status_code in (404, 422)
        assert client.patch(f"/things/{row_id}", json={}).status_code in (404, 422)


def test_hostile_headers(live: Live) -> None:
    with httpx.Client(base_url=live.url) as client:
        for name, value in (("accept", b"\xff"), ("x-request-id", b"\xe9" * 500)):
            answer = client.get("/groups", headers={name.encode(): value})
            assert answer.status_code < 500


def test_other_methods_name_the_allowed(live: Live) -> None:
    answer = httpx.request("TRACE", live.url + "/things")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_two_writes_of_one_unique_value(live: Live) -> None:
    async with httpx.AsyncClient(base_url=live.url, timeout=60) as client:
        for _ in range(5):
            body = {"name": secrets.token_hex(4)}
            answers = await asyncio.gather(*(client.post("/groups", json=body) for _ in range(8)))
            assert sorted(a.status_code for a in answers) == [201, *[409] * 7]


async def test_writes_at_once(live: Live) -> None:
    """On the same row and its parent: every answer is one that the document names."""
    async with httpx.AsyncClient(base_url=live.url, timeout=60) as client:
        for _ in range(3):
            group = (await client.post("/groups", json={"name": secrets.token_hex(4)})).json()
            path = f"/groups/{group['id']}"
            calls: list[Any] = []
            for _ in range(8):
                thing = {"title": secrets.token_hex(6), "price": 1, "group_id": group["id"]}
                calls += [client.patch(path, json={"name": secrets.token_hex(4)}), client.post("/things", json=thing)]
                calls += [client.delete(path), client.get("/things")]
            statuses = {answer.status_code for answer in await asyncio.gather(*calls)}
            assert statuses <= {200, 201, 204, 404, 409, 422}


def test_logs_and_metrics(live: Live) -> None:
    httpx.get(live.url + "/things/1?q=secret-query")
    text = httpx.get(live.url + "/metrics").text
    assert 'route="/things/{thing_id}"' in text
    log = live.log.read_text()
    assert "secret-query" not in log
    assert "Traceback" not in log


@pytest.mark.slow
def test_schemathesis(live: Live, schemathesis: Path) -> None:
    assert_conforms(live, schemathesis)


@pytest.mark.slow
def test_schemathesis_with_accounts(render: Render, app_python: Path, schemathesis: Path, tmp_path: Path) -> None:
    variables = {"DATABASE_URL": f"sqlite:///{tmp_path}/app.db", "SECRET_KEY": secrets.token_urlsafe(32)}
    process, live = start(render(specs.NOTES), app_python, tmp_path / "app.log", **variables)
    try:
        account = {"email": "someone@example.com", "password": secrets.token_urlsafe()}
        assert httpx.post(live.url + "/auth/register", json=account).status_code == 201
        form = {"username": account["email"], "password": account["password"]}
        token = httpx.post(live.url + "/auth/token", data=form).json()["access_token"]
        assert_conforms(live, schemathesis, "--header", f"Authorization: Bearer {token}")
        assert token not in live.log.read_text()
    finally:
        process.terminate()
        process.wait(10)


def assert_conforms(live: Live, schemathesis: Path, *options: str) -> None:
    """All checks but positive_data_acceptance: JSON Schema cannot say `today`, or that a row must exist."""
    argv = [
        schemathesis,
        "run",
        f"{live.url}/openapi.json",
        "--max-examples",
        "4",
        "--generation-deterministic",
    ]
    argv += ["--phases", "coverage,fuzzing", "--exclude-checks", "positive_data_acceptance", "--no-color", *options]
    done = subprocess.run(argv, cwd=live.log.parent, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout[-6000:]
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) > 300


def test_own_tests_on_postgresql(render: Render, app_python: Path, postgres: str) -> None:
    chosen = [specs.EVERYTHING, specs.NOTES, specs.CIRCLES]
    jobs = []
    for spec in chosen:
        url = make_database(postgres, f"suite_of_{spec.name}")
        jobs.append(Job(render(spec), environment={"TEST_DATABASE_URL": url}))
    assert [o.output for o in run_suites(app_python, jobs, timeout=200) if o.code != 0] == []


def test_two_processes_start_together(render: Render, app_python: Path, tmp_path: Path) -> None:
    folder = render(specs.TODOS)
    url = f"sqlite:///{tmp_path}/app.db"
    argv = [app_python, "-c", f"from app.database import Database; Database({url!r}, 1).migrate()"]
    processes = [subprocess.Popen(argv, cwd=folder, stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
