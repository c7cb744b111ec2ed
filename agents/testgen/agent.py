"""Brings coverage to its target: tests from the API's description, with a model from the code too."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agents.testgen.cases import CaseReader
from agents.testgen.model import KEY, written_by_model
from agents.testgen.outdated import PREFIX
from agents.testgen.rendering import joined, module_of, without
from memory.records.execution import Command, Confinement, Environment, Executor
from memory.records.manifest import Manifest
from memory.records.model import ModelGateway
from memory.records.report import Check
from memory.scratch import scratch_folder
from memory.untrusted_files import UntrustedFileError, read_untrusted
from tools.profiler.command import variables_of
from tools.profiler.finding_apps import find_target
from tools.profiler.interface import ProfilerError, Target
from tools.testing.interface import SuiteRunner
from tools.testing.mutation_judge import Judged, MutationJudge

TARGET = 0.8
SPEC_FILE, MODEL_FILE = f"{PREFIX}api.py", f"{PREFIX}units.py"
DOCUMENT_BYTES = 8 << 20
TEXT_BYTES = 1 << 20
CLIENT_FIXTURE = re.compile(r"^def client\(", re.MULTILINE)
ASK = """
import importlib, json, sys
sys.path[0:0] = json.loads(sys.argv[1])
module, _, attribute = sys.argv[2].partition(":")
app = getattr(importlib.import_module(module), attribute)
app = app() if sys.argv[3] == "factory" else app
print("\\n" + json.dumps(app.openapi()))
"""


@dataclass(frozen=True)
class TestgenDeps:
    executor: Executor
    suite: SuiteRunner
    judge: MutationJudge
    environment: Environment
    """With what the project's tests need."""
    workspaces: Path
    gateway: ModelGateway | None = None
    key: str = KEY
    """Of the model's answers: another one for another commit of the same run."""

    __test__ = False


class Generated(BaseModel):
    model_config = ConfigDict(frozen=True)

    before: float | None
    """Share of lines that the project's own tests cover."""
    after: float | None
    files: dict[str, str] = {}
    """Path → source: what is kept."""
    kept: tuple[str, ...] = ()
    """`file::test: mutant that it failed on`"""
    thrown_away: tuple[str, ...] = ()
    """`file::test: why`"""
    notes: tuple[str, ...] = ()
    uncovered: Mapping[str, str] = {}

    def reached(self, target: float) -> bool:
        return (self.after or 0.0) >= target


async def run(
    project: Path, manifest: Manifest, deps: TestgenDeps, target: float = TARGET, first: Check | None = None
) -> Generated:
    """`project` is left as it was; `first`: its check `tests`, where that was made already.

    Raises ExecutionCancelled, JudgeError, ProfilerError, SandboxError.
    """
    first = first or await deps.suite.run(project, manifest)
    before = _coverage(first)
    if before is not None and before >= target:
        return Generated(before=before, after=before, uncovered=first.evidence.get("uncovered", {}))
    candidates, notes = await _candidates(project, manifest, deps, first)
    if not candidates:
        uncovered = first.evidence.get("uncovered", {})
        return Generated(before=before, after=before, notes=notes, uncovered=uncovered)
    async with scratch_folder(deps.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(shutil.copytree, project, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        await asyncio.to_thread(_write, tree, candidates)
        judged = await deps.judge.judge(tree, manifest, deps.environment, tuple(candidates))
        files, kept, thrown = _sifted(candidates, judged)
        await asyncio.to_thread(_replace, tree, candidates, files)
        last = await deps.suite.run(tree, manifest) if files else first
    return Generated(
        before=before,
        after=_coverage(last),
        files=files,
        kept=kept,
        thrown_away=thrown,
        notes=notes,
        uncovered=last.evidence.get("uncovered", {}),
    )


async def _candidates(
    project: Path, manifest: Manifest, deps: TestgenDeps, first: Check
) -> tuple[dict[str, str], tuple[str, ...]]:
    target = await asyncio.to_thread(find_target, project, manifest)
    fixture = (
        "client"
        if CLIENT_FIXTURE.search(await asyncio.to_thread(_text, project, f"{manifest.tests}/conftest.py"))
        else None
    )
    document = await _document(project, manifest, target, deps)
    reading = CaseReader(document).read()
    source = module_of(reading.cases, target.asgi, factory=target.factory, fixture=fixture)
    found = {f"{manifest.tests}/{SPEC_FILE}": source} if reading.cases else {}
    notes = list(reading.left_out)
    if deps.gateway is not None:
        texts = await asyncio.to_thread(_uncovered_texts, project, first)
        head = module_of((), target.asgi, factory=target.factory, fixture=fixture)
        written = await written_by_model(deps.gateway, deps.key, document, texts, head, fixture or "generated_client")
        notes += [written.problem] if written.problem else []
        if written.source:
            path = f"{manifest.tests}/{MODEL_FILE}"
            found[path] = joined(await asyncio.to_thread(_text, project, path), written.source)
    return found, tuple(notes)


async def _document(project: Path, manifest: Manifest, target: Target, deps: TestgenDeps) -> dict[str, object]:
    """The application's own OpenAPI document. Raises ProfilerError."""
    kind = "factory" if target.factory else "app"
    argv = (str(deps.environment.bin / "python"), "-c", ASK, json.dumps(list(target.paths)), target.asgi, kind)
    async with scratch_folder(deps.workspaces) as scratch:
        tree = scratch / "tree"
        await asyncio.to_thread(shutil.copytree, project, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        within = Confinement(workspace=tree, environment=deps.environment)
        done = await deps.executor.run(Command(argv, {"ENVIRONMENT": "test", **variables_of(manifest)}), within)
    last = done.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
    try:
        document = json.loads(last) if done.ok else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:500]
        raise ProfilerError(f"{target.asgi} gives no OpenAPI document: {done.reason or said or 'it printed none'}")
    return document


def _sifted(candidates: Mapping[str, str], judged: Judged) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """Files with the tests that are kept; those, and the others with the reason."""
    gone: dict[str, set[str]] = {path: set() for path in candidates}
    kept, thrown = [], []
    for test, outcome in judged.outcomes.items():
        path, _, name = test.partition("::")
        if test in judged.proven:
            kept.append(f"{test}: {judged.proven[test]}")
            continue
        gone.setdefault(path, set()).add(name.partition("[")[0])
        why = (
            f"failed on none of {judged.tried.get(test, 0)} changed copies"
            if outcome == "passed"
            else f"it {outcome} as it is"
        )
        thrown.append(f"{test}: {why}")
    files = {path: text for path, source in candidates.items() if (text := without(source, gone[path]))}
    return files, tuple(kept), tuple(thrown)


def _coverage(check: Check) -> float | None:
    share = check.evidence.get("coverage")
    return None if share is None else float(share)


def _uncovered_texts(project: Path, check: Check) -> dict[str, str]:
    """Sources with lines that no test reaches, each with these lines named."""
    found = {}
    for path, lines in list(check.evidence.get("uncovered", {}).items()):
        found[f"{path} (not reached: lines {lines})"] = _text(project, path)
    return found


def _text(project: Path, path: str) -> str:
    try:
        return read_untrusted(project, path, TEXT_BYTES).decode("utf-8", "replace")
    except UntrustedFileError:
        return ""


def _write(tree: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)


def _replace(tree: Path, old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for path in old:
        (tree / path).unlink(missing_ok=True)
    _write(tree, new)


__all__ = ["TARGET", "Generated", "TestgenDeps", "run"]
