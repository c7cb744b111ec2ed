"""Fly.io's Machines API: apps, machines with checks, cordons; and the host of logs and metrics beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.contract.platforms.fake_provider import App, Fake, Nay, Route
from tests.contract.platforms.schemas import Exchange

ORGANISATION = "acme"
MACHINE = r"/apps/(?P<app>[^/]+)/machines/(?P<mid>[^/]+)"


@dataclass
class FakeFlyIo(Fake):
    stands: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    ROUTES: ClassVar[tuple[Route, ...]] = (
        ("GET", r"/apps/(?P<app>[^/]+)", "app"),
        ("POST", r"/apps", "create"),
        ("DELETE", r"/apps/(?P<app>[^/]+)", "delete"),
        ("GET", r"/apps/(?P<app>[^/]+)/ip_assignments", "addresses"),
        ("POST", r"/apps/(?P<app>[^/]+)/ip_assignments", "assign"),
        ("GET", r"/apps/(?P<app>[^/]+)/secrets", "secrets"),
        ("POST", r"/apps/(?P<app>[^/]+)/secrets", "set_secrets"),
        ("GET", r"/apps/(?P<app>[^/]+)/machines", "machines"),
        ("POST", r"/apps/(?P<app>[^/]+)/machines", "add"),
        ("POST", MACHINE, "update"),
        ("DELETE", MACHINE, "destroy"),
        ("POST", MACHINE + r"/(?P<what>start|stop|restart|cordon|uncordon)", "order"),
        ("POST", MACHINE + r"/metadata/(?P<name>[^/]+)", "note"),
        ("GET", r"/api/v1/apps/(?P<app>[^/]+)/logs", "logs"),
        ("GET", rf"/prometheus/{ORGANISATION}/api/v1/query", "query"),
    )
    NEWER: ClassVar[tuple[str, ...]] = (
        r"\w+ /apps/[^/]+/(ip_assignments|secrets)",
        r"GET /(api|prometheus)/.*",
        r"POST .*/metadata/.*",
    )

    def error(self, status: int, text: str) -> Any:
        return {"error": text}

    def apps(self) -> dict[str, App]:
        found = {}
        for name, stand in self.stands.items():
            live = [m for m in stand["machines"].values() if m["state"] == "started" and not m["cordoned"]]
            versions = {machine["config"]["image"].rpartition(":")[2] for machine in live}
            assert len(versions) <= 2, "more versions have callers than a switch needs"
            if live:
                found[name] = App(sorted(versions)[-1] if len(versions) == 1 else "two at once")
        return found

    def names(self) -> list[str]:
        return list(self.stands)

    def variables_of(self, name: str) -> dict[str, str]:
        return dict(self.stands[name]["secrets"])

    def instances_of(self, name: str) -> int:
        return len([m for m in self.stands[name]["machines"].values() if m["state"] == "started"])

    def started(self, version: str) -> list[str]:
        return [image for image in self.begun if version in image]

    def app(self, exchange: Exchange, app: str) -> Any:
        self._stand(app)
        return {"id": app, "name": app, "status": "deployed", "organization": {"name": "A", "slug": ORGANISATION}}

    def create(self, exchange: Exchange) -> Any:
        name = exchange.body["app_name"]
        if name in self.stands:
            raise Nay(422, {"error": "Name has already been taken", "status": "name_taken"})
        self.stands[name] = {"machines": {}, "secrets": {}, "ips": []}
        return 201, {"id": name}

    def delete(self, exchange: Exchange, app: str) -> Any:
        self._stand(app)
        del self.stands[app]
        return 202, None

    def addresses(self, exchange: Exchange, app: str) -> Any:
        return {"ips": self._stand(app)["ips"]}

    def assign(self, exchange: Exchange, app: str) -> Any:
        self._stand(app)["ips"].append({"ip": "10.0.0.1", "shared": exchange.body["type"] == "shared_v4"})
        return self._stand(app)["ips"][-1]

    def secrets(self, exchange: Exchange, app: str) -> Any:
        return {"secrets": [{"name": name, "digest": "x"} for name in self._stand(app)["secrets"]]}

    def set_secrets(self, exchange: Exchange, app: str) -> Any:
        merged = self._stand(app)["secrets"] | exchange.body["values"]
        self._stand(app)["secrets"] = {name: value for name, value in merged.items() if value is not None}
        return {"version": 1}

    def machines(self, exchange: Exchange, app: str) -> Any:
        for machine in self._stand(app)["machines"].values():
            self._advance(machine)
        return [self._shown(machine) for machine in self._stand(app)["machines"].values()]

    def add(self, exchange: Exchange, app: str) -> Any:
        config = exchange.body["config"]
        machine = {
            "id": self.new_id("m"), "name": "m", "state": "created", "region": "iad", "created_at": self.now(),
            "config": config, "cordoned": exchange.body.get("skip_service_registration", False), "age": 0,
        }  # fmt: skip
        self._stand(app)["machines"][machine["id"]] = machine
        if config["metadata"]["softwright_index"] == "0":
            self.begun.append(config["image"])
        return self._shown(machine)

    def update(self, exchange: Exchange, app: str, mid: str) -> Any:
        machine = self._machine(app, mid)
        machine |= {"config": exchange.body["config"], "state": "created", "age": 0}
        return self._shown(machine)

    def destroy(self, exchange: Exchange, app: str, mid: str) -> Any:
        del self._stand(app)["machines"][self._machine(app, mid)["id"]]
        return {"ok": True}

    def order(self, exchange: Exchange, app: str, mid: str, what: str) -> Any:
        machine = self._machine(app, mid)
        if what in ("cordon", "uncordon"):
            machine["cordoned"] = what == "cordon"
        else:
            machine |= {"state": "stopped" if what == "stop" else "created", "age": 0}
        if what == "restart":
            machine["state"] = "started"
        return {"ok": True}

    def note(self, exchange: Exchange, app: str, mid: str, name: str) -> Any:
        self._machine(app, mid)["config"]["metadata"][name] = exchange.body["value"]
        return 204, None

    def logs(self, exchange: Exchange, app: str) -> Any:
        secret = self._stand(app)["secrets"].get("API_KEY", "")
        lines = ["Starting machine", f"listening with {secret}"]
        rows = [{"timestamp": f"2030-01-01T00:00:0{n}Z", "message": text} for n, text in enumerate(lines)]
        return {"data": [{"id": str(n), "attributes": row} for n, row in enumerate(rows)], "meta": {"next_token": ""}}

    def query(self, exchange: Exchange) -> Any:
        query = dict(exchange.query)["query"]
        value = 2e8 if "memory" in query else 2 if "5.." in query else 100 if "http" in query else 12.5
        return {"status": "success", "data": {"resultType": "vector", "result": [{"value": [0, str(value)]}]}}

    def _stand(self, app: str) -> dict[str, Any]:
        if app not in self.stands:
            raise Nay(404, self.error(404, f"app {app} not found"))
        return self.stands[app]

    def _machine(self, app: str, mid: str) -> dict[str, Any]:
        if mid not in self._stand(app)["machines"]:
            raise Nay(404, self.error(404, f"machine {mid} not found"))
        found: dict[str, Any] = self.stands[app]["machines"][mid]
        return found

    def _advance(self, machine: dict[str, Any]) -> None:
        machine["age"] += 1
        if machine["state"] == "created" and machine["age"] > 1:
            machine["state"] = "failed" if "bad0bad0" in machine["config"]["image"] else "started"

    def _shown(self, machine: dict[str, Any]) -> dict[str, Any]:
        passing = "passing" if machine["age"] > 2 else "critical"
        shown = {key: value for key, value in machine.items() if key not in ("age", "cordoned")}
        return shown | {"checks": [{"name": "servicecheck-00-http-8000", "status": passing, "output": ""}]}


__all__ = ["ORGANISATION", "FakeFlyIo"]
