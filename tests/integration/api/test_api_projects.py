"""Projects and runs over HTTP: every field, every error, paging, retried requests."""

from __future__ import annotations

import asyncio
import json
import uuid
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import httpx
import psycopg
import pytest

from memory.code import MAIN, CodeStore
from memory.events import Events, make_redis
from memory.records.report import QaReport
from memory.secrets import Kind, Place
from memory.secrets_file import FileSecrets
from memory.settings import Settings
from memory.store import Store
from tests.integration.api.conftest import TODO, NewProject, below

PROJECT_FIELDS = {
    "id", "name", "description", "type", "status", "owner_id", "team_members", "repository_url", "commit", "codebase",
    "dependencies", "environment_vars", "deployment_config", "test_coverage", "security_score", "performance_score",
    "created_at", "updated_at", "last_deployed_at",
}  # fmt: skip
NOBODY = str(uuid.UUID(int=0))


def is_problem(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert {"type", "title", "detail"} <= document.keys()
    return document


def test_a_new_project_has_every_field_and_a_run_to_look_at(client: httpx.Client) -> None:
    answer = client.post("/api/projects", json=TODO | {"budget_usd": 2.5})
    assert answer.status_code == 202
    project, run = answer.json()["project"], answer.json()["run"]
    assert answer.headers["location"] == f"/api/runs/{run['id']}"
    assert run["status"] == "queued"
    assert project.keys() >= PROJECT_FIELDS
    assert (project["owner_id"], project["status"], project["codebase"]) == ("admin", "creating", None)
    seen = client.get(f"/api/runs/{run['id']}").json()
    assert seen["spend"] == {"tokens": 0, "usd": 0.0, "budget_usd": 2.5, "budget_tokens": 2_000_000}
    assert seen["steps"] == []
    assert client.get(f"/api/projects/{project['id']}").json() == project


def test_a_retried_request_does_the_work_once(client: httpx.Client) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (client.post("/api/projects", json=TODO, headers=key).json() for _ in range(2))
    assert again == first
    other = client.post("/api/projects", json=TODO | {"name": "Another"}, headers=key)
    assert "Idempotency-Key" in is_problem(other, 422)["detail"]


def test_lists_are_paged_without_gap_or_repetition(client: httpx.Client, new_project: NewProject) -> None:
    made = {new_project()["project"]["id"] for _ in range(5)}
    seen: list[str] = []
    cursor = None
    while True:
        answer = client.get("/api/projects", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [project["id"] for project in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["x", "%00", "e30=", "ÿ", NOBODY, "W10=" * 9])
def test_a_cursor_that_is_none_is_refused(client: httpx.Client, cursor: str) -> None:
    is_problem(client.get("/api/projects", params={"cursor": cursor}), 422)


def test_name_and_description_can_be_changed(client: httpx.Client, new_project: NewProject) -> None:
    path = f"/api/projects/{new_project()['project']['id']}"
    changed = client.put(path, json={"name": "Shop", "description": "Ünïcode"}).json()
    assert (changed["name"], changed["description"]) == ("Shop", "Ünïcode")
    assert client.put(path, json={"description": "b"}).json()["name"] == "Shop"
    for wrong in ({"name": ""}, {"name": " "}, {"name": "x" * 101}, {"name": "a\0"}, {"id": "x"}, {"name": 1}, []):
        is_problem(client.put(path, json=wrong), 422)
    is_problem(client.put(f"/api/projects/{NOBODY}", json={"name": "x"}), 404)
    kinds = [event["kind"] for event in client.get(f"{path}/history").json()["items"]]
    assert kinds == ["project_changed", "project_changed", "run_queued", "project_created"] or set(kinds) == {
        "project_changed", "run_queued", "project_created",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/api/projects/{}", "/api/projects/{}/runs", "/api/projects/{}/history", "/api/projects/{}/archive",
        "/api/projects/{}/deployments", "/api/projects/{}/environments/dev/vars", "/api/runs/{}",
        "/api/runs/{}/events", "/api/deployments/{}", "/api/deployments/{}/health", "/api/deployments/{}/logs",
        "/api/templates/{}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("odd", [NOBODY, "%00", "x%00y", "..", "%ff", "%ed%a0%80", "😀", "x" * 5000, "'; --", "1e3"])
def test_odd_ids_are_not_found(client: httpx.Client, path: str, odd: str) -> None:
    is_problem(client.get(path.format(odd)), 404)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422), (b"null", 422), (b"[]", 422), (b"{", 422), (b"\xff\xfe", 422), (b"[" * 100_000, 400),
        (b'{"request": "\\ud800"}', 422), (b'{"request": "\\u0000"}', 422), (b'{"request": " "}', 422),
        (b'{"request": 5}', 422), (b'{"request": "x", "budget_usd": NaN}', 422),
        (b'{"request": "x", "budget_usd": 1e999}', 422), (b'{"request": "x", "\\ud800": 1}', 422),
        (b'{"request": "x", "template": "no"}', 422), (b'{"request": "x", "waivers": {"tests": "never"}}', 422),
        (b'{"request": "x", "waivers": {"dependencies": " "}}', 422),
    ],
)  # fmt: skip
def test_bodies_that_are_wrong(client: httpx.Client, content: bytes, status: int) -> None:
    answer = client.post("/api/projects", content=content, headers={"Content-Type": "application/json"})
    is_problem(answer, status)


