"""Render: a web service built from a Git repository or run from an image; a rollback is a deploy of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.records.serving import Resources
from tools.deploy.interface import ReleaseRejected
from tools.deploy.remote.calls import Calls, Missing, Refused, Unclear
from tools.deploy.remote.interface import (
    Blueprint,
    Deploy,
    Line,
    Measured,
    Needs,
    Progress,
    Provider,
    Service,
    Stage,
)

STAGES = {
    "created": Stage.WORKING,
    "queued": Stage.WORKING,
    "build_in_progress": Stage.WORKING,
    "pre_deploy_in_progress": Stage.WORKING,
    "update_in_progress": Stage.WORKING,
    "live": Stage.LIVE,
    "deactivated": Stage.REPLACED,
    "canceled": Stage.REPLACED,
}
"""Any other is a failure."""
PLANS = (("starter", 0.5, 512), ("standard", 1, 2048), ("pro", 2, 4096), ("pro_plus", 4, 8192),
         ("pro_max", 4, 16_384), ("pro_ultra", 8, 32_768))  # fmt: skip
"""Name, processors, memory in MB."""
RESOLUTION_S = 60
LONGEST_SPAN = timedelta(days=6)
PAGE = 100


class Render(Provider):
    name = "render"
    needs = (Needs.REPOSITORY, Needs.IMAGE)

    def __init__(self, calls: Calls, owner: str, region: str = "") -> None:
        """`owner`: id of the workspace (`tea-...`)."""
        self._calls = calls
        self._owner = owner
        self._region = region

    async def find(self, name: str) -> list[Service]:
        params = {"name": name, "ownerId": self._owner, "limit": PAGE}
        found = [row["service"] for row in await self._calls.json("GET", "/services", params=params)]
        return [_service(one) for one in sorted(found, key=_created) if one["name"] == name]

    async def create(self, blueprint: Blueprint) -> Service:
        self._calls.hide(blueprint.variables)
        details: dict[str, Any] = {
            "runtime": "image" if blueprint.artefact.image else "docker",
            "plan": plan_of(blueprint.resources),
            "numInstances": blueprint.resources.instances,
            "healthCheckPath": blueprint.health_path,
        }
        body: dict[str, Any] = {
            "type": "web_service",
            "name": blueprint.name,
            "ownerId": self._owner,
            "autoDeploy": "no",
            "envVars": _variables(blueprint),
            "serviceDetails": details | ({"region": self._region} if self._region else {}),
            **self._source(blueprint),
        }
        return _service((await self._calls.json("POST", "/services", json=body))["service"])

    async def configure(self, service: Service, blueprint: Blueprint) -> Service:
        self._calls.hide(blueprint.variables)
        await self._calls.ask("PUT", f"/services/{service.id}/env-vars", json=_variables(blueprint))
        details = {"healthCheckPath": blueprint.health_path, "plan": plan_of(blueprint.resources)}
        body = {"serviceDetails": details, **self._source(blueprint)}
        await self._calls.ask("PATCH", f"/services/{service.id}", json=body, repeatable=True)
        await self._instances(service, blueprint.resources)
        if service.stopped:
            await self._calls.ask("POST", f"/services/{service.id}/resume", repeatable=True)
        return service

    async def deploys(self, service: Service) -> list[Deploy]:
        rows = await self._calls.json("GET", f"/services/{service.id}/deploys", params={"limit": 20})
        return [_deploy(row["deploy"]) for row in rows]

    async def start(self, service: Service, blueprint: Blueprint) -> Deploy:
        artefact = blueprint.artefact
        body = {"imageUrl": artefact.image} if artefact.image else {"commitId": artefact.commit}
        made = await self._calls.json("POST", f"/services/{service.id}/deploys", json=body)
        if made is None:  # 202: it waits for one that is on its way, and has no id yet
            raise Unclear("it was queued", place=f"render, {service.name}", remedy="It is looked for among the deploys")
        return _deploy(made)

    async def progress(self, service: Service, deploy: str) -> Progress:
        status = (await self._calls.json("GET", f"/services/{service.id}/deploys/{deploy}"))["status"]
        return Progress(STAGES.get(status, Stage.FAILED), status, service.url)

    async def cancel(self, service: Service, deploy: str) -> None:
        path = f"/services/{service.id}/deploys/{deploy}/cancel"
        await self._calls.ask("POST", path, repeatable=True, accept=(400, 404, 409))

    async def turn_back(self, service: Service, to: str) -> str:
        made = await self._calls.json("POST", f"/services/{service.id}/rollback", json={"deployId": to})
        return str(made["id"])

    async def restart(self, service: Service, deploy: str) -> None:
        await self._calls.ask("POST", f"/services/{service.id}/restart", repeatable=True)

    async def scale(self, service: Service, deploy: str, resources: Resources) -> str:
        body = {"serviceDetails": {"plan": plan_of(resources)}}
        await self._calls.ask("PATCH", f"/services/{service.id}", json=body, repeatable=True)
        await self._instances(service, resources)
        return deploy

    async def measure(self, service: Service, deploy: str, since: datetime) -> Measured:
        now = datetime.now(UTC)
        since = max(since, now - LONGEST_SPAN)
        memory, cpu, counts, requests = [
            await self._series(service, what, since, now, **more)
            for what, more in (
                ("memory", {}), ("cpu", {}), ("instance-count", {}), ("http-requests", {"aggregateBy": "statusCode"}),
            )
        ]  # fmt: skip
        failed = [row for row in requests if _label(row, "statusCode").startswith("5")]
        return Measured(
            instances=round(_last(counts)),
            memory_bytes=round(_last(memory)),
            cpu_seconds=_sum(cpu) * RESOLUTION_S,
            requests=round(_sum(requests)),
            errors=round(_sum(failed)),
        )

    async def lines(self, service: Service, deploy: str, limit: int) -> list[Line]:
        found: list[Line] = []
        params: dict[str, Any] = {"ownerId": self._owner, "resource": service.id, "direction": "backward"}
        while len(found) < limit:
            page = await self._calls.json("GET", "/logs", params=params | {"limit": min(limit - len(found), PAGE)})
            found += [Line(row["timestamp"], row["message"]) for row in page["logs"]]
            if not page["hasMore"] or not page["logs"]:
                break
            params |= {"startTime": page["nextStartTime"], "endTime": page["nextEndTime"]}
        return sorted(found, key=lambda line: line.at)

    async def stop(self, service: Service, deploy: str) -> None:
        await self._calls.ask("POST", f"/services/{service.id}/suspend", repeatable=True)

    async def delete(self, service: Service) -> None:
        await self._calls.ask("DELETE", f"/services/{service.id}", accept=(404, 410))

    async def _instances(self, service: Service, resources: Resources) -> None:
        body = {"numInstances": resources.instances}
        await self._calls.ask("POST", f"/services/{service.id}/scale", json=body, repeatable=True)

    async def _series(self, service: Service, what: str, since: datetime, until: datetime, **more: str) -> list[Any]:
        params = {
            "resource": service.id,
            "startTime": _stamp(since),
            "endTime": _stamp(until),
            "resolutionSeconds": RESOLUTION_S,
            **more,
        }
        try:
            return list(await self._calls.json("GET", f"/metrics/{what}", params=params) or ())
        except (Missing, Refused):  # nothing was measured yet, or its plan has no such figures
            return []

    def _source(self, blueprint: Blueprint) -> dict[str, Any]:
        artefact = blueprint.artefact
        if artefact.image:
            return {"image": {"ownerId": self._owner, "imagePath": artefact.image}}
        return {"repo": artefact.repository, "branch": artefact.branch}


def plan_of(resources: Resources) -> str:
    """The smallest that is large enough. Raises ReleaseRejected."""
    for name, cpus, memory in PLANS:
        if memory >= resources.memory_mb and cpus >= resources.cpus:
            return name
    raise ReleaseRejected(
        f"no plan of Render has {resources.cpus:g} processors and {resources.memory_mb} MB",
        place="resources",
        remedy=f"Ask for at most {PLANS[-1][1]} processors and {PLANS[-1][2]} MB, and for more instances",
    )


def _variables(blueprint: Blueprint) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in sorted(blueprint.variables.items())]


def _service(row: dict[str, Any]) -> Service:
    url = (row.get("serviceDetails") or {}).get("url") or None
    return Service(row["id"], row["name"], url, stopped=row.get("suspended") == "suspended")


def _created(row: dict[str, Any]) -> str:
    return str(row.get("createdAt", ""))


def _deploy(row: dict[str, Any]) -> Deploy:
    version = (row.get("image") or {}).get("ref") or (row.get("commit") or {}).get("id") or ""
    return Deploy(row["id"], version)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _label(row: dict[str, Any], name: str) -> str:
    return next((str(label["value"]) for label in row["labels"] if label["field"] == name), "")


def _last(rows: Sequence[dict[str, Any]]) -> float:
    return sum(float(row["values"][-1]["value"]) for row in rows if row["values"])


def _sum(rows: Sequence[dict[str, Any]]) -> float:
    return sum(float(point["value"]) for row in rows for point in row["values"])


__all__ = ["Render", "plan_of"]
