"""`softwright tests`: which tests of a folder cannot fail, and tests that bring coverage to its target."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from agents.testgen.agent import TARGET, Generated, TestgenDeps, run
from graph.steps.measuring import environment_of, manifest_of
from memory.records.execution import Environment, InstallFailed, SandboxError
from memory.records.manifest import Manifest
from memory.settings import load_settings
from memory.untrusted_files import UntrustedFileError
from server.cli.errors import FAILED, WRONG_USE, CommandError
from server.cli.screen import clean, print_json, result
from tools.profiler.environments import folder_environment
from tools.profiler.interface import ProfilerError
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.sandbox.resolving import UvResolver
from tools.testing.mutation_judge import Judged, JudgeError, MutationJudge
from tools.testing.pytest_runner import PytestRunner

ERRORS = (InstallFailed, SandboxError, UntrustedFileError, ProfilerError, JudgeError)


def command(
    path: Annotated[Path, typer.Argument(help="The folder of the application.")] = Path(),
    target: Annotated[float, typer.Option("--target", help="Share of lines that tests are to cover.")] = TARGET,
    judge: Annotated[bool, typer.Option("--judge", help="Only find out which of its tests cannot fail.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Put the generated tests that are kept into the folder.")
    ] = False,
    environment: Annotated[
        Path | None, typer.Option("--environment", help="A virtual environment with pytest, instead of a new one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Generate tests until enough lines are covered; only those that fail on a changed copy of the code are kept."""
    folder = path.resolve()
    if not folder.is_dir():
        raise CommandError(f"{path} is no folder: give the folder of an application", WRONG_USE)
    try:
        if judge:
            _tell_judged(asyncio.run(_judge(folder, environment)), as_json)
            return
        found = asyncio.run(_generate(folder, environment, target))
    except ERRORS as error:
        raise CommandError(str(error)) from error
    if write:
        for name, text in found.files.items():
            (folder / name).write_text(text)
    _tell_generated(found, as_json, written=write)
    if not found.reached(target):
        raise typer.Exit(FAILED)


async def _judge(folder: Path, given: Path | None) -> Judged:
    manifest = await asyncio.to_thread(manifest_of, folder)
    chosen = await _environment(folder, manifest, given)
    packages = manifest.packages or await asyncio.to_thread(_packages, folder)
    manifest = manifest.model_copy(update={"packages": packages})
    return await MutationJudge(BubblewrapSandbox()).judge(folder, manifest, chosen)


async def _generate(folder: Path, given: Path | None, target: float) -> Generated:
    manifest = await asyncio.to_thread(manifest_of, folder)
    packages = manifest.packages or await asyncio.to_thread(_packages, folder)
    manifest = manifest.model_copy(update={"packages": packages})
    sandbox, chosen = BubblewrapSandbox(), await _environment(folder, manifest, given)
    with tempfile.TemporaryDirectory(prefix="tests-") as scratch:
        environments = UvEnvironments(load_settings().environments, sandbox)
        suite = PytestRunner(sandbox, environments, given=chosen)
        deps = TestgenDeps(sandbox, suite, MutationJudge(sandbox), chosen, Path(scratch))
        return await run(folder, manifest, deps, target)


async def _environment(folder: Path, manifest: Manifest, given: Path | None) -> Environment:
    own = await asyncio.to_thread(folder_environment, folder, given)
    if own is not None:
        return own
    sandbox, root = BubblewrapSandbox(), load_settings().environments
    return await environment_of(folder, manifest.test_lock, UvEnvironments(root, sandbox), UvResolver(root, sandbox))


def _packages(folder: Path) -> tuple[str, ...]:
    """Folders with code, and modules that stand alone."""
    names = [p.name for p in sorted(folder.iterdir()) if p.is_dir() and (p / "__init__.py").exists()]
    modules = [p.name for p in sorted(folder.glob("*.py")) if not p.name.startswith(("test_", "conftest"))]
    return tuple(name for name in (*names, *modules) if name not in ("tests", "migrations"))


def _tell_judged(found: Judged, as_json: bool) -> None:
    if as_json:
        print_json(found.model_dump(mode="json") | {"idle": list(found.idle)})
        return
    for test in found.idle:
        result(clean(f"cannot fail: {test} ({found.tried.get(test, 0)} changed copies)"))
    for survivor in found.survivors[:20]:
        result(clean(f"survived: {survivor}"))
    can = f"{len(found.proven)} of {len(found.proven) + len(found.idle)} tests can fail"
    result(f"{can}; {found.killed} of {found.mutants} mutants found")


def _tell_generated(found: Generated, as_json: bool, *, written: bool) -> None:
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for line in (*found.thrown_away, *found.notes):
        result(clean(f"left out: {line}"))
    for name, lines in found.uncovered.items():
        result(clean(f"not covered: {name}: {lines}"))
    for name, text in found.files.items():
        result(clean(f"{'written' if written else 'would write'}: {name}, {text.count(chr(10) + 'def test_')} tests"))
    was, now = ("none" if share is None else f"{share:.0%}" for share in (found.before, found.after))
    result(f"{len(found.kept)} tests kept, {len(found.thrown_away)} thrown away; coverage {was} -> {now}")


__all__ = ["command"]