def test_bodies_that_are_too_large(client: httpx.Client) -> None:
    def chunks():
        for _ in range(40):
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    path = f"/api/projects/{NOBODY}"
    is_problem(client.put(path, content=b" " * ((1 << 20) + 1), headers=headers), 413)
    is_problem(client.put(path, content=chunks(), headers=headers), 413)
    is_problem(client.post("/api/projects", json={"request": "x" * 100_000}), 422)
    is_problem(client.post("/api/projects", content=b" " * (45 << 20), headers=headers), 413)
    large = client.post("/api/projects", json={"request": "", "openapi": "\n" * (20 << 20), "deploy": "none"})
    assert large.status_code == 202


def test_unknown_paths_and_methods(client: httpx.Client, api: str) -> None:
    is_problem(client.get("/api/nothing"), 404)
    is_problem(client.get("/nothing"), 404)
    other = client.request("PATCH", f"/api/projects/{NOBODY}")
    is_problem(other, 405)
    assert other.headers["allow"] == "DELETE, GET, PUT"


def test_nothing_is_open_without_a_token(api: str, client: httpx.Client) -> None:
    open_paths = {"/health", "/ready", "/metrics"}
    document = client.get("/openapi.json").json()
    with httpx.Client(base_url=api, trust_env=False) as stranger:
        for path, methods in document["paths"].items():
            if path in open_paths:
                continue
            for method in methods:
                address = path.replace("{environment}", "dev").replace("{name}", "API_TOKEN")
                for name in ("project_id", "run_id", "deployment_id", "template_id"):
                    address = address.replace(f"{{{name}}}", NOBODY)
                answer = stranger.request(method, address, json={})
                is_problem(answer, 401)
                assert answer.headers["www-authenticate"] == "Bearer"
                wrong = stranger.request(method, address, json={}, headers={"Authorization": "Bearer x.y.z"})
                is_problem(wrong, 401)


def test_a_queued_run_is_cancelled_at_once(client: httpx.Client, new_project: NewProject) -> None:
    made = new_project()
    path = f"/api/runs/{made['run']['id']}"
    answer = client.post(f"{path}/cancel")
    assert (answer.status_code, answer.json()["run"]["status"]) == (200, "cancelled")
    run = client.get(path).json()
    assert (run["status"], run["error"]) == ("cancelled", "cancelled by admin")
    assert client.get(f"/api/projects/{made['project']['id']}").json()["status"] == "failed"
    is_problem(client.post(f"{path}/cancel"), 409)
    is_problem(client.post(f"/api/runs/{NOBODY}/cancel"), 404)
    lines = client.get(f"{path}/events").text.splitlines()
    assert json.loads(lines[-2].removeprefix("data: "))["status"] == "cancelled"


