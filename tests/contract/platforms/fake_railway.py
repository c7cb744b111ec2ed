"""Railway's GraphQL: each operation by its name, with projects, one service in each, and deployments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from tests.contract.platforms.fake_provider import App, Fake, Nay, Route
from tests.contract.platforms.schemas import Exchange, graphql_faults

WAY = ("INITIALIZING", "BUILDING", "DEPLOYING", "SUCCESS")
Variables = dict[str, Any]


@dataclass
class FakeRailway(Fake):
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    ROUTES: ClassVar[tuple[Route, ...]] = (("POST", r"/graphql/v2", "operation"),)

    def error(self, status: int, text: str) -> Any:
        return {"errors": [{"message": text}]}

    def is_write(self, exchange: Exchange) -> bool:
        return str(exchange.body["query"]).startswith("mutation")

    def faults_of(self, exchange: Exchange, schema: Path) -> list[str]:
        return graphql_faults(schema, exchange)

    def apps(self) -> dict[str, App]:
        found = {}
        for project in self.projects.values():
            live = next((d for d in project["deployments"] if d["status"] == "SUCCESS"), None)
            if live is not None and project["domain"]:
                found[project["domain"]] = App(live["version"])
        return found

    def names(self) -> list[str]:
        return [project["name"] for project in self.projects.values()]

    def variables_of(self, name: str) -> dict[str, str]:
        return dict(self._named(name)["variables"])

    def instances_of(self, name: str) -> int:
        return int(self._named(name)["settings"]["numReplicas"])

    def started(self, version: str) -> list[str]:
        return [told for told in self.begun if version in told]

    def operation(self, exchange: Exchange) -> Any:
        name = exchange.body["operationName"]
        do: Callable[[Variables], Any] = getattr(self, f"do_{name}")
        field_name = {"requests": "httpMetricsGroupedByStatus"}.get(name, name)
        try:
            return {"data": {field_name: do(exchange.body["variables"])}}
        except Nay as nay:
            return 200, nay.body

    def do_projects(self, asked: Variables) -> Any:
        edges = [{"node": self._shown(project)} for project in self.projects.values()]
        return {"edges": edges, "pageInfo": {"hasNextPage": False, "endCursor": None}}

    def do_projectCreate(self, asked: Variables) -> Any:
        project = {
            "id": self.new_id("p-"), "name": asked["input"]["name"], "createdAt": self.now(), "services": [],
            "environment": self.new_id("e-"), "variables": {}, "settings": {}, "deployments": [], "domain": None,
        }  # fmt: skip
        self.projects[project["id"]] = project
        return {"id": project["id"]}

    def do_projectDelete(self, asked: Variables) -> Any:
        if self.projects.pop(asked["id"], None) is None:
            raise Nay(200, self.error(200, "Project not found"))
        return True

    def do_serviceCreate(self, asked: Variables) -> Any:
        project = self.projects[asked["input"]["projectId"]]
        service = {"id": self.new_id("s-"), "name": asked["input"]["name"], "createdAt": self.now()}
        project["services"].append(service)
        project["variables"] = asked["input"]["variables"]
        return {"id": service["id"]}

    def do_domains(self, asked: Variables) -> Any:
        domain = self.projects[asked["projectId"]]["domain"]
        return {"serviceDomains": [{"domain": domain}] if domain else []}

    def do_serviceDomainCreate(self, asked: Variables) -> Any:
        project = self._of(asked["input"])
        project["domain"] = project["name"]
        return {"domain": project["domain"]}

    def do_serviceInstanceUpdate(self, asked: Variables) -> Any:
        self._of(asked)["settings"] |= asked["input"]
        return True

    def do_serviceInstanceLimitsUpdate(self, asked: Variables) -> Any:
        self._of(asked["input"])["settings"] |= {"limits": asked["input"]}
        return True

    def do_variableCollectionUpsert(self, asked: Variables) -> Any:
        assert asked["input"]["replace"]
        assert asked["input"]["skipDeploys"]
        self._of(asked["input"])["variables"] = asked["input"]["variables"]
        return True

    def do_serviceInstanceDeployV2(self, asked: Variables) -> Any:
        project = self._of(asked)
        version = asked["commitSha"] or project["settings"]["source"]["image"]
        self.begun.append(version)
        return self._add(project, version)["id"]

    def do_deployments(self, asked: Variables) -> Any:
        return {"edges": [{"node": _deployment(d)} for d in self._of(asked["input"])["deployments"]]}

    def do_deployment(self, asked: Variables) -> Any:
        project, deployment = self._deployment(asked["id"])
        if deployment["status"] in WAY[:-1]:
            following = WAY[WAY.index(deployment["status"]) + 1]
            failed = following == "SUCCESS" and "bad0bad0" in deployment["version"]
            if following == "SUCCESS" and not failed:
                for older in project["deployments"]:
                    if older["status"] == "SUCCESS":
                        older["status"] = "REMOVED"
            deployment["status"] = "CRASHED" if failed else following
        return _deployment(deployment)

    def do_deploymentCancel(self, asked: Variables) -> Any:
        self._deployment(asked["id"])[1]["status"] = "REMOVED"
        return True

    def do_deploymentRemove(self, asked: Variables) -> Any:
        return self.do_deploymentCancel(asked)

    def do_deploymentRollback(self, asked: Variables) -> Any:
        project, deployment = self._deployment(asked["id"])
        self._add(project, deployment["version"])
        return True

    def do_deploymentRedeploy(self, asked: Variables) -> Any:
        project, deployment = self._deployment(asked["id"])
        return {"id": self._add(project, deployment["version"])["id"]}

    def do_deploymentRestart(self, asked: Variables) -> Any:
        return bool(self._deployment(asked["id"]))

    def do_buildLogs(self, asked: Variables) -> Any:
        return [{"timestamp": "2030-01-01T00:00:00Z", "message": "built"}]

    def do_deploymentLogs(self, asked: Variables) -> Any:
        project, _ = self._deployment(asked["id"])
        secret = project["variables"].get("API_KEY", "")
        return [{"timestamp": "2030-01-01T00:00:01Z", "message": f"listening with {secret}"}]

    def do_metrics(self, asked: Variables) -> Any:
        values = {"CPU_USAGE": [0.25, 0.5], "MEMORY_USAGE_GB": [0.3, 0.2]}
        return [
            {"measurement": name, "values": [{"ts": n, "value": v} for n, v in enumerate(series)]}
            for name, series in values.items()
        ]

    def do_requests(self, asked: Variables) -> Any:
        return [{"statusCode": s, "samples": [{"ts": 1, "value": float(v)}]} for s, v in ((200, 98), (503, 2))]

    def _named(self, name: str) -> dict[str, Any]:
        return next(project for project in self.projects.values() if project["name"] == name)

    def _of(self, asked: Variables) -> dict[str, Any]:
        """By its service."""
        for project in self.projects.values():
            if any(service["id"] == asked["serviceId"] for service in project["services"]):
                return project
        raise Nay(200, self.error(200, "Service not found"))

    def _deployment(self, did: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for project in self.projects.values():
            for deployment in project["deployments"]:
                if deployment["id"] == did:
                    return project, deployment
        raise Nay(200, self.error(200, "Deployment not found"))

    def _add(self, project: dict[str, Any], version: str) -> dict[str, Any]:
        for older in project["deployments"]:
            if older["status"] in WAY[:-1]:
                older["status"] = "REMOVED"
        deployment = {"id": self.new_id("d-"), "status": WAY[0], "createdAt": self.now(), "version": version}
        project["deployments"].insert(0, deployment)
        return deployment

    def _shown(self, project: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": project["id"], "name": project["name"], "createdAt": project["createdAt"],
            "environments": {"edges": [{"node": {"id": project["environment"]}}]},
            "services": {"edges": [{"node": service} for service in project["services"]]},
        }  # fmt: skip


def _deployment(row: dict[str, Any]) -> dict[str, Any]:
    meta = {"image": row["version"]} if "/" in row["version"] else {"commitHash": row["version"]}
    return {"id": row["id"], "status": row["status"], "createdAt": row["createdAt"], "meta": meta, "canRollback": True}


__all__ = ["FakeRailway"]
