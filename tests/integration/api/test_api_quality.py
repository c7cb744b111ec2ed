"""Performance, dependencies and the list of packages over REST."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg

from memory.code import MAIN, CodeStore
from memory.settings import Settings

LOCK = "fastapi==0.1.0 \\\n    --hash=sha256:" + "ab" * 32 + "\n"
NPM = {
    "lockfileVersion": 3,
    "packages": {"": {"name": "x"}, "node_modules/vue": {"version": "3.5.0", "license": "MIT"}},
}


def with_code(settings: Settings, project_id: str, tmp_path: Path) -> str:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "requirements.lock").write_text(LOCK)
    (tree / "package-lock.json").write_text(json.dumps(NPM))
    code = CodeStore(settings.repositories)
    code.create(project_id)
    commit = code.commit(project_id, tree, "Code", datetime.now(UTC))
    code.set_ref(project_id, MAIN, commit)
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        connection.execute("UPDATE projects SET commit = %s WHERE id = %s", (commit, project_id))
    return commit


def test_without_code_there_is_nothing_to_look_at(client: httpx.Client, new_project) -> None:
    path = f"/api/projects/{new_project()['project']['id']}"
    assert client.get(f"{path}/performance").status_code == 404
    for answer in (client.post(f"{path}/performance"), client.get(f"{path}/dependencies"), client.get(f"{path}/sbom")):
        assert answer.status_code == 409
        assert "no code yet" in answer.json()["detail"]
    assert client.get("/api/projects/none/performance").status_code == 404
    assert client.post(f"{path}/performance", json={"against": "main"}).status_code == 422


def test_a_measurement_is_a_run_beside_the_others(
    client: httpx.Client, new_project, api_settings: Settings, tmp_path: Path
) -> None:
    project_id = new_project()["project"]["id"]
    with_code(api_settings, project_id, tmp_path)
    key = {"Idempotency-Key": f"measure-{project_id}"}
    first, again = [client.post(f"/api/projects/{project_id}/performance", headers=key) for _ in range(2)]
    assert (first.status_code, first.json()) == (202, again.json())
    run = client.get(first.headers["location"]).json()
    assert (run["intent"], run["status"]) == ("performance", "queued")


def test_packages_and_their_list(client: httpx.Client, new_project, api_settings: Settings, tmp_path: Path) -> None:
    project_id = new_project()["project"]["id"]
    commit = with_code(api_settings, project_id, tmp_path)
    told = client.get(f"/api/projects/{project_id}/dependencies").json()
    assert (told["commit"], told["audit"]) == (commit, None)
    assert [(p["ecosystem"], p["name"], p["version"], p["licence"]) for p in told["items"]] == [
        ("PyPI", "fastapi", "0.1.0", None),
        ("npm", "vue", "3.5.0", "MIT"),
    ]
    answer = client.get(f"/api/projects/{project_id}/sbom")
    assert answer.headers["content-type"].startswith("application/vnd.cyclonedx+json")
    document = answer.json()
    assert document["metadata"]["component"]["version"] == commit[:12]
    assert {c["purl"] for c in document["components"]} == {"pkg:pypi/fastapi@0.1.0", "pkg:npm/vue@3.5.0"}
