"""A Docker engine's HTTP API, as much as the platform uses: networks, images, containers with health, volumes."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.contract.platforms.fake_provider import App, Fake, Nay, Route
from tests.contract.platforms.schemas import Exchange

CONTAINER = r"/containers/(?P<cid>[^/]+)"


@dataclass
class FakeDocker(Fake):
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)
    begun: list[str] = field(default_factory=list)
    ROUTES: ClassVar[tuple[Route, ...]] = (
        ("GET", r"/networks", "list_networks"),
        ("POST", r"/networks/create", "create"),
        ("DELETE", r"/networks/(?P<nid>[^/]+)", "remove_network"),
        ("DELETE", r"/volumes/[^/]+", "remove_volume"),
        ("POST", r"/build", "build"),
        ("GET", r"/images/json", "list_images"),
        ("DELETE", r"/images/(?P<iid>.+)", "remove_image"),
        ("GET", r"/containers/json", "list_containers"),
        ("POST", r"/containers/create", "make"),
        ("GET", CONTAINER + r"/json", "inspect"),
        ("POST", CONTAINER + r"/(?P<what>start|stop|restart)", "order"),
        ("DELETE", CONTAINER, "remove"),
        ("GET", CONTAINER + r"/logs", "logs"),
        ("GET", CONTAINER + r"/stats", "stats"),
    )

    def error(self, status: int, text: str) -> Any:
        return {"message": text}

    def apps(self) -> dict[str, App]:
        found = {}
        for row in self.containers.values():
            if row["State"] == "running" and row["HostConfig"]["PortBindings"]:
                found[row["Labels"]["softwright.slot"]] = App(row["Image"].rpartition(":")[2])
        return found

    def names(self) -> list[str]:
        return [network["Name"] for network in self.networks.values()]

    def variables_of(self, name: str) -> dict[str, str]:
        rows = [r for r in self.containers.values() if r["State"] == "running" and r["HostConfig"]["PortBindings"]]
        (serving,) = [row for row in rows if row["Labels"]["softwright.slot"] == name]
        assert len([r for r in self.containers.values() if r["State"] == "running"]) == 1, "a candidate was left"
        return dict(pair.split("=", 1) for pair in serving["Env"])

    def started(self, version: str) -> list[str]:
        return [image for image in self.begun if image.rpartition(":")[2] == version[:20]]

    def list_networks(self, exchange: Exchange) -> Any:
        return [row for row in self.networks.values() if _wanted(exchange, row["Labels"])]

    def create(self, exchange: Exchange) -> Any:
        name = exchange.body["Name"]
        if name in self.names():
            raise Nay(409, self.error(409, f"network with name {name} already exists"))
        row = {"Id": self.new_id("net"), "Name": name, "Labels": exchange.body["Labels"], "Created": self.now()}
        self.networks[row["Id"]] = row
        return 201, {"Id": row["Id"]}

    def remove_network(self, exchange: Exchange, nid: str) -> Any:
        if self.networks.pop(nid, None) is None:
            raise Nay(404, self.error(404, "no such network"))
        assert not self.containers, "it has active endpoints"
        return 204, None

    def remove_volume(self, exchange: Exchange) -> Any:
        return 204, None

    def build(self, exchange: Exchange) -> Any:
        with tarfile.open(fileobj=io.BytesIO(exchange.raw)) as tar:
            assert "Dockerfile" in tar.getnames()
        self.images.add(dict(exchange.query)["t"])
        return 200, json.dumps({"stream": "Successfully built"})

    def list_images(self, exchange: Exchange) -> Any:
        (name,) = json.loads(dict(exchange.query)["filters"])["reference"]
        return [{"Id": image} for image in sorted(self.images) if image.partition(":")[0] == name]

    def remove_image(self, exchange: Exchange, iid: str) -> Any:
        if iid not in self.images:
            raise Nay(404, self.error(404, "no such image"))
        self.images.remove(iid)
        return []

    def list_containers(self, exchange: Exchange) -> Any:
        return [row for row in self.containers.values() if _wanted(exchange, row["Labels"])]

    def make(self, exchange: Exchange) -> Any:
        name, body = dict(exchange.query)["name"], exchange.body
        assert body["Image"] in self.images
        if any(row["Name"] == name for row in self.containers.values()):
            raise Nay(409, self.error(409, f"Conflict. The container name {name} is already in use"))
        self.number += 1
        row = {**body, "Id": self.new_id("c"), "Name": name, "State": "created", "Created": self.number, "age": 0}
        self.containers[row["Id"]] = row
        if not body["HostConfig"]["PortBindings"]:
            self.begun.append(body["Image"])
        return 201, {"Id": row["Id"]}

    def inspect(self, exchange: Exchange, cid: str) -> Any:
        row = self._row(cid)
        if row["State"] == "running":
            row["age"] += 1
        sick = "bad0bad0" in row["Image"] and row["age"] > 1
        health = "unhealthy" if sick else "healthy" if row["age"] > 1 else "starting"
        config = {key: row[key] for key in ("Image", "Env", "Labels")}
        state = {"Status": row["State"], "Health": {"Status": health}}
        return {"Id": row["Id"], "State": state, "Config": config, "HostConfig": row["HostConfig"]}

    def order(self, exchange: Exchange, cid: str, what: str) -> Any:
        row = self._row(cid)
        running = "exited" if what == "stop" else "running"
        if row["State"] == running and what != "restart":
            return 304, None
        if running == "running" and row["HostConfig"]["PortBindings"]:
            others = [o for o in self.containers.values() if o["State"] == "running" and o is not row]
            if any(other["HostConfig"]["PortBindings"] == row["HostConfig"]["PortBindings"] for other in others):
                raise Nay(500, self.error(500, "port is already allocated"))
        row.update(State=running, age=0)
        return 204, None

    def remove(self, exchange: Exchange, cid: str) -> Any:
        del self.containers[self._row(cid)["Id"]]
        return 204, None

    def logs(self, exchange: Exchange, cid: str) -> Any:
        secret = next((pair for pair in self._row(cid)["Env"] if pair.startswith("API_KEY=")), "").partition("=")[2]
        text = f"2030-01-01T00:00:00Z listening with {secret}\n".encode()
        return 200, b"\x01\x00\x00\x00" + len(text).to_bytes(4, "big") + text

    def stats(self, exchange: Exchange, cid: str) -> Any:
        return {"memory_stats": {"usage": 200_000_000}, "cpu_stats": {"cpu_usage": {"total_usage": 12_500_000_000}}}

    def _row(self, cid: str) -> dict[str, Any]:
        for row in self.containers.values():
            if cid in (row["Id"], row["Name"]):
                return row
        raise Nay(404, self.error(404, f"No such container: {cid}"))


def _wanted(exchange: Exchange, labels: dict[str, str]) -> bool:
    labels_asked = json.loads(dict(exchange.query).get("filters", "{}")).get("label", [])
    return all(labels.get(label.partition("=")[0]) == label.partition("=")[2] for label in labels_asked)


__all__ = ["FakeDocker"]
