"""`softwright performance`: where an ASGI application spends its time, in any folder, without a project or a server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from graph.steps.measuring import environment_of, manifest_of
from memory.records.execution import Environment, InstallFailed, SandboxError
from memory.records.manifest import Manifest
from memory.records.performance import PerformanceFinding, PerformanceReport
from memory.settings import load_settings
from memory.untrusted_files import UntrustedFileError
from server.cli.errors import FAILED, WRONG_USE, CommandError
from server.cli.screen import clean, print_json, result, say
from tools.profiler.comparing import compare
from tools.profiler.environments import folder_environment
from tools.profiler.interface import ProfilerError
from tools.profiler.profiler import Profiler
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.sandbox.resolving import UvResolver
from tools.security.interpreter import running_environment

ERRORS = (InstallFailed, SandboxError, UntrustedFileError, ProfilerError)


def command(
    path: Annotated[Path, typer.Argument(help="The folder of the application.")] = Path(),
    app: Annotated[str, typer.Option("--app", help="package.module:app, where it is not found by itself.")] = "",
    against: Annotated[Path | None, typer.Option("--against", help="An earlier state, measured and compared.")] = None,
    environment: Annotated[
        Path | None, typer.Option("--environment", help="A virtual environment to run it in, instead of a new one.")
    ] = None,
    suite: Annotated[bool, typer.Option("--suite", help="Profile its test suite too.")] = False,
    least: Annotated[float, typer.Option("--least", help="Exit code 1 below this score.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure an ASGI application under a short load; show what takes the time, with file and line."""
    folders = [folder.resolve() for folder in (path, against) if folder is not None]
    for folder in folders:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder: give the folder of an application", WRONG_USE)
    try:
        reports = asyncio.run(_measure(folders, app, environment, suite=suite))
    except ERRORS as error:
        raise CommandError(f"it cannot be run: {error}") from error
    report = reports[0]
    if len(reports) > 1:
        report = report.model_copy(update={"compared": compare(reports[1], report)})
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _show(report)
    if report.score is None or report.score < least:
        raise typer.Exit(FAILED)


async def _measure(folders: list[Path], app: str, environment: Path | None, *, suite: bool) -> list[PerformanceReport]:
    """The other state first, as it came first."""
    profiler, made = Profiler(BubblewrapSandbox()), []
    for folder in reversed(folders):
        manifest = await asyncio.to_thread(manifest_of, folder)
        chosen = await _environment(folder, manifest, manifest.lock, environment)
        tests = await _environment(folder, manifest, manifest.test_lock, environment) if suite else None
        made.append(await profiler.measure(folder, manifest, chosen, app=app, suite=tests))
    return made[::-1]


async def _environment(folder: Path, manifest: Manifest, lock: str, given: Path | None) -> Environment:
    """The named one, the folder's own, one made from its lock file or what it declares, or our own interpreter."""
    own = await asyncio.to_thread(folder_environment, folder, given)
    if own is not None:
        return own
    sandbox, root = BubblewrapSandbox(), load_settings().environments
    try:
        return await environment_of(folder, lock, UvEnvironments(root, sandbox), UvResolver(root, sandbox))
    except UntrustedFileError:
        say("it declares no dependencies: it is run with those of Softwright")
        return running_environment()


def _show(report: PerformanceReport) -> None:
    for finding in report.findings:
        result(_line(finding))
    for figures in report.operations:
        times = (
            f"{figures.median_ms:g} ms, p95 {figures.p95_ms:g} ms" if figures.median_ms is not None else "not measured"
        )
        queries = f", {figures.queries} queries ({figures.query_ms:g} ms)" if figures.queries else ""
        held = f", loop held {figures.blocked_ms:g} ms" if figures.blocked_ms else ""
        result(
            clean(f"{figures.operation}: {times}{queries}{held}{figures.not_measured and f' ({figures.not_measured})'}")
        )
    for row in report.suite.get("slowest", ())[:5]:
        result(clean(f"test {row['test']}: {row['ms']:g} ms"))
    if report.bundles:
        whole, first = (report.bundles.get(key, 0) / 1000 for key in ("bytes", "initial_gzip"))
        result(f"bundles: {whole:.0f} kB, first page {first:.0f} kB packed")
    _show_compared(report.compared)
    result(f"{report.outcome}: {clean(report.summary)}")
    result(f"score: {'none' if report.score is None else report.score}")


def _show_compared(compared: dict[str, Any]) -> None:
    for row in [*compared.get("faster", ()), *compared.get("slower", ())]:
        times = f"{row['before_ms']:g} -> {row['after_ms']:g} ms"
        queries, held = (f"{was:g} -> {now:g}" for was, now in (row["queries"], row["blocked_ms"]))
        more = f"queries {queries}, loop held {held} ms"
        result(clean(f"{row['verdict']}: {row['operation']}: {times}, {more}"))
    for word in ("fixed", "new"):
        for found in compared.get(word, ()):
            result(clean(f"{word}: {found['file']}:{found['line'] or 1}: {found['kind']}"))


def _line(finding: PerformanceFinding) -> str:
    place = f"{finding.file}:{finding.line or 1}"
    gain = f", up to {finding.estimated_gain:.0%} less" if finding.estimated_gain else ""
    where = f" {finding.operation}" if finding.operation else ""
    return clean(f"{place}: {finding.kind.value}{where}{gain}: {finding.why}. {finding.fix}")


__all__ = ["command"]
