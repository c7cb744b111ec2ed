"""Deployments, variables and templates over HTTP, as far as no application has to run."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import psycopg
import pytest

from memory.records.report import QaReport
from memory.secrets import Kind, Place
from memory.secrets_file import FileSecrets
from memory.settings import Settings
from memory.store import Store
from tests.integration.api.conftest import NewProject, below
from tests.integration.api.test_api_projects import NOBODY, is_problem

DEPLOYMENT_FIELDS = {
    "id", "project_id", "environment", "platform", "commit", "deployment_url", "status", "deployed_at", "resources",
    "health_check_url", "monitoring_dashboard_url", "uptime_percentage", "average_response_time", "error_rate",
}  # fmt: skip
ONE, TWO = "1" * 40, "2" * 40


async def deployed(store: Store, made: dict, commit: str, status: str = "healthy", **of_run) -> str:
    """As a worker leaves it."""
    project_id = made["project"]["id"]
    run = await store.create_run(project_id, "deploy", {"commit": commit, **of_run})
    await store.finish_run(run["id"], "succeeded", None)
    await store.save_report(project_id, QaReport(commit=commit, passed=True, checks=()))
    row = {"id": str(uuid.uuid4()), "project_id": project_id, "run_id": run["id"], "environment": "dev"}
    url = "http://127.0.0.1:9" if status == "healthy" else None
    await store.save_deployment(row | {"commit": commit, "status": status, "deployment_url": url, "detail": ""})
    return row["id"]


async def test_a_deployment_has_every_field(client: httpx.Client, new_project: NewProject, store: Store) -> None:
    made = await asyncio.to_thread(new_project)
    deployment = await deployed(store, made, ONE)
    document = (await asyncio.to_thread(client.get, f"/api/deployments/{deployment}")).json()
    assert document.keys() >= DEPLOYMENT_FIELDS
    assert document["health_check_url"] == "http://127.0.0.1:9/health"
    project = (await asyncio.to_thread(client.get, f"/api/projects/{made['project']['id']}")).json()
    assert project["deployment_config"]["dev"]["commit"] == ONE
    assert project["last_deployed_at"] is not None


async def test_a_rollback_deploys_what_was_live_before(
    client: httpx.Client, new_project: NewProject, store: Store
) -> None:
    made = await asyncio.to_thread(new_project)
    first = await deployed(store, made, ONE, waivers={"dependencies": "no network"})
    refused = await asyncio.to_thread(client.post, f"/api/deployments/{first}/rollback")
    assert "no other version" in is_problem(refused, 409)["detail"]
    failed = await deployed(store, made, TWO, "failed")
    is_problem(await asyncio.to_thread(client.post, f"/api/deployments/{failed}/rollback"), 409)
    second = await deployed(store, made, TWO)
    key = {"Idempotency-Key": uuid.uuid4().hex}
    path = f"/api/deployments/{second}/rollback"
    answer, again = [await asyncio.to_thread(client.post, path, headers=key) for _ in range(2)]
    assert (answer.status_code, answer.json()) == (202, again.json())
    run = await store.run(answer.json()["run"]["id"])
    assert run is not None
    assert answer.headers["location"] == f"/api/runs/{run['id']}"
    asked = {"commit": ONE, "environment": "dev", "deploy": "dev", "rolls_back": second}
    assert run["input"] == asked | {"waivers": {"dependencies": "no network"}}

    back = {"id": str(uuid.uuid4()), "project_id": made["project"]["id"], "run_id": run["id"], "environment": "dev"}
    live = {"commit": ONE, "status": "healthy", "deployment_url": "http://127.0.0.1:9", "detail": ""}
    await store.save_deployment(back | live)
    statuses = {d["id"]: d["status"] for d in await store.deployments(made["project"]["id"], 10)}
    assert statuses == {first: "stopped", failed: "failed", second: "rolled_back", back["id"]: "healthy"}


def test_what_qa_has_not_seen_is_not_deployed(client: httpx.Client, new_project: NewProject) -> None:
    path = f"/api/projects/{new_project()['project']['id']}/deploy"
    assert "QA" in is_problem(client.post(path, json={"environment": "dev"}), 409)["detail"]
    is_problem(client.post(path, json={"environment": "dev", "commit": ONE}), 409)
    for wrong in (
        {}, {"environment": "moon"}, {"environment": "dev", "commit": "main"}, {"environment": "dev", "strategy": "x"},
        {"environment": "dev", "platform": "mars"}, {"environment": "dev", "resources": {"cpu": 1}},
        {"environment": "dev", "waivers": {"tests": "never"}},
    ):  # fmt: skip
        is_problem(client.post(path, json=wrong), 422)


async def test_what_serves_is_promoted_as_it_is(client: httpx.Client, new_project: NewProject, store: Store) -> None:
    made = await asyncio.to_thread(new_project)
    path = f"/api/projects/{made['project']['id']}/promote"
    up = {"from": "dev", "to": "staging"}
    nothing = is_problem(await asyncio.to_thread(client.post, path, json=up), 409)["detail"]
    assert nothing == "nothing serves in dev; deploy there first"
    serving = await deployed(store, made, ONE)
    answer = await asyncio.to_thread(client.post, path, json=up | {"strategy": "rolling", "downtime": True})
    assert answer.status_code == 202
    run = await store.run(answer.json()["run"]["id"])
    assert run is not None
    assert run["intent"] == "deploy"
    source = {"from": "dev", "deployment_id": serving, "artefact": None}
    asked = {"commit": ONE, "environment": "staging", "deploy": "staging", "strategy": "rolling", "downtime": True}
    assert run["input"] == asked | {"promotes": source, "approved": True, "waivers": {}}
    for wrong in ({"from": "dev"}, up | {"to": "moon"}, up | {"commit": ONE}, up | {"resources": {"cpus": 0}}):
        is_problem(await asyncio.to_thread(client.post, path, json=wrong), 422)
    is_problem(await asyncio.to_thread(client.post, path, json=up | {"to": "dev"}), 409)
    elsewhere = path.replace(made["project"]["id"], NOBODY)
    is_problem(await asyncio.to_thread(client.post, elsewhere, json=up), 404)


async def test_each_environment_has_its_own_resources(
    client: httpx.Client, new_project: NewProject, store: Store
) -> None:
    made = await asyncio.to_thread(new_project)
    project = f"/api/projects/{made['project']['id']}"
    serving = await deployed(store, made, ONE)
    mine = {"memory_mb": 256, "cpus": 0.5, "processes": 32, "instances": 2}
    path = f"{project}/environments/staging/resources"
    assert (await asyncio.to_thread(client.put, path, json=mine)).json()["resources"] == mine
    for wrong in (
        {"memory_mb": 1}, {"memory_mb": "256"}, {"cpus": -1}, {"cpus": 1e400}, {"instances": 99}, {"disk": 1}, [],
        {"processes": 1.5},
    ):  # fmt: skip
        content = str(wrong).replace("'", '"').replace("inf", "1e400")
        answer = await asyncio.to_thread(
            client.put, path, content=content, headers={"content-type": "application/json"}
        )
        is_problem(answer, 422)
    items = (await asyncio.to_thread(client.get, f"{project}/environments")).json()["items"]
    assert [item["name"] for item in items] == ["dev", "staging", "production"]
    assert (items[0]["deployment_id"], items[0]["url"], items[0]["commit"]) == (serving, "http://127.0.0.1:9", ONE)
    assert items[1]["resources"] == mine
    assert items[0]["resources"]["instances"] == 1
    await asyncio.to_thread(client.post, f"{project}/deploy", json={"environment": "dev", "resources": {"cpus": 1}})
    assert (await store.resources(made["project"]["id"])).keys() == {"staging"}


async def test_what_the_platform_turned_back_is_no_version_to_go_back_to(new_project: NewProject, store: Store) -> None:
    made = await asyncio.to_thread(new_project)
    first = await deployed(store, made, ONE)
    second = await deployed(store, made, TWO)
    await store.turned_back(second, first, "it did worse")
    rows = {row["id"]: row for row in await store.deployments(made["project"]["id"], 10)}
    assert (rows[first]["status"], rows[second]["status"]) == ("healthy", "rolled_back")
    assert rows[second]["detail"] == "it did worse"
    third = await deployed(store, made, "3" * 40)
    assert (await store.live_before((await store.deployment(third)) or {}))["commit"] == ONE  # type: ignore[index]


async def test_a_deploy_is_queued_once(client: httpx.Client, new_project: NewProject, store: Store) -> None:
    made = await asyncio.to_thread(new_project)
    await deployed(store, made, ONE)
    path = f"/api/projects/{made['project']['id']}/deploy"
    key = {"Idempotency-Key": uuid.uuid4().hex}
    body = {"environment": "production", "strategy": "blue_green", "waivers": {"dependencies": "no network"}}
    answers = [await asyncio.to_thread(client.post, path, json=body, headers=key) for _ in range(2)]
    assert [a.status_code for a in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    elsewhere = await asyncio.to_thread(client.post, path, json=body | {"environment": "dev"}, headers=key)
    is_problem(elsewhere, 422)


async def test_what_the_platform_never_saw_has_no_health_and_no_log(
    client: httpx.Client, new_project: NewProject, store: Store
) -> None:
    made = await asyncio.to_thread(new_project)
    path = f"/api/deployments/{await deployed(store, made, ONE, 'failed')}"
    is_problem(await asyncio.to_thread(client.get, f"{path}/health"), 409)
    is_problem(await asyncio.to_thread(client.get, f"{path}/logs"), 409)
    is_problem(await asyncio.to_thread(client.get, f"{path}/logs", params={"follow": "true"}), 409)
    assert (await asyncio.to_thread(client.delete, path)).json()["status"] == "failed"


def test_variables_are_kept_and_never_returned(
    client: httpx.Client, new_project: NewProject, api_settings: Settings
) -> None:
    project_id = new_project()["project"]["id"]
    path = f"/api/projects/{project_id}/environments/dev/vars"
    secret = "canary-4711-canary"
    answer = client.put(path, json={"API_KEY": secret, "OTHER": "x"})
    assert answer.json()["names"] == ["API_KEY", "OTHER"]
    assert client.patch(path, json={"OTHER": None, "THIRD": "y"}).json()["names"] == ["API_KEY", "THIRD"]
    assert FileSecrets(api_settings.secrets).read(Place(project_id, "dev", Kind.USER))["API_KEY"] == secret
    assert client.put(path, json={"API_KEY": secret}).json()["names"] == ["API_KEY"]
    assert client.get(f"/api/projects/{project_id}").json()["environment_vars"] == ["API_KEY"]
    for shown in (path, f"/api/projects/{project_id}", f"/api/projects/{project_id}/history"):
        assert secret not in client.get(shown).text
    assert below(api_settings.home, secret) == []
    with psycopg.connect(api_settings.database_url or "") as connection:
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            assert secret not in repr(rows), table
    assert client.get(path.replace("dev", "production")).json()["names"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"": "x"}, {"1A": "x"}, {"A-B": "x"}, {"A=B": "x"}, {"A\n": "x"}, {"Ä": "x"}, {"A" * 129: "x"}, {"A": 1},
        {"A": "\0"}, {"A": None}, {"A": "x" * 32_769}, {f"A{n}": "x" for n in range(201)}, [], "x", {"A": {"B": "c"}},
    ],
)  # fmt: skip
def test_variables_that_are_wrong(client: httpx.Client, new_project: NewProject, body) -> None:
    path = f"/api/projects/{new_project()['project']['id']}/environments/dev/vars"
    problem = is_problem(client.put(path, json=body), 422)
    assert "x" * 100 not in str(problem)
    assert client.get(path).json()["names"] == []


def test_variables_of_nowhere(client: httpx.Client, new_project: NewProject) -> None:
    is_problem(client.put(f"/api/projects/{NOBODY}/environments/dev/vars", json={"A": "b"}), 404)
    project_id = new_project()["project"]["id"]
    is_problem(client.put(f"/api/projects/{project_id}/environments/moon/vars", json={"A": "b"}), 404)


def test_a_generated_credential_is_shown_once(
    client: httpx.Client, new_project: NewProject, api_settings: Settings
) -> None:
    project_id = new_project()["project"]["id"]
    path = f"/api/projects/{project_id}/environments/dev"
    is_problem(client.post(f"{path}/credentials/API_TOKEN"), 404)
    made = FileSecrets(api_settings.secrets).ensure(
        Place(project_id, "dev", Kind.GENERATED), ["API_TOKEN", "SECRET_KEY"]
    )
    shown = client.post(f"{path}/credentials/API_TOKEN")
    assert shown.json() == {"name": "API_TOKEN", "value": made["API_TOKEN"]}
    assert shown.headers["cache-control"] == "no-store"
    assert "was shown already" in is_problem(client.post(f"{path}/credentials/API_TOKEN"), 409)["detail"]
    is_problem(client.post(f"{path}/credentials/SECRET_KEY"), 404)
    assert client.get(f"{path}/vars").json()["generated"] == ["API_TOKEN", "SECRET_KEY"]
    client.put(f"/api/projects/{project_id}/environments/dev/vars", json={"API_TOKEN": "my-own"})
    assert "set by a person" in is_problem(client.post(f"{path}/credentials/API_TOKEN"), 409)["detail"]
    kinds = [event["kind"] for event in client.get(f"/api/projects/{project_id}/history").json()["items"]]
    assert "credential_shown" in kinds


def test_a_lost_key_is_told_and_the_rest_goes_on(
    client: httpx.Client, new_project: NewProject, api_settings: Settings
) -> None:
    project_id = new_project()["project"]["id"]
    path = f"/api/projects/{project_id}/environments/dev/vars"
    client.put(path, json={"A": "b"})
    key = api_settings.secrets / "master.key"
    hidden = key.rename(key.with_name("elsewhere"))
    try:
        detail = is_problem(client.get(path), 500)["detail"]
        assert str(key) in detail
        assert client.get(f"/api/projects/{project_id}").json()["environment_vars"] is None
    finally:
        hidden.rename(key)
    assert client.get(path).json()["names"] == ["A"]


def test_templates(client: httpx.Client) -> None:
    (rest_api,) = client.get("/api/templates").json()["items"]
    assert client.get("/api/templates/rest_api").json() == rest_api
    assert {"id", "kind", "version", "description"} <= rest_api.keys()
