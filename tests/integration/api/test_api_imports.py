"""Imports over HTTP: what is queued, what is refused, and that no credential is told."""

from __future__ import annotations

import io
import zipfile

import httpx

from memory.settings import Settings


def archive(name: str) -> dict[str, tuple[str, bytes]]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr(name, "x = 1\n")
    return {"file": ("shop.zip", packed.getvalue())}


def test_an_archive_is_queued_and_kept(client: httpx.Client, api_settings: Settings) -> None:
    answer = client.post("/api/projects/import", files=archive("a.py"))
    assert answer.status_code == 202, answer.text
    made = answer.json()
    assert answer.headers["Location"] == f"/api/runs/{made['run']['id']}"
    assert (made["project"]["name"], made["run"]["status"]) == ("shop.zip", "queued")
    assert len(list(api_settings.uploads.iterdir())) == 1
    assert client.get(f"/api/projects/{made['project']['id']}/import").status_code == 404


def test_a_hostile_archive_is_refused_by_its_entry(client: httpx.Client, api_settings: Settings) -> None:
    before = client.get("/api/projects").json()
    answer = client.post("/api/projects/import", files=archive("../evil.py"))
    assert answer.status_code == 422
    assert "../evil.py" in answer.json()["detail"]
    assert client.get("/api/projects").json() == before
    assert list(api_settings.workspaces.iterdir()) == []


def test_a_git_url_with_credentials(client: httpx.Client) -> None:
    answer = client.post("/api/projects/import", json={"git_url": "https://me:hunter22@127.0.0.1:9/shop.git"})
    assert answer.status_code == 202, answer.text
    project, run = answer.json()["project"]["id"], answer.json()["run"]["id"]
    for path in (f"/api/projects/{project}", f"/api/runs/{run}", f"/api/projects/{project}/history"):
        assert "hunter22" not in client.get(path).text
    assert answer.json()["project"]["name"] == "shop"


def test_bad_bodies(client: httpx.Client) -> None:
    for body in ({}, {"git_url": "ext::sh -c id"}, {"git_url": "file:///etc"}, {"git_url": 1}):
        assert client.post("/api/projects/import", json=body).status_code == 422
    assert client.post("/api/projects/import", files={"other": b"x"}).status_code == 422
