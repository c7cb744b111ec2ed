"""Records what the application of a folder answers, and asks the same of another version, in the sandbox."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from memory.records.behaviour import Answered, Recording
from memory.records.execution import Command, Completed, Confinement, Ending, Environment, Executor, SandboxError
from memory.records.manifest import Manifest
from memory.untrusted_files import UntrustedFileError, read_untrusted, remove_tree
from tools.profiler.answers import leaves, passing
from tools.profiler.command import LIMITS, OUR_CODE, REPORTS, START, our_mounts, variables_of
from tools.profiler.finding_apps import find_target
from tools.profiler.interface import ProfilerError, Target
from tools.profiler.profiler import LEFT_OUT
from tools.profiler.script_recorder import SCRIPT_LIMITS, Server, command_of

REPORT_BYTES = 20 << 20
WORDS = 600
TOTAL_S = 20.0
"""For the requests of one run."""


class Recorder:
    def __init__(self, executor: Executor, *, scratch: Path | None = None) -> None:
        self._executor = executor
        self._scratch = scratch

    async def record(
        self, project: Path, manifest: Manifest, environment: Environment, before: Recording | None = None
    ) -> Recording:
        """`before`: what is to be asked again. What cannot be recorded is its `problem`. Raises ExecutionCancelled."""
        return await self._in_copy(project, lambda tree: self._recorded(tree, manifest, environment, before))

    async def record_script(
        self, project: Path, server: Server, environment: Environment | None, before: Recording | None = None
    ) -> Recording:
        """Of a server in JavaScript or TypeScript. `environment`: its packages, where it has some."""

        async def made(tree: Path) -> Recording:
            within = Confinement(workspace=tree, environment=environment, limits=SCRIPT_LIMITS)
            done = await self._executor.run(command_of(server, before), within)
            return await asyncio.to_thread(_read, tree, server.start, done)

        return await self._in_copy(project, made)

    async def _in_copy(self, project: Path, make: Callable[[Path], Awaitable[Recording]]) -> Recording:
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="record-", dir=self._scratch))
        try:
            tree = folder / "project"
            await asyncio.to_thread(shutil.copytree, project, tree, symlinks=True, ignore=LEFT_OUT)
            return await make(tree)
        except (ProfilerError, SandboxError, UntrustedFileError, OSError) as error:
            return Recording(problem=str(error)[:WORDS])
        finally:
            await asyncio.to_thread(remove_tree, folder)

    async def _recorded(
        self, tree: Path, manifest: Manifest, environment: Environment, before: Recording | None
    ) -> Recording:
        target = await asyncio.to_thread(find_target, tree, manifest, before.app if before is not None else "")
        target = replace(target, variables={**variables_of(manifest), **target.variables})
        script = None if before is None else [step.model_dump(mode="json") for step in before.steps]
        within = Confinement(workspace=tree, environment=environment, mounts=our_mounts(), limits=LIMITS)
        done = await self._executor.run(_command(target, environment, script), within)
        return await asyncio.to_thread(_read, tree, target.asgi, done)


def _command(target: Target, environment: Environment, script: list[Any] | None) -> Command:
    order = {
        "our_code": OUR_CODE,
        "asgi": target.asgi,
        "factory": target.factory,
        "paths": list(target.paths),
        "report": f"{REPORTS}/recording.json",
        "script": script,
        "total_s": TOTAL_S,
    }
    start = START.format(code=OUR_CODE, module="recording")
    variables = {"PYTHONDONTWRITEBYTECODE": "1", "ENVIRONMENT": "development", **target.variables}
    return Command((str(environment.bin / "python"), "-c", start), variables, json.dumps(order).encode())


def _read(tree: Path, app: str, done: Completed) -> Recording:
    """Raises ProfilerError where the run left nothing that can be believed."""
    try:
        told = json.loads(read_untrusted(tree, f"{REPORTS}/recording.json", REPORT_BYTES))
        if told.get("problem"):
            return Recording(problem=str(told["problem"])[:WORDS])
        steps = tuple(Answered.model_validate(step) for step in told["steps"])
        again = tuple(Answered.model_validate(step) for step in told["again"])
    except (UntrustedFileError, ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        how = done.reason if done.ending is not Ending.EXITED else f"ended with code {done.exit_code}: {said[:WORDS]}"
        raise ProfilerError(f"the application could not be asked: {how or error}") from error
    return Recording(app=app, steps=steps, unstable=_unstable(steps, again))


def _unstable(steps: tuple[Answered, ...], again: tuple[Answered, ...]) -> tuple[tuple[int, str], ...]:
    """Empty place: the answer as a whole."""
    found: list[tuple[int, str]] = []
    for number, step in enumerate(steps):
        other = again[number] if number < len(again) else None
        if other is not None and (other.status, other.kind) != (step.status, step.kind):
            found.append((number, ""))
            continue
        first, second = leaves(step.answer), leaves(other.answer) if other is not None else {}
        for place, value in first.items():
            if other is not None and (second.get(place, passing) != value or passing(value)):
                found.append((number, place))
    return tuple(found)


__all__ = ["Recorder"]
