"""Fly.io: an app of machines that run an image. Blue-green is ours: new machines beside the old ones, then the switch.

A version is a group of machines that bear its deployment's id. The one before it stays, stopped, as the way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from memory.records.serving import Resources
from tools.deploy.remote.calls import Calls, Clash, Unclear, Unreachable
from tools.deploy.remote.interface import (
    PORT,
    TRIES,
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

KEY, INDEX, COPIES, SERVES = (f"softwright_{word}" for word in ("deployment", "index", "copies", "serves"))
DEAD = frozenset({"failed", "launch_failed", "destroying", "destroyed", "replaced", "migrated"})
STOPPED = frozenset({"stopped", "stopping", "suspended"})
MB_STEP = 256
SHARED_CPUS = (1, 2, 4, 8)
LARGEST_SHARED_MB = 2048
"""Of each shared core."""
Machine = dict[str, Any]


class FlyIo(Provider):
    name = "flyio"
    needs = (Needs.IMAGE,)
    turning_is_new = False

    def __init__(
        self,
        machines: Calls,
        platform: Calls,
        organization: str,
        *,
        region: str = "",
        address: str = "https://{name}.fly.dev",
    ) -> None:
        """`machines`: the Machines API; `platform`: the host of logs and metrics."""
        self._calls = machines
        self._platform = platform
        self._organization = organization
        self._region = region
        self._address = address

    async def find(self, name: str) -> list[Service]:
        answer = await self._calls.ask("GET", f"/apps/{name}", accept=(404,))
        return [] if answer.status_code == 404 else [self._service(name)]

    async def create(self, blueprint: Blueprint) -> Service:
        body = {"app_name": blueprint.name, "org_slug": self._organization}
        await self._calls.ask("POST", "/apps", json=body)
        return self._service(blueprint.name)

    async def configure(self, service: Service, blueprint: Blueprint) -> Service:
        self._calls.hide(blueprint.variables)
        path = f"/apps/{service.id}"
        addresses = await self._calls.json("GET", f"{path}/ip_assignments")
        if not (addresses or {}).get("ips"):
            for kind in ("shared_v4", "v6"):
                await self._calls.ask("POST", f"{path}/ip_assignments", json={"type": kind}, repeatable=True)
        known = await self._calls.json("GET", f"{path}/secrets")
        gone = {row["name"] for row in (known or {}).get("secrets") or ()} - blueprint.variables.keys()
        values = {**dict.fromkeys(sorted(gone)), **dict(sorted(blueprint.variables.items()))}
        await self._calls.ask("POST", f"{path}/secrets", json={"values": values}, repeatable=True)
        return service

    async def deploys(self, service: Service) -> list[Deploy]:
        groups = _groups(await self._machines(service))
        whole = {key: group for key, group in groups.items() if len(_indexes(group)) >= _copies(group)}
        ordered = sorted(whole, key=lambda key: str(whole[key][0]["created_at"]), reverse=True)
        return [Deploy(key, whole[key][0]["config"]["image"], key) for key in ordered]

    async def start(self, service: Service, blueprint: Blueprint) -> Deploy:
        await self._fill(service, blueprint.key, blueprint.resources.instances, _config(blueprint))
        return Deploy(blueprint.key, blueprint.artefact.version, blueprint.key)

    async def progress(self, service: Service, deploy: str) -> Progress:
        machines = await self._machines(service)
        group = _groups(machines).get(deploy, [])
        for surplus in _surplus(group):
            await self._destroy(service, surplus)
        group = [machine for machine in group if machine not in _surplus(group)]
        states = ", ".join(sorted({machine["state"] for machine in group})) or "gone"
        if not group:
            return Progress(Stage.REPLACED, states, service.url)
        if any(machine["state"] in DEAD | STOPPED for machine in group):
            return Progress(Stage.FAILED, states, service.url)
        if not all(_healthy(machine) for machine in group):
            return Progress(Stage.WORKING, f"{states}, not all checks pass", service.url)
        others = [m for m in machines if m not in group and m["state"] not in STOPPED | DEAD]
        serves = all(_note(machine, SERVES) == "yes" for machine in group) and not others
        return Progress(Stage.LIVE if serves else Stage.READY, states, service.url)

    async def take_over(self, service: Service, deploy: str) -> None:
        """The new ones take callers before the old ones leave; the old ones leave before they are stopped."""
        machines = await self._machines(service)
        groups = _groups(machines)
        for machine in groups.get(deploy, []):
            await self._order(service, machine, "uncordon")
            await self._noted(service, machine, SERVES, "yes")
        leaving = [m for key, group in groups.items() if key != deploy for m in group]
        served = {_note(m, KEY) for m in leaving if _note(m, SERVES) == "yes"}
        running = [machine for machine in leaving if machine["state"] not in STOPPED | DEAD]
        for machine in running:
            await self._order(service, machine, "cordon")
        for machine in running:
            await self._order(service, machine, "stop", {"signal": "SIGTERM", "timeout": "30s"})
        for machine in leaving:
            if served and _note(machine, KEY) not in served:
                await self._destroy(service, machine)
        for machine in leaving:
            if _note(machine, KEY) in served:
                await self._noted(service, machine, SERVES, "before")

    async def cancel(self, service: Service, deploy: str) -> None:
        await self.discard(service, deploy)

    async def discard(self, service: Service, deploy: str) -> None:
        for machine in _groups(await self._machines(service)).get(deploy, []):
            await self._destroy(service, machine)

    async def turn_back(self, service: Service, to: str) -> str:
        """Its machines are started; the switch follows when they are healthy."""
        for machine in _groups(await self._machines(service)).get(to, []):
            if machine["state"] in STOPPED:
                await self._order(service, machine, "start")
        return to

    async def restart(self, service: Service, deploy: str) -> None:
        """One after the other."""
        for machine in _groups(await self._machines(service)).get(deploy, []):
            await self._order(service, machine, "restart")

    async def scale(self, service: Service, deploy: str, resources: Resources) -> str:
        """New machines are given callers when they are healthy, by `take_over`."""
        group = _groups(await self._machines(service)).get(deploy, [])
        if not group:
            return deploy
        config = {**group[0]["config"], "guest": guest_of(resources)}
        for machine in group:
            if int(_note(machine, INDEX)) >= resources.instances:
                await self._destroy(service, machine)
            elif machine["config"].get("guest") != config["guest"]:
                body = {"config": {**machine["config"], "guest": config["guest"]}}
                await self._calls.ask("POST", f"{self._path(service, machine)}", json=body, repeatable=True)
        await self._fill(service, deploy, resources.instances, config)
        for machine in _groups(await self._machines(service)).get(deploy, []):
            await self._noted(service, machine, COPIES, str(resources.instances))
        return deploy

    async def measure(self, service: Service, deploy: str, since: datetime) -> Measured:
        span = max(int((datetime.now(UTC) - since).total_seconds()), 60)
        app, over = f'app="{service.id}"', f"[{span}s]"
        answered = "fly_app_http_responses_count"
        queries = (
            f"sum(fly_instance_memory_mem_total{{{app}}} - fly_instance_memory_mem_available{{{app}}})",
            f'sum(increase(fly_instance_cpu{{{app},mode!="idle"}}{over})) / 100',
            f"sum(increase({answered}{{{app}}}{over}))",
            f'sum(increase({answered}{{{app},status=~"5.."}}{over}))',
        )
        memory, cpu, requests, errors = [await self._query(query) for query in queries]
        running = [m for m in _groups(await self._machines(service)).get(deploy, []) if m["state"] == "started"]
        return Measured(len(running), round(memory), cpu, round(requests), round(errors))

    async def lines(self, service: Service, deploy: str, limit: int) -> list[Line]:
        """Of the last day, by the way that Fly's own command line takes; it is not officially supported."""
        page = await self._platform.json("GET", f"/api/v1/apps/{service.id}/logs")
        rows = [row["attributes"] for row in (page or {}).get("data") or ()]
        return [Line(row["timestamp"], row["message"]) for row in rows][-limit:]

    async def stop(self, service: Service, deploy: str) -> None:
        for machine in await self._machines(service):
            if machine["state"] not in STOPPED | DEAD:
                await self._order(service, machine, "stop", {"signal": "SIGTERM", "timeout": "30s"})

    async def delete(self, service: Service) -> None:
        answer = await self._calls.ask("GET", f"/apps/{service.id}/machines", accept=(404,))
        for machine in [] if answer.status_code == 404 else answer.json():
            await self._destroy(service, machine)
        await self._calls.ask("DELETE", f"/apps/{service.id}", accept=(404,))

    async def _fill(self, service: Service, key: str, copies: int, config: Mapping[str, Any]) -> None:
        """Makes the machines of a group that are missing; one whose answer was lost is looked for first."""
        for _ in range(TRIES):
            made = _indexes(_groups(await self._machines(service)).get(key, []))
            missing = [index for index in range(copies) if index not in made]
            if not missing:
                return
            for index in missing:
                notes = {**config.get("metadata", {}), KEY: key, INDEX: str(index), COPIES: str(copies), SERVES: "no"}
                body: dict[str, Any] = {"config": {**config, "metadata": notes}, "skip_service_registration": True}
                try:
                    region = {"region": self._region} if self._region else {}
                    await self._calls.ask("POST", f"/apps/{service.id}/machines", json=body | region)
                except (Unclear, Clash):
                    break
            else:
                return
        raise Unreachable(
            "its machines cannot be made: answers were lost again and again",
            place=f"flyio, {service.name}",
            remedy="Deploy again: it goes on where it was",
        )

    async def _machines(self, service: Service) -> list[Machine]:
        rows: list[Machine] = await self._calls.json("GET", f"/apps/{service.id}/machines")
        return [row for row in rows if row["state"] not in ("destroyed", "destroying")]

    async def _order(self, service: Service, machine: Machine, what: str, body: Any = None) -> None:
        await self._calls.ask("POST", f"{self._path(service, machine)}/{what}", json=body, repeatable=True)

    async def _noted(self, service: Service, machine: Machine, name: str, value: str) -> None:
        if _note(machine, name) != value:
            path = f"{self._path(service, machine)}/metadata/{name}"
            await self._calls.ask("POST", path, json={"value": value}, repeatable=True)

    async def _destroy(self, service: Service, machine: Machine) -> None:
        await self._calls.ask("DELETE", self._path(service, machine), params={"force": "true"}, accept=(404,))

    async def _query(self, query: str) -> float:
        path = f"/prometheus/{self._organization}/api/v1/query"
        answer = await self._platform.json("GET", path, params={"query": query})
        result = answer["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0

    def _path(self, service: Service, machine: Machine) -> str:
        return f"/apps/{service.id}/machines/{machine['id']}"

    def _service(self, name: str) -> Service:
        return Service(name, name, self._address.format(name=name))


def guest_of(resources: Resources) -> dict[str, Any]:
    """The smallest machine that is large enough; shared cores where they do."""
    memory = -(-resources.memory_mb // MB_STEP) * MB_STEP
    for cpus in SHARED_CPUS:
        if resources.cpus <= cpus / 2 and memory <= cpus * LARGEST_SHARED_MB:
            return {"cpu_kind": "shared", "cpus": cpus, "memory_mb": max(memory, cpus * MB_STEP)}
    cpus = next((n for n in (1, 2, 4, 8, 16) if n >= resources.cpus and memory <= n * 8192), 16)
    return {"cpu_kind": "performance", "cpus": cpus, "memory_mb": max(memory, cpus * 2048)}


def _config(blueprint: Blueprint) -> dict[str, Any]:
    check = {
        "type": "http", "method": "get", "path": blueprint.health_path, "port": PORT,
        "interval": "10s", "timeout": "5s", "grace_period": "20s",
    }  # fmt: skip
    ports = [{"port": 80, "handlers": ["http"], "force_https": True}, {"port": 443, "handlers": ["tls", "http"]}]
    return {
        "image": blueprint.artefact.image,
        "guest": guest_of(blueprint.resources),
        "services": [{"protocol": "tcp", "internal_port": PORT, "ports": ports, "checks": [check]}],
        "restart": {"policy": "on-failure", "max_retries": 3},
        "stop_config": {"signal": "SIGTERM", "timeout": "30s"},
    }


def _groups(machines: list[Machine]) -> dict[str, list[Machine]]:
    found: dict[str, list[Machine]] = {}
    for machine in sorted(machines, key=lambda m: str(m["created_at"])):
        if key := _note(machine, KEY):
            found.setdefault(key, []).append(machine)
    return found


def _note(machine: Machine, name: str) -> str:
    return str((machine["config"].get("metadata") or {}).get(name, ""))


def _indexes(group: list[Machine]) -> set[int]:
    return {int(_note(machine, INDEX)) for machine in group}


def _copies(group: list[Machine]) -> int:
    return int(_note(group[0], COPIES))


def _surplus(group: list[Machine]) -> list[Machine]:
    """What a lost answer made twice."""
    first = {_note(machine, INDEX): machine["id"] for machine in reversed(group)}
    return [machine for machine in group if first[_note(machine, INDEX)] != machine["id"]]


def _healthy(machine: Machine) -> bool:
    checks = machine.get("checks") or []
    return machine["state"] == "started" and bool(checks) and all(check["status"] == "passing" for check in checks)


__all__ = ["FlyIo", "guest_of"]
