"""Vercel: an application as functions, from its files. A rollback moves the address; there is nothing to scale."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from memory.records.serving import Resources
from memory.untrusted_files import UntrustedFileError, read_untrusted, regular_files
from tools.deploy.interface import NothingBefore, ReleaseRejected
from tools.deploy.remote.calls import Calls, Missing, Refused
from tools.deploy.remote.interface import (
    Blueprint,
    Deploy,
    Line,
    Measured,
    Needs,
    NotOffered,
    Progress,
    Provider,
    Service,
    Stage,
)

KEY = "softwrightDeployment"
STAGES = {"READY": Stage.READY, "ERROR": Stage.FAILED, "CANCELED": Stage.REPLACED, "DELETED": Stage.REPLACED}
"""Any other: it works on it."""
TARGETS = ["production"]
"""Each of our environments is a project of its own there, so all serve as its production."""
LISTEN_S = 3.0
LARGEST_FILE = 50 << 20
LOCK, NAMED = "requirements.lock", "requirements.txt"
"""What ours is called, and what Vercel looks for."""


class Vercel(Provider):
    name = "vercel"
    needs = (Needs.FILES,)
    turning_is_new = False
    writes_files = False

    def __init__(self, calls: Calls, *, team: str = "", address: str = "https://{name}.vercel.app") -> None:
        self._calls = calls
        self._team = {"teamId": team} if team else {}
        self._address = address

    async def find(self, name: str) -> list[Service]:
        answer = await self._ask("GET", f"/v9/projects/{name}", accept=(404,))
        return [] if answer.status_code == 404 else [self._service(answer.json())]

    async def create(self, blueprint: Blueprint) -> Service:
        body = {"name": blueprint.name, "framework": "fastapi"}
        return self._service((await self._ask("POST", "/v11/projects", json=body)).json())

    async def configure(self, service: Service, blueprint: Blueprint) -> Service:
        self._calls.hide(blueprint.variables)
        path = f"/v10/projects/{service.id}/env"
        listed = (await self._ask("GET", path)).json()
        for row in listed.get("envs") or ():
            if row["key"] not in blueprint.variables:
                await self._ask("DELETE", f"/v9/projects/{service.id}/env/{row['id']}", accept=(404,))
        rows = [
            {"key": name, "value": value, "type": "encrypted", "target": TARGETS}
            for name, value in sorted(blueprint.variables.items())
        ]
        kept = (await self._ask("POST", path, params={"upsert": "true"}, json=rows, repeatable=True)).json()
        if kept.get("failed"):
            names = ", ".join(str((row.get("error") or {}).get("envVarKey", "?")) for row in kept["failed"])
            raise Refused(
                f"it did not take the variables {names}", place=f"vercel, {service.name}", remedy="Rename them"
            )
        if service.stopped:
            await self._ask("POST", f"/v1/projects/{service.id}/unpause", repeatable=True)
        return service

    async def deploys(self, service: Service) -> list[Deploy]:
        listed = (await self._ask("GET", "/v6/deployments", params={"projectId": service.id, "limit": 20})).json()
        return [Deploy(row["uid"], "", (row.get("meta") or {}).get(KEY)) for row in listed["deployments"]]

    async def start(self, service: Service, blueprint: Blueprint) -> Deploy:
        files = []
        for path, data in (await asyncio.to_thread(_files, blueprint.artefact.code)).items():
            digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()  # the provider's name for it
            headers = {"x-vercel-digest": digest, "content-type": "application/octet-stream"}
            await self._ask("POST", "/v2/files", content=data, headers=headers, repeatable=True)
            files.append({"file": path, "sha": digest, "size": len(data)})
        body = {
            "name": service.name,
            "project": service.id,
            "target": "production",
            "files": files,
            "meta": {KEY: blueprint.key, "softwrightCommit": blueprint.artefact.commit},
            "projectSettings": {"framework": "fastapi"},
        }
        made = (await self._ask("POST", "/v13/deployments", params={"forceNew": "1"}, json=body)).json()
        return Deploy(made["id"], "", blueprint.key)

    async def progress(self, service: Service, deploy: str) -> Progress:
        row = (await self._ask("GET", f"/v13/deployments/{deploy}")).json()
        state = row["readyState"]
        stage = STAGES.get(state, Stage.WORKING)
        if stage is Stage.READY and await self._production(service) == deploy:
            stage = Stage.LIVE
        return Progress(stage, state, service.url)

    async def take_over(self, service: Service, deploy: str) -> None:
        """After a rollback, new versions do not get the address by themselves."""
        await self._ask("POST", f"/v10/projects/{service.id}/promote/{deploy}", repeatable=True, accept=(409,))

    async def cancel(self, service: Service, deploy: str) -> None:
        await self._ask("PATCH", f"/v12/deployments/{deploy}/cancel", repeatable=True, accept=(400, 404, 409))

    async def turn_back(self, service: Service, to: str) -> str:
        path = f"/v1/projects/{service.id}/rollback/{to}"
        try:
            await self._ask("POST", path, repeatable=True)
        except Missing as error:
            raise NothingBefore(
                "that version has gone from Vercel", place=f"vercel, {service.name}", remedy="Deploy its commit again"
            ) from error
        return to

    async def restart(self, service: Service, deploy: str) -> None:
        raise NotOffered("functions have nothing that runs on", place="vercel", remedy="Deploy it again instead")

    async def scale(self, service: Service, deploy: str, resources: Resources) -> str:
        raise NotOffered("functions grow with their requests by themselves", place="vercel", remedy="Nothing to set")

    async def measure(self, service: Service, deploy: str, since: datetime) -> Measured:
        """Counted from its own log of requests: what it uses of processors and memory is not told by deployment."""
        rows = await self._runtime(service, deploy)
        answered = [row for row in rows if row.get("responseStatusCode", 0) > 0]
        failed = [row for row in answered if row["responseStatusCode"] >= 500]
        return Measured(1, 0, 0.0, requests=len(answered), errors=len(failed))

    async def lines(self, service: Service, deploy: str, limit: int) -> list[Line]:
        params = {"builds": 1, "direction": "backward", "limit": limit}
        rows = (await self._ask("GET", f"/v3/deployments/{deploy}/events", params=params)).json()
        built = [(row["created"], (row.get("payload") or row).get("text") or "") for row in rows or ()]
        ran = [(row["timestampInMs"], row["message"]) for row in await self._runtime(service, deploy)]
        return [Line(str(at), text) for at, text in sorted([*built, *ran])][-limit:]

    async def stop(self, service: Service, deploy: str) -> None:
        await self._ask("POST", f"/v1/projects/{service.id}/pause", repeatable=True)

    async def delete(self, service: Service) -> None:
        await self._ask("DELETE", f"/v9/projects/{service.id}", accept=(404,))

    async def _production(self, service: Service) -> str | None:
        row = (await self._ask("GET", f"/v9/projects/{service.name}")).json()
        return ((row.get("targets") or {}).get("production") or {}).get("id")

    async def _runtime(self, service: Service, deploy: str) -> list[dict[str, Any]]:
        """One JSON document a line; the stream goes on, so what comes at once is what there is."""
        path = f"/v1/projects/{service.id}/deployments/{deploy}/runtime-logs"
        try:
            lines = await self._calls.lines(path, params=self._team, within_s=LISTEN_S)
        except Missing:
            return []
        return [json.loads(line) for line in lines]

    async def _ask(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        return await self._calls.ask(method, path, params={**self._team, **(params or {})}, **options)

    def _service(self, row: dict[str, Any]) -> Service:
        url = self._address.format(name=row["name"])
        return Service(row["id"], row["name"], url, stopped=bool(row.get("paused")))


def _files(code: Path) -> dict[str, bytes]:
    """Links are not followed, and its lock file goes by the name that Vercel looks for. Blocking."""
    try:
        found = {path: read_untrusted(code, path, LARGEST_FILE) for path in regular_files(code, ".", "")}
    except UntrustedFileError as error:
        raise ReleaseRejected(str(error), place="vercel", remedy="Keep it out of the code") from error
    if LOCK in found and NAMED not in found:
        found[NAMED] = found[LOCK]
    return found


__all__ = ["Vercel"]