def test_nothing_waits_for_a_decision(client: httpx.Client, new_project: NewProject) -> None:
    path = f"/api/runs/{new_project()['run']['id']}/resume"
    assert "queued" in is_problem(client.post(path, json={"decision": "approve"}), 409)["detail"]
    is_problem(client.post(path, json={"decision": "maybe"}), 422)
    is_problem(client.post(f"/api/runs/{NOBODY}/resume", json={"decision": "approve"}), 404)


async def test_events_resume_and_end(
    client: httpx.Client, new_project: NewProject, store: Store, api_settings: Settings
) -> None:
    made = await asyncio.to_thread(new_project)
    project_id, run_id = made["project"]["id"], made["run"]["id"]
    redis = make_redis(api_settings.redis_url or "")
    events = Events(redis)
    first = await events.emit("pm_planning_started", project_id, run_id)
    await events.emit("pm_planning_started", project_id, "another-run")
    second = await events.emit("qa_results", project_id, run_id, passed=True, findings=["a\nb"])
    await store.finish_run(run_id, "succeeded", None)
    last = await events.emit("run_finished", project_id, run_id, status="succeeded")
    await redis.aclose()

    path = f"/api/runs/{run_id}/events"
    answer = await asyncio.to_thread(client.get, path)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert ids(answer.text) == [first, second, last]
    again = await asyncio.to_thread(client.get, path, headers={"Last-Event-ID": first})
    assert ids(again.text) == [second, last]
    assert json.loads(again.text.splitlines()[2].removeprefix("data: "))["findings"] == ["a\nb"]
    done = await asyncio.to_thread(client.get, path, headers={"Last-Event-ID": last})
    assert done.status_code == 204
    for wrong in ("x", "1-", "9" * 20, "-1"):
        is_problem(await asyncio.to_thread(client.get, path, headers={"Last-Event-ID": wrong}), 422)


def ids(stream: str) -> list[str]:
    return [line.removeprefix("id: ") for line in stream.splitlines() if line.startswith("id: ")]


async def test_events_of_a_run_that_ended_without_its_last_event(
    client: httpx.Client, new_project: NewProject, store: Store
) -> None:
    run_id = (await asyncio.to_thread(new_project))["run"]["id"]
    await store.finish_run(run_id, "failed", "Redis had lost its data")
    answer = await asyncio.to_thread(client.get, f"/api/runs/{run_id}/events")
    assert json.loads(answer.text.splitlines()[-2].removeprefix("data: "))["status"] == "failed"


async def test_code_can_be_read_and_taken_away(
    client: httpx.Client, new_project: NewProject, store: Store, api_settings: Settings, tmp_path
) -> None:
    project_id = (await asyncio.to_thread(new_project, name="My Shop"))["project"]["id"]
    path = f"/api/projects/{project_id}"
    is_problem(await asyncio.to_thread(client.get, f"{path}/archive"), 409)
    assert (await asyncio.to_thread(client.get, path, params={"include": "codebase"})).json()["codebase"] == {}
    files = {"a.py": "x = 1\n", "dir/ü.txt": "ü", "softwright.json": MANIFEST, "requirements.lock": LOCK}
    await committed(store, api_settings, project_id, tmp_path / "tree", files)

    whole = (await asyncio.to_thread(client.get, path, params={"include": "codebase,history"})).json()
    assert whole["codebase"] == files | {"binary": None}
    assert whole["history"][0]["kind"] == "qa_report"
    assert whole["dependencies"] == {"fastapi": "0.165.0", "uvicorn": "1.0"}
    answer = await asyncio.to_thread(client.get, f"{path}/archive")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-shop.zip"'
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert archive.read("my-shop/a.py") == b"x = 1\n"
    bundle = await asyncio.to_thread(client.get, f"{path}/archive", params={"format": "bundle"})
    assert bundle.content.startswith(b"# v2 git bundle")
    is_problem(await asyncio.to_thread(client.get, path, params={"include": "everything"}), 422)
    is_problem(await asyncio.to_thread(client.get, f"{path}/archive", params={"format": "tar"}), 422)


