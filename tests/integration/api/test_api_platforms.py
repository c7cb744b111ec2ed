"""Accounts at platforms over HTTP: set, never shown, named where one is missing."""

from __future__ import annotations

import asyncio

import httpx

from memory.settings import Settings
from memory.store import Store
from tests.integration.api.conftest import NewProject
from tests.integration.api.test_api_deployments import ONE, deployed

TOKEN = "rnd_a-token-that-nobody-sees"


async def test_an_account_is_set_and_its_token_never_shown(
    client: httpx.Client, new_project: NewProject, store: Store, api_settings: Settings
) -> None:
    made = await asyncio.to_thread(new_project)
    await deployed(store, made, ONE)
    path, body = f"/api/projects/{made['project']['id']}/deploy", {"environment": "staging", "platform": "render"}
    refused = await asyncio.to_thread(lambda: client.post(path, json=body | {"commit": ONE}))
    assert refused.status_code == 409
    assert "softwright platforms render" in refused.json()["detail"]
    wrong = await asyncio.to_thread(lambda: client.put("/api/platforms/render/account", json={"tokn": TOKEN}))
    assert (wrong.status_code, "tokn" in wrong.json()["detail"]) == (422, True)
    account = {"token": TOKEN, "owner": "tea-1"}
    kept = await asyncio.to_thread(lambda: client.put("/api/platforms/render/account", json=account))
    assert kept.json()["ready"] is True
    shown = (await asyncio.to_thread(client.get, "/api/platforms")).text
    assert "tea-1" in shown
    assert TOKEN not in shown
    for folder in (api_settings.home, api_settings.secrets):
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert not any(TOKEN.encode() in path.read_bytes() for path in files)
    accepted = await asyncio.to_thread(lambda: client.post(path, json=body | {"commit": ONE}))
    assert accepted.status_code == 202
    run = await store.run(accepted.json()["run"]["id"])
    assert run is not None
    assert run["input"]["platform"] == "render"
    removed = await asyncio.to_thread(client.delete, "/api/platforms/render/account")
    assert removed.json()["ready"] is False
    unknown = await asyncio.to_thread(lambda: client.put("/api/platforms/heroku/account", json={}))
    assert unknown.status_code == 404
