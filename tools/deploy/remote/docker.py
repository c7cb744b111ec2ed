"""A Docker engine on this machine: an image of the release's own Dockerfile, a container proven beside the old one.

A slot is a network that bears its port. A port belongs to one container, so the switch has a short gap: the old one
stops, then the new one starts with the port, from the image that was healthy a moment ago.
"""

from __future__ import annotations

import asyncio
import io
import json
import socket
import tarfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from memory.records.serving import Resources
from memory.untrusted_files import UntrustedFileError, read_untrusted, regular_files
from tools.deploy.interface import NothingBefore, ReleaseRejected
from tools.deploy.remote.calls import Calls, Clash, Refused
from tools.deploy.remote.interface import (
    PORT,
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

SLOT, KEY, ROLE, PORT_LABEL = (f"softwright.{word}" for word in ("slot", "deployment", "role", "port"))
CANDIDATE, LIVE = "candidate", "live"
PORTS = range(8300, 8700)
BUILD_S = 1800.0
LARGEST_FILE = 100 << 20
FRAME = 8
"""Bytes before each piece of a log: which stream, three zeros, the length."""
GONE = (304, 404)
Container = dict[str, Any]


class Docker(Provider):
    name = "docker"
    needs = (Needs.FILES,)
    turning_is_new = False
    keeps_files = True

    def __init__(self, calls: Calls, *, address: str = "http://127.0.0.1:{port}", ports: range = PORTS) -> None:
        self._calls = calls
        self._address = address
        self._ports = ports

    async def find(self, name: str) -> list[Service]:
        rows = await self._calls.json("GET", "/networks", params=_filters(f"{SLOT}={name}"))
        return [self._service(row) for row in sorted(rows, key=lambda row: str(row["Created"]))]

    async def create(self, blueprint: Blueprint) -> Service:
        taken = {row["Labels"].get(PORT_LABEL) for row in await self._calls.json("GET", "/networks")}
        port = await asyncio.to_thread(_free_port, self._ports, taken)
        labels = {SLOT: blueprint.name, PORT_LABEL: str(port)}
        body = {"Name": blueprint.name, "CheckDuplicate": True, "Labels": labels}
        await self._calls.ask("POST", "/networks/create", json=body)
        return (await self.find(blueprint.name))[0]

    async def configure(self, service: Service, blueprint: Blueprint) -> Service:
        """All is set as a container is made."""
        self._calls.hide(blueprint.variables)
        if blueprint.resources.instances != 1:
            raise ReleaseRejected("one container has its port", place="docker", remedy="Ask for one instance")
        return service

    async def deploys(self, service: Service) -> list[Deploy]:
        rows = sorted(await self._containers(service), key=lambda row: -int(row["Created"]))
        return [Deploy(key, "", key) for key in dict.fromkeys(row["Labels"][KEY] for row in rows)]

    async def start(self, service: Service, blueprint: Blueprint) -> Deploy:
        image = f"{service.name}:{blueprint.artefact.commit[:20]}"
        await self._built(image, await asyncio.to_thread(_context, blueprint.artefact.code))
        body = _container(service, blueprint, image, CANDIDATE)
        made = await self._made(f"{service.name}-{blueprint.key}-{CANDIDATE}", body)
        await self._order(made, "start")
        return Deploy(blueprint.key, "", blueprint.key)

    async def progress(self, service: Service, deploy: str) -> Progress:
        rows = await self._containers(service)
        by_role = {row["Labels"][ROLE]: row for row in rows if row["Labels"][KEY] == deploy}
        live, candidate = by_role.get(LIVE), by_role.get(CANDIDATE)
        chosen = candidate if candidate is not None and (live is None or live["State"] == "created") else live
        if chosen is None:
            return Progress(Stage.REPLACED, "gone", service.url)
        if chosen is live and candidate is not None:
            await self._remove(candidate["Id"])
        if chosen["State"] == "created":
            await self._order(chosen["Id"], "start")
        state = (await self._calls.json("GET", f"/containers/{chosen['Id']}/json"))["State"]
        health = (state.get("Health") or {}).get("Status", "healthy")
        told = f"{state['Status']}, {health}"
        if state["Status"] not in ("running", "created") or health == "unhealthy":
            return Progress(Stage.FAILED, told, service.url)
        if health != "healthy" or state["Status"] == "created":
            return Progress(Stage.WORKING, told, service.url)
        return Progress(Stage.LIVE if chosen["Labels"][ROLE] == LIVE else Stage.READY, told, service.url)

    async def take_over(self, service: Service, deploy: str) -> None:
        rows = await self._containers(service)
        (candidate,) = [row for row in rows if row["Labels"][KEY] == deploy and row["Labels"][ROLE] == CANDIDATE]
        others = [row for row in rows if row["Labels"][KEY] != deploy]
        served = {row["Labels"][KEY] for row in others if row["State"] == "running"}
        made = await self._calls.json("GET", f"/containers/{candidate['Id']}/json")
        body = _with_port(made, service)
        final = await self._made(f"{service.name}-{deploy}-{LIVE}", body)
        for row in others:
            if row["State"] == "running":
                await self._order(row["Id"], "stop", t=10)
        await self._order(final, "start")
        await self._remove(candidate["Id"])
        for row in others:
            if served and row["Labels"][KEY] not in served:
                await self._remove(row["Id"])

    async def cancel(self, service: Service, deploy: str) -> None:
        await self.discard(service, deploy)

    async def discard(self, service: Service, deploy: str) -> None:
        for row in await self._containers(service):
            if row["Labels"][KEY] == deploy:
                await self._remove(row["Id"])

    async def turn_back(self, service: Service, to: str) -> str:
        live = [row for row in await self._containers(service) if row["Labels"][ROLE] == LIVE]
        wanted = [row for row in live if row["Labels"][KEY] == to]
        if not wanted:
            raise NothingBefore(
                "its container has gone", place=f"docker, {service.name}", remedy="Deploy that commit instead"
            )
        for row in live:
            if row["Labels"][KEY] != to and row["State"] == "running":
                await self._order(row["Id"], "stop", t=10)
        await self._order(wanted[0]["Id"], "start")
        return to

    async def restart(self, service: Service, deploy: str) -> None:
        await self._order(await self._live(service, deploy), "restart", t=10)

    async def scale(self, service: Service, deploy: str, resources: Resources) -> str:
        if resources.instances != 1:
            raise NotOffered("one container has its port", place="docker", remedy="Give it more processors and memory")
        body = _limits(resources)
        path = f"/containers/{await self._live(service, deploy)}/update"
        await self._calls.ask("POST", path, json=body, repeatable=True)
        return deploy

    async def measure(self, service: Service, deploy: str, since: datetime) -> Measured:
        path = f"/containers/{await self._live(service, deploy)}/stats"
        stats = await self._calls.json("GET", path, params={"stream": "false"})
        seconds = float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9
        return Measured(1, int(stats["memory_stats"].get("usage", 0)), seconds)

    async def lines(self, service: Service, deploy: str, limit: int) -> list[Line]:
        found: list[Line] = []
        for row in await self._containers(service):
            if row["Labels"][KEY] == deploy:
                params = {"stdout": "true", "stderr": "true", "timestamps": "true", "tail": limit}
                answer = await self._calls.ask("GET", f"/containers/{row['Id']}/logs", params=params)
                found += _log_lines(answer.content)
        return sorted(found, key=lambda line: line.at)[-limit:]

    async def stop(self, service: Service, deploy: str) -> None:
        for row in await self._containers(service):
            if row["State"] == "running":
                await self._order(row["Id"], "stop", t=10)

    async def delete(self, service: Service) -> None:
        for row in await self._containers(service):
            await self._remove(row["Id"])
        asked = {"filters": json.dumps({"reference": [service.name]})}
        for row in await self._calls.json("GET", "/images/json", params=asked):
            await self._calls.ask("DELETE", f"/images/{row['Id']}", params={"force": "true"}, accept=(404,))
        await self._calls.ask("DELETE", f"/volumes/{service.name}", accept=(404,))
        await self._calls.ask("DELETE", f"/networks/{service.id}", accept=(404,))

    async def _built(self, image: str, context: bytes) -> None:
        headers = {"content-type": "application/x-tar"}
        params = {"t": image, "rm": "true", "forcerm": "true"}
        answer = await self._calls.ask(
            "POST", "/build", params=params, content=context, headers=headers, repeatable=True, timeout_s=BUILD_S
        )
        told = [json.loads(line) for line in answer.text.splitlines() if line.strip()]
        failed = next((row["error"] for row in told if "error" in row), None)
        if failed is not None:
            raise ReleaseRejected(
                f"its image does not build: {failed}", place=f"docker, {image}", remedy="Correct its Dockerfile"
            )

    async def _made(self, name: str, body: dict[str, Any]) -> str:
        """The id of the container of that name."""
        try:
            params = {"name": name}  # which only one container can have, so it may be asked for again
            made = await self._calls.json("POST", "/containers/create", params=params, json=body, repeatable=True)
        except Clash:
            made = await self._calls.json("GET", f"/containers/{name}/json")
        return str(made["Id"])

    async def _containers(self, service: Service) -> list[Container]:
        params = {"all": "true"} | _filters(f"{SLOT}={service.name}")
        found: list[Container] = await self._calls.json("GET", "/containers/json", params=params)
        return found

    async def _live(self, service: Service, deploy: str) -> str:
        for row in await self._containers(service):
            if row["Labels"][KEY] == deploy and row["Labels"][ROLE] == LIVE:
                return str(row["Id"])
        raise Refused("its container has gone", place=f"docker, {service.name}", remedy="Deploy it again")

    async def _order(self, container: str, what: str, **params: int) -> None:
        path = f"/containers/{container}/{what}"
        await self._calls.ask("POST", path, params=params, repeatable=True, accept=(304,))

    async def _remove(self, container: str) -> None:
        await self._calls.ask("DELETE", f"/containers/{container}", params={"force": "true"}, accept=GONE)

    def _service(self, row: dict[str, Any]) -> Service:
        port = int(row["Labels"][PORT_LABEL])
        url = self._address.format(port=port, name=row["Name"])
        return Service(row["Id"], row["Name"], url, {"port": port})


def _container(service: Service, blueprint: Blueprint, image: str, role: str) -> dict[str, Any]:
    return {
        "Image": image,
        "Env": [f"{name}={value}" for name, value in sorted(blueprint.variables.items())],
        "Labels": {SLOT: service.name, KEY: blueprint.key, ROLE: role},
        "ExposedPorts": {f"{PORT}/tcp": {}},
        "HostConfig": {
            "NetworkMode": service.name,
            "PortBindings": {},
            "Mounts": [{"Type": "volume", "Source": service.name, "Target": "/data"}],
            "RestartPolicy": {"Name": "no"},
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "PidsLimit": blueprint.resources.processes,
            "Init": True,
            **_limits(blueprint.resources),
        },
    }


def _with_port(made: dict[str, Any], service: Service) -> dict[str, Any]:
    """The candidate again, with the slot's port, and started again where it ends."""
    config, host = made["Config"], made["HostConfig"]
    binding = {f"{PORT}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(service.parts["port"])}]}
    kept = ("NetworkMode", "Mounts", "CapDrop", "SecurityOpt", "PidsLimit", "Init", "Memory", "MemorySwap", "NanoCpus")
    return {
        "Image": config["Image"],
        "Env": config["Env"],
        "Labels": {**config["Labels"], ROLE: LIVE},
        "ExposedPorts": {f"{PORT}/tcp": {}},
        "HostConfig": {
            **{name: host[name] for name in kept if name in host},
            "PortBindings": binding,
            "RestartPolicy": {"Name": "unless-stopped"},
        },
    }


def _limits(resources: Resources) -> dict[str, int]:
    memory = resources.memory_mb << 20
    return {"Memory": memory, "MemorySwap": memory, "NanoCpus": round(resources.cpus * 1e9)}


def _filters(label: str) -> dict[str, str]:
    return {"filters": json.dumps({"label": [label]})}


def _free_port(ports: Sequence[int], taken: set[str | None]) -> int:
    """Raises ReleaseRejected."""
    for port in ports:
        if str(port) in taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ReleaseRejected("all ports are taken", place="docker", remedy=f"Free one of {ports[0]} to {ports[-1]}")


def _context(code: Path) -> bytes:
    """A tar of the files, links left out. Blocking."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in regular_files(code, ".", ""):
            try:
                data = read_untrusted(code, path, LARGEST_FILE)
            except UntrustedFileError as error:
                raise ReleaseRejected(str(error), place="docker", remedy="Keep it out of the code") from error
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), 0o755 if (code / path).stat().st_mode & 0o100 else 0o644
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _log_lines(data: bytes) -> list[Line]:
    text = b""
    while len(data) >= FRAME:
        length = int.from_bytes(data[4:FRAME], "big")
        text, data = text + data[FRAME : FRAME + length], data[FRAME + length :]
    pairs = [line.partition(" ") for line in text.decode(errors="replace").splitlines()]
    return [Line(at, said) for at, _, said in pairs]


__all__ = ["Docker"]