MANIFEST = json.dumps({"template": "t", "template_version": "1", "asgi": "a:b"})
LOCK = "fastapi==0.165.0 \\\n    --hash=sha256:00\nuvicorn[standard]==1.0 ; python_version > '3'\n# x==1\n"


async def committed(store: Store, settings: Settings, project_id: str, tree, files: dict[str, str]) -> str:
    for name, content in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(content)
    (tree / "binary").write_bytes(b"\0\1")
    code = CodeStore(settings.repositories)
    code.create(project_id)
    commit = code.commit(project_id, tree, "first", datetime(2026, 1, 1, tzinfo=UTC))
    code.set_ref(project_id, MAIN, commit)
    await store.save_report(project_id, QaReport(commit=commit, passed=True, checks=(), coverage=0.9))
    return commit


async def test_deleting_leaves_nothing(
    client: httpx.Client, new_project: NewProject, store: Store, api_settings: Settings, tmp_path
) -> None:
    made = await asyncio.to_thread(new_project)
    project_id = made["project"]["id"]
    path = f"/api/projects/{project_id}"
    await committed(store, api_settings, project_id, tmp_path / "tree", {"a.py": "x"})
    FileSecrets(api_settings.secrets).change(Place(project_id, "dev", Kind.USER), {"A": "b"})
    redis = make_redis(api_settings.redis_url or "")
    await Events(redis).emit("x", project_id, None)
    with psycopg.connect(api_settings.database_url or "", autocommit=True) as connection:
        connection.execute(
            "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES (%s, 'c', '{}')", (project_id,)
        )
        assert (await asyncio.to_thread(client.delete, path)).status_code == 204
        left = connection.execute("SELECT count(*) FROM checkpoints WHERE thread_id = %s", (project_id,)).fetchone()
        assert left == (0,)
        assert connection.execute("SELECT 1 FROM runs WHERE project_id = %s", (project_id,)).fetchone() is None
    assert await redis.exists(f"events:{project_id}") == 0
    await redis.aclose()
    assert [file for file in api_settings.home.rglob("*") if project_id in str(file)] == []
    assert below(api_settings.home, project_id) == []
    for gone in (path, f"{path}/runs", f"{path}/deployments", f"/api/runs/{made['run']['id']}"):
        is_problem(await asyncio.to_thread(client.get, gone), 404)
    is_problem(await asyncio.to_thread(client.delete, path), 404)


async def test_a_deletion_waits_for_the_worker_and_is_finished_by_the_sweep(
    client: httpx.Client, new_project: NewProject, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.deletion.delete_project.__defaults__", (0.3,))
    made = await asyncio.to_thread(new_project)
    project_id, run_id = made["project"]["id"], made["run"]["id"]
    await store.start_run(run_id)
    async with store.alone_with(project_id, 1) as alone:  # as a worker that drives it
        assert alone
        assert (await asyncio.to_thread(client.delete, f"/api/projects/{project_id}")).status_code == 202
        is_problem(await asyncio.to_thread(client.get, f"/api/projects/{project_id}"), 404)
        assert await store.is_cancelled(run_id)
        assert project_id in await store.deleted_projects()
    async with asyncio.timeout(30):
        while project_id in await store.deleted_projects():  # noqa: ASYNC110 - it stands in the database
            await asyncio.sleep(0.1)


async def test_the_security_report_of_the_commit(
    client: httpx.Client, store: Store, api_settings: Settings, new_project: NewProject, tmp_path
) -> None:
    project_id = (await asyncio.to_thread(new_project))["project"]["id"]
    path = f"/api/projects/{project_id}/security"
    assert "no code yet" in is_problem(await asyncio.to_thread(client.get, path), 404)["detail"]
    await committed(store, api_settings, project_id, tmp_path / "tree", {"a.py": "x = 1\n"})
    told = (await asyncio.to_thread(client.get, path)).json()
    assert (told["passed"], told["findings"], told["waived"], told["comparison"]) == (True, [], [], None)
    asked = await asyncio.to_thread(client.post, path)
    assert asked.status_code == 202
    assert (await asyncio.to_thread(client.get, asked.headers["location"])).json()["intent"] == "check"
