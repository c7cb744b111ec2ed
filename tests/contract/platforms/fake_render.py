"""Render, as its published description has it: services, deploys that take their time, rollbacks as new deploys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.contract.platforms.fake_provider import App, Fake, Nay, Route
from tests.contract.platforms.schemas import Exchange

OWNER = "tea-000000000001"
WAY = ("created", "build_in_progress", "update_in_progress", "live")


@dataclass
class FakeRender(Fake):
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    ROUTES: ClassVar[tuple[Route, ...]] = (
        ("GET", r"/services", "list"),
        ("POST", r"/services", "create"),
        ("PATCH", r"/services/(?P<sid>[^/]+)", "change"),
        ("DELETE", r"/services/(?P<sid>[^/]+)", "delete"),
        ("PUT", r"/services/(?P<sid>[^/]+)/env-vars", "variables"),
        ("GET", r"/services/(?P<sid>[^/]+)/deploys", "deploys"),
        ("POST", r"/services/(?P<sid>[^/]+)/deploys", "deploy"),
        ("GET", r"/services/(?P<sid>[^/]+)/deploys/(?P<did>[^/]+)", "poll"),
        ("POST", r"/services/(?P<sid>[^/]+)/deploys/(?P<did>[^/]+)/cancel", "cancel"),
        ("POST", r"/services/(?P<sid>[^/]+)/rollback", "rollback"),
        ("POST", r"/services/(?P<sid>[^/]+)/scale", "scale"),
        ("POST", r"/services/(?P<sid>[^/]+)/(?P<what>restart|suspend|resume)", "switch"),
        ("GET", r"/logs", "logs"),
        ("GET", r"/metrics/(?P<what>.+)", "metrics"),
    )

    def error(self, status: int, text: str) -> Any:
        return {"id": f"err-{status}", "message": text}

    def apps(self) -> dict[str, App]:
        found = {}
        for row in self.services.values():
            live = next((d for d in row["deploys"] if d["status"] == "live"), None)
            if live is not None:
                found[row["name"]] = App(_version(live), row["suspended"] == "suspended")
        return found

    def names(self) -> list[str]:
        return [row["name"] for row in self.services.values()]

    def variables_of(self, name: str) -> dict[str, str]:
        row = next(row for row in self.services.values() if row["name"] == name)
        return {pair["key"]: pair["value"] for pair in row["env"]}

    def instances_of(self, name: str) -> int:
        return int(next(row for row in self.services.values() if row["name"] == name)["instances"])

    def started(self, version: str) -> list[str]:
        return [told for told in self.begun if version in told]

    def list(self, exchange: Exchange) -> Any:
        query = dict(exchange.query)
        rows = [r for r in self.services.values() if query["name"] in r["name"] and query["ownerId"] == OWNER]
        return [{"service": self._shown(row), "cursor": row["id"]} for row in rows]

    def create(self, exchange: Exchange) -> Any:
        asked = exchange.body
        row = {
            "id": self.new_id("srv-"), "name": asked["name"], "env": asked["envVars"], "repo": asked.get("repo"),
            "image": (asked.get("image") or {}).get("imagePath"), "branch": asked.get("branch"), "deploys": [],
            "suspended": "not_suspended", "created": self.now(), "details": asked["serviceDetails"],
            "instances": asked["serviceDetails"]["numInstances"],
        }  # fmt: skip
        self.services[row["id"]] = row
        # a repository's first deploy is of its branch's head, which is named like the branch here
        first = self._add(row, "new_commit", row["image"] or (row["branch"] or "").rpartition("/")[2])
        return 201, {"service": self._shown(row), "deployId": first["id"]}

    def change(self, exchange: Exchange, sid: str) -> Any:
        row = self._row(sid)
        row["details"] |= exchange.body.get("serviceDetails", {})
        row["branch"] = exchange.body.get("branch", row["branch"])
        row["image"] = (exchange.body.get("image") or {}).get("imagePath", row["image"])
        return self._shown(row)

    def delete(self, exchange: Exchange, sid: str) -> Any:
        del self.services[self._row(sid)["id"]]
        return 204, None

    def variables(self, exchange: Exchange, sid: str) -> Any:
        self._row(sid)["env"] = exchange.body
        return [{"envVar": pair, "cursor": pair["key"]} for pair in exchange.body]

    def deploys(self, exchange: Exchange, sid: str) -> Any:
        return [{"deploy": _shown(deploy), "cursor": deploy["id"]} for deploy in self._row(sid)["deploys"]]

    def deploy(self, exchange: Exchange, sid: str) -> Any:
        row = self._row(sid)
        asked = exchange.body
        return 201, _shown(self._add(row, "api", asked.get("imageUrl") or asked["commitId"]))

    def poll(self, exchange: Exchange, sid: str, did: str) -> Any:
        row = self._row(sid)
        deploy = next((d for d in row["deploys"] if d["id"] == did), None)
        if deploy is None:
            raise Nay(404, self.error(404, f"deploy {did} not found"))
        if deploy["status"] in WAY[:-1]:
            self._advance(row, deploy)
        return _shown(deploy)

    def cancel(self, exchange: Exchange, sid: str, did: str) -> Any:
        deploy = next(d for d in self._row(sid)["deploys"] if d["id"] == did)
        if deploy["status"] not in WAY[:-1]:
            raise Nay(409, self.error(409, "it has ended"))
        deploy["status"] = "canceled"
        return _shown(deploy)

    def rollback(self, exchange: Exchange, sid: str) -> Any:
        row = self._row(sid)
        old = next(d for d in row["deploys"] if d["id"] == exchange.body["deployId"])
        return 201, _shown(self._add(row, "rollback", _version(old)))

    def scale(self, exchange: Exchange, sid: str) -> Any:
        self._row(sid)["instances"] = exchange.body["numInstances"]
        return 202, None

    def switch(self, exchange: Exchange, sid: str, what: str) -> Any:
        row = self._row(sid)
        if what != "restart":
            row["suspended"] = "suspended" if what == "suspend" else "not_suspended"
        return (200 if what == "restart" else 202), None

    def logs(self, exchange: Exchange) -> Any:
        row = self._row(dict(exchange.query)["resource"])
        told = [f"==> {deploy['status']} {_version(deploy)}" for deploy in reversed(row["deploys"])]
        secret = next((pair["value"] for pair in row["env"] if pair["key"] == "API_KEY"), "")
        lines = [*told, f"listening with {secret}"]
        logs = [
            {"id": str(n), "message": text, "timestamp": f"2030-01-01T00:00:{n:02d}Z", "labels": []}
            for n, text in enumerate(lines)
        ]
        ends = {"nextStartTime": "2030-01-01T00:00:00Z", "nextEndTime": "2030-01-01T00:00:00Z"}
        return {"hasMore": False, **ends, "logs": logs[::-1]}

    def metrics(self, exchange: Exchange, what: str) -> Any:
        row = self._row(dict(exchange.query)["resource"])
        values = {"memory": [3e8, 2e8], "cpu": [0.25, 0.5], "instance-count": [row["instances"]] * 2}
        if what == "http-requests":
            return [_series("statusCode", code, counts) for code, counts in (("200", [90, 8]), ("500", [1, 1]))]
        return [_series("resource", row["id"], values[what])]

    def _row(self, sid: str) -> dict[str, Any]:
        if sid not in self.services:
            raise Nay(404, self.error(404, f"service {sid} not found"))
        return self.services[sid]

    def _add(self, row: dict[str, Any], trigger: str, version: str) -> dict[str, Any]:
        for older in row["deploys"]:
            if older["status"] in WAY[:-1]:
                older["status"] = "canceled"
        deploy = {"id": self.new_id("dep-"), "status": "created", "trigger": trigger, "createdAt": self.now()}
        deploy |= {"image": {"ref": version}} if "/" in version else {"commit": {"id": version, "message": "m"}}
        row["deploys"].insert(0, deploy)
        if trigger != "rollback":
            self.begun.append(version)
        return deploy

    def _advance(self, row: dict[str, Any], deploy: dict[str, Any]) -> None:
        following = WAY[WAY.index(deploy["status"]) + 1]
        if following == "live" and "bad0bad0" in _version(deploy):
            deploy["status"] = "update_failed"
            return
        if following == "live":
            for older in row["deploys"]:
                if older["status"] == "live":
                    older["status"] = "deactivated"
        deploy["status"] = following

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        details = {
            "env": row["details"]["runtime"], "runtime": row["details"]["runtime"], "plan": row["details"]["plan"],
            "region": "oregon", "numInstances": row["instances"], "buildPlan": "starter", "openPorts": None,
            "healthCheckPath": row["details"]["healthCheckPath"], "url": f"{self.base}/live/{row['name']}",
            "envSpecificDetails": {"dockerCommand": "", "dockerContext": ".", "dockerfilePath": "./Dockerfile"},
        }  # fmt: skip
        shown = {
            "id": row["id"], "name": row["name"], "ownerId": OWNER, "type": "web_service", "autoDeploy": "no",
            "createdAt": row["created"], "updatedAt": row["created"], "dashboardUrl": "https://dashboard.example/x",
            "suspended": row["suspended"], "suspenders": [], "notifyOnFail": "default", "slug": row["name"],
            "rootDir": "", "serviceDetails": details,
        }  # fmt: skip
        return shown | ({"repo": row["repo"], "branch": row["branch"]} if row["repo"] else {"imagePath": row["image"]})


def _version(deploy: dict[str, Any]) -> str:
    return str(deploy["image"]["ref"] if "image" in deploy else deploy["commit"]["id"])


def _shown(deploy: dict[str, Any]) -> dict[str, Any]:
    return dict(deploy)


def _series(field: str, value: str, values: list[float]) -> dict[str, Any]:
    points = [{"timestamp": f"2030-01-01T00:0{n}:00Z", "value": v, "unit": "x"} for n, v in enumerate(values)]
    return {"labels": [{"field": field, "value": value}], "values": points, "unit": "x"}


__all__ = ["OWNER", "FakeRender"]
