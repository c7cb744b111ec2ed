"""The same of a server in JavaScript or TypeScript: started by its own script, and asked what its sources offer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from memory.records.behaviour import Recording
from memory.records.execution import NODE_ADDRESS_BYTES, Command, Limits
from memory.records.imported import Stack
from tools.profiler.command import LIMITS, REPORTS

PORT = 3999
MOST_ROUTES = 60
ROUTE = re.compile(r"^GET (/\S*) \(.*\)$")
PARAMETER = re.compile(r":(\w+)(?:\([^)]*\))?\??")
ANSWER_BYTES = 20_000
SCRIPT_LIMITS: Limits = replace(LIMITS, address_bytes=NODE_ADDRESS_BYTES)


@dataclass(frozen=True)
class Server:
    start: str
    """A shell's words."""
    build: str = ""
    routes: tuple[str, ...] = ()
    """Paths that GET may be asked of, `/items/:id`."""


def server_of(stack: Stack) -> Server | None:
    """None where nothing says how it is started, or no route was found in its sources."""
    start = stack.scripts.get("start") or next((f"node {path}" for path in stack.entry_points if "(" not in path), "")
    found = [match[1] for route in stack.routes if (match := ROUTE.match(route)) and "*" not in match[1]]
    routes = tuple(dict.fromkeys(found))[:MOST_ROUTES]
    return Server(start, stack.scripts.get("build", ""), routes) if start and routes else None


def command_of(server: Server, before: Recording | None) -> Command:
    order = {
        "start": server.start,
        "build": server.build,
        "port": PORT,
        "script": steps_of(server.routes) if before is None else [s.model_dump(mode="json") for s in before.steps],
        "twice": before is None,
        "report": f"{REPORTS}/recording.json",
        "log": f"{REPORTS}/server.log",
        "start_ms": 20_000,
        "request_ms": 5_000,
        "answer_bytes": ANSWER_BYTES,
    }
    driver = files("tools.profiler").joinpath("script_recorder.cjs").read_text()
    line = f'mkdir -p {REPORTS} && exec node -e "$1"'
    return Command(("sh", "-c", line, "recorder", driver), {"NODE_ENV": "development"}, json.dumps(order).encode())


def steps_of(routes: Sequence[str]) -> list[Mapping[str, Any]]:
    """Each once, with 1 for a parameter: no schema says what else there could be."""
    return [
        {
            "method": "GET",
            "template": PARAMETER.sub(r"{\1}", route),
            "path": PARAMETER.sub("1", route),
            "status": 0,
        }
        for route in routes
    ]


__all__ = ["SCRIPT_LIMITS", "Server", "command_of", "server_of", "steps_of"]
