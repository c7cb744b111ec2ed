"""A measurement's step: the profiler over a commit, perhaps beside an earlier one. Nothing is changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from graph.steps.common import Step, StepResult, failed
from memory.code import CodeError
from memory.records.execution import Environment, EnvironmentProvider, InstallFailed, Resolver, SandboxError
from memory.records.manifest import MANIFEST_NAME, Manifest
from memory.records.performance import PerformanceReport
from memory.repositories.performance import Performance
from memory.scratch import scratch_folder
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.importing.stack import read_stack
from tools.profiler.comparing import compare

LOCK_BYTES = 5 << 20


async def measure(step: Step) -> StepResult:
    project = await step.deps.store.project(step.project_id)
    commit = step.asked.get("commit") or (project["commit"] if project else None)
    if commit is None:
        return failed("there is nothing to measure: the project has no code yet")
    try:
        report = await _measured(step, commit)
        if step.asked.get("against"):
            report = report.model_copy(
                update={"compared": compare(await _measured(step, step.asked["against"]), report)}
            )
    except (CodeError, SandboxError, UntrustedFileError, OSError) as error:
        return failed(f"not measured: {error}", commit=commit)
    await Performance(step.deps.pool).save(step.project_id, report)
    told = {"score": report.score, "findings": len(report.findings), "summary": report.summary}
    await step.tell("performance_results", commit, commit=commit, **told)
    if report.outcome == "unavailable":
        return failed(f"not measured: {report.summary}", commit=commit)
    return StepResult(update={"commit": commit}, evidence={"commit": commit, "outcome": report.outcome, **told})


async def _measured(step: Step, commit: str) -> PerformanceReport:
    deps = step.deps
    async with scratch_folder(deps.settings.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(deps.code.check_out, step.project_id, commit, tree)
        manifest = await asyncio.to_thread(manifest_of, tree)
        environment = await environment_of(tree, manifest.lock, deps.environments, deps.resolver)
        suite = await _suite_environment(tree, manifest, deps.environments) if step.asked.get("suite") else None
        report = await deps.profiler.measure(tree, manifest, environment, suite=suite)
    return report.model_copy(update={"commit": commit})


async def environment_of(tree: Path, lock: str, environments: EnvironmentProvider, resolver: Resolver) -> Environment:
    """By the lock file, or by what the project declares where it has none. Raises InstallFailed."""
    try:
        return await environments.provide(await asyncio.to_thread(read_untrusted, tree, lock, LOCK_BYTES))
    except (UntrustedFileError, InstallFailed):
        stack = await asyncio.to_thread(read_stack, tree)
        wanted = [row for row in stack.dependencies if not row.group]
        if not wanted:
            raise
        pins = {row.name: row.pinned for row in wanted if row.pinned}
        return await environments.provide(await resolver.resolve([row.required or row.name for row in wanted], pins))


async def _suite_environment(tree: Path, manifest: Manifest, environments: EnvironmentProvider) -> Environment | None:
    try:
        return await environments.provide(await asyncio.to_thread(read_untrusted, tree, manifest.test_lock, LOCK_BYTES))
    except UntrustedFileError:
        return None


def manifest_of(tree: Path) -> Manifest:
    """The project's own, or what can be told of any folder."""
    try:
        return Manifest.model_validate_json(read_untrusted(tree, MANIFEST_NAME, LOCK_BYTES))
    except (UntrustedFileError, ValueError):
        return Manifest(template="none", template_version="0", asgi="", packages=())


__all__ = ["environment_of", "manifest_of", "measure"]
