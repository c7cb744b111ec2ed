"""Vercel: projects, files by their digest, deployments, and the address that is moved from one to another.

Its answers have only what we read of them: the published ones need some hundred fields more.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.contract.platforms.fake_provider import App, Fake, Nay, Route
from tests.contract.platforms.schemas import Exchange

WAY = ("QUEUED", "INITIALIZING", "BUILDING", "READY")
PROJECT = r"/projects/(?P<pid>[^/]+)"


@dataclass
class FakeVercel(Fake):
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    begun: list[str] = field(default_factory=list)
    ROUTES: ClassVar[tuple[Route, ...]] = (
        ("GET", r"/v9" + PROJECT, "project"),
        ("POST", r"/v11/projects", "create"),
        ("DELETE", r"/v9" + PROJECT, "delete"),
        ("GET", r"/v10" + PROJECT + r"/env", "variables"),
        ("POST", r"/v10" + PROJECT + r"/env", "set_variables"),
        ("DELETE", r"/v9" + PROJECT + r"/env/(?P<eid>[^/]+)", "unset_variable"),
        ("POST", r"/v2/files", "upload"),
        ("GET", r"/v6/deployments", "deployments"),
        ("POST", r"/v13/deployments", "deploy"),
        ("GET", r"/v13/deployments/(?P<did>[^/]+)", "poll"),
        ("PATCH", r"/v12/deployments/(?P<did>[^/]+)/cancel", "cancel"),
        ("POST", r"/v1" + PROJECT + r"/rollback/(?P<did>[^/]+)", "rollback"),
        ("POST", r"/v10" + PROJECT + r"/promote/(?P<did>[^/]+)", "promote"),
        ("POST", r"/v1" + PROJECT + r"/(?P<what>pause|unpause)", "pause"),
        ("GET", r"/v3/deployments/(?P<did>[^/]+)/events", "events"),
        ("GET", r"/v1" + PROJECT + r"/deployments/(?P<did>[^/]+)/runtime-logs", "runtime"),
    )
    NEWER: ClassVar[tuple[str, ...]] = (r"POST .*/rollback/.*",)
    WHOLE: ClassVar[bool] = False

    def error(self, status: int, text: str) -> Any:
        return {"error": {"code": str(status), "message": text}}

    def apps(self) -> dict[str, App]:
        found = {}
        for project in self.projects.values():
            live = next((d for d in project["deployments"] if d["id"] == project["production"]), None)
            if live is not None:
                found[project["name"]] = App(live["meta"]["softwrightCommit"], project["paused"])
        return found

    def names(self) -> list[str]:
        return [project["name"] for project in self.projects.values()]

    def variables_of(self, name: str) -> dict[str, str]:
        project = next(p for p in self.projects.values() if p["name"] == name)
        return {row["key"]: row["value"] for row in project["env"].values()}

    def started(self, version: str) -> list[str]:
        return [commit for commit in self.begun if version in commit]

    def project(self, exchange: Exchange, pid: str) -> Any:
        return self._shown(self._project(pid))

    def create(self, exchange: Exchange) -> Any:
        name = exchange.body["name"]
        if name in self.names():
            raise Nay(409, self.error(409, f"Project {name} already exists"))
        project = {
            "id": self.new_id("prj_"), "name": name, "env": {}, "deployments": [], "production": None,
            "paused": False, "held": False,
        }  # fmt: skip
        self.projects[project["id"]] = project
        return self._shown(project)

    def delete(self, exchange: Exchange, pid: str) -> Any:
        del self.projects[self._project(pid)["id"]]
        return 204, None

    def variables(self, exchange: Exchange, pid: str) -> Any:
        return {"envs": [{"id": eid, **row} for eid, row in self._project(pid)["env"].items()]}

    def set_variables(self, exchange: Exchange, pid: str) -> Any:
        kept = self._project(pid)["env"]
        assert dict(exchange.query)["upsert"] == "true"
        for row in exchange.body:
            eid = next((eid for eid, old in kept.items() if old["key"] == row["key"]), None) or self.new_id("env_")
            kept[eid] = row
        return 201, {"created": exchange.body, "failed": []}

    def unset_variable(self, exchange: Exchange, pid: str, eid: str) -> Any:
        del self._project(pid)["env"][eid]
        return {}

    def upload(self, exchange: Exchange) -> Any:
        self.files.add(hashlib.sha1(exchange.raw, usedforsecurity=False).hexdigest())
        return {"urls": []}

    def deployments(self, exchange: Exchange) -> Any:
        rows = self._project(dict(exchange.query)["projectId"])["deployments"]
        return {"deployments": [row | {"uid": row["id"]} for row in rows], "pagination": {"count": len(rows)}}

    def deploy(self, exchange: Exchange) -> Any:
        asked = exchange.body
        missing = [file["file"] for file in asked["files"] if file["sha"] not in self.files]
        names = {file["file"] for file in asked["files"]}
        if missing or not {"requirements.txt", "app/main.py"} <= names:
            raise Nay(400, self.error(400, f"missing_files {missing}"))
        project = self._project(asked["project"])
        row = {"id": self.new_id("dpl_"), "readyState": WAY[0], "meta": asked["meta"], "project": project["id"]}
        project["deployments"].insert(0, row)
        self.begun.append(asked["meta"]["softwrightCommit"])
        return row

    def poll(self, exchange: Exchange, did: str) -> Any:
        row = self._deployment(did)
        if row["readyState"] in WAY[:-1]:
            following = WAY[WAY.index(row["readyState"]) + 1]
            row["readyState"] = (
                "ERROR" if following == "READY" and "bad0bad0" in row["meta"]["softwrightCommit"] else following
            )
            project = self.projects[row["project"]]
            if row["readyState"] == "READY" and not project["held"]:
                project["production"] = did
        return row

    def cancel(self, exchange: Exchange, did: str) -> Any:
        self._deployment(did)["readyState"] = "CANCELED"
        return self._deployment(did)

    def rollback(self, exchange: Exchange, pid: str, did: str) -> Any:
        self._project(pid).update(production=self._deployment(did)["id"], held=True)
        return 201, None

    def promote(self, exchange: Exchange, pid: str, did: str) -> Any:
        self._project(pid).update(production=self._deployment(did)["id"], held=False)
        return 202, None

    def pause(self, exchange: Exchange, pid: str, what: str) -> Any:
        self._project(pid)["paused"] = what == "pause"
        return None

    def events(self, exchange: Exchange, did: str) -> Any:
        secret = self._secret(did)
        return [{"type": "stdout", "created": 1, "payload": {"text": f"listening with {secret}"}}]

    def runtime(self, exchange: Exchange, pid: str, did: str) -> Any:
        codes = [200] * 98 + [500] * 2
        rows = [{"timestampInMs": 0, "message": "GET /", "responseStatusCode": code} for code in codes]
        return 200, "\n".join(json.dumps(row) for row in rows)

    def _secret(self, did: str) -> str:
        rows = self.projects[self._deployment(did)["project"]]["env"].values()
        return str(next((row["value"] for row in rows if row["key"] == "API_KEY"), ""))

    def _project(self, pid: str) -> dict[str, Any]:
        for project in self.projects.values():
            if pid in (project["id"], project["name"]):
                return project
        raise Nay(404, self.error(404, "Project not found."))

    def _deployment(self, did: str) -> dict[str, Any]:
        for project in self.projects.values():
            for row in project["deployments"]:
                if row["id"] == did:
                    found: dict[str, Any] = row
                    return found
        raise Nay(404, self.error(404, "Deployment not found"))

    def _shown(self, project: dict[str, Any]) -> dict[str, Any]:
        targets = {"production": {"id": project["production"]}} if project["production"] else {}
        return {"id": project["id"], "name": project["name"], "paused": project["paused"], "targets": targets}


__all__ = ["FakeVercel"]
