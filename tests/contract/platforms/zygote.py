"""Does work at a provider in processes that can be killed: everything is loaded once, each command is a fork."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx

from memory.database import make_pool
from memory.records.serving import Release, Resources, Serving
from tests.contract.platforms.kinds import MANIFEST, make_platform
from tools.deploy.interface import DeployError
from tools.deploy.remote.platform import RemotePlatform


async def carried_out(platform: RemotePlatform, do: dict[str, Any]) -> dict[str, Any]:
    """One command: `op` and what it is about. Errors of deploying are results."""
    try:
        done = await _done(platform, do)
    except DeployError as error:
        return {"error": type(error).__name__, "text": str(error)}
    return {} if done is None else {"status": done.status.value, "url": done.url, "id": done.deployment_id}


async def _done(platform: RemotePlatform, do: dict[str, Any]) -> Serving | None:
    if do["op"] == "deploy":
        release = Release(
            do["id"], do["project"], "staging", do["commit"], Path(do["code"]), do["variables"],
            Resources(memory_mb=512, cpus=0.5, instances=do.get("instances", 1)), tree="t" + do["commit"],
        )  # fmt: skip
        return await platform.deploy(release, MANIFEST)
    if do["op"] == "rollback":
        return await platform.rollback(do["id"], "it did worse")
    if do["op"] == "scale":
        return await platform.scale(do["id"], Resources(memory_mb=512, cpus=0.5, instances=do["instances"]))
    if do["op"] == "forget":
        await platform.forget(do["project"])
        return None
    named = {"restart": platform.restart, "stop": platform.stop, "status": platform.status, "settle": platform.settle}
    return await named[do["op"]](do["id"])


async def _alone(do: dict[str, Any]) -> dict[str, Any]:
    pool = make_pool(do["database"], largest=4)
    await pool.open()
    async with httpx.AsyncClient(headers={"X-Pid": str(os.getpid())}, trust_env=False, verify=False) as http:
        platform = make_platform(do["kind"], do["base"], http, pool, Path(do["secrets"]))
        result = await carried_out(platform, do)
    await pool.close()
    return result


async def _warmed_up(do: dict[str, Any]) -> None:
    """What would be imported at the first request, and at the first query, is then there for all forks."""
    await _alone({**do, "op": "status", "id": "nothing"})
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        await http.get(f"{do['base']}/live/nothing")


def main() -> None:
    warm = False
    for line in sys.stdin:
        if not warm:
            asyncio.run(_warmed_up(json.loads(line)))
            warm = True
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(read)
            os.write(write, json.dumps(asyncio.run(_alone(json.loads(line)))).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        done = {"result": json.loads(said) if said else None, "signal": os.WTERMSIG(status)}
        print(json.dumps(done | {"exit": os.waitstatus_to_exitcode(status)}), flush=True)


if __name__ == "__main__":
    main()

__all__ = ["carried_out", "dataclasses"]
