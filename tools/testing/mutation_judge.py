"""Which tests can fail: those that fail on a mutant of what they run. The others prove nothing."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from memory.records.execution import Command, Completed, Confinement, Environment, Executor, Limits, Mount, SandboxError
from memory.records.manifest import Manifest
from memory.untrusted_files import UntrustedFileError, read_untrusted, relative_parts, remove_tree
from tools.testing.pytest_runner import REPORTS, copy_tree

OUR_CODE = "/opt/softwright-code"
REPORT_BYTES = 10 << 20
LIMITS = Limits(wall_s=900.0, cpu_s=1500, memory_bytes=4 << 30, processes=256, open_files=1024)
START = (
    "import sys, runpy; sys.path.insert(0, {code!r}); "
    "runpy.run_module('tools.testing.mutation_driver', run_name='__main__', alter_sys=True)"
)


class JudgeError(Exception):
    """The tests could not be judged; the message says why."""


class Judged(BaseModel):
    """Every test by its name in pytest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    problem: str = ""
    outcomes: dict[str, str] = {}
    """passed | failed | skipped, on the code as it is."""
    proven: dict[str, str] = {}
    """Test → the mutant that it failed on: `app/main.py:12 == → !=`."""
    tried: dict[str, int] = {}
    """Test → mutants of its lines that it was run on."""
    mutants: int = 0
    killed: int = 0
    survivors: tuple[str, ...] = ()

    @property
    def idle(self) -> tuple[str, ...]:
        """Tests that pass and failed on no mutant: they are thrown away."""
        return tuple(test for test, how in self.outcomes.items() if how == "passed" and test not in self.proven)


@dataclass(frozen=True)
class Judging:
    """How hard is tried."""

    mutants_each: int = 8
    """Of a test's lines, before it is said to prove nothing."""
    total_s: float = 300.0


class MutationJudge:
    def __init__(
        self,
        executor: Executor,
        *,
        judging: Judging = Judging(),
        limits: Limits = LIMITS,
        scratch: Path | None = None,
    ) -> None:
        self._executor, self._judging, self._limits, self._scratch = executor, judging, limits, scratch

    async def judge(
        self, project: Path, manifest: Manifest, environment: Environment, tests: tuple[str, ...] = ()
    ) -> Judged:
        """`tests`: files or names below the project; all of the manifest's without one. Raises JudgeError."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="mutants-", dir=self._scratch))
        try:
            workspace = folder / "project"
            await asyncio.to_thread(copy_tree, project, workspace)
            command = judge_command(manifest, environment, tests or (manifest.tests,), self._judging)
            within = Confinement(workspace=workspace, environment=environment, mounts=_mounts(), limits=self._limits)
            done = await self._executor.run(command, within)
            return await asyncio.to_thread(_read, workspace, done)
        except (SandboxError, UntrustedFileError, OSError) as error:
            raise JudgeError(f"the tests could not be judged: {error}") from error
        finally:
            await asyncio.to_thread(remove_tree, folder)


def _mounts() -> tuple[Mount, ...]:
    here = Path(__file__).resolve().parent
    return tuple(
        Mount(here / name, f"{OUR_CODE}/tools/testing/{name}") for name in ("mutation.py", "mutation_driver.py")
    )


def judge_command(manifest: Manifest, environment: Environment, tests: tuple[str, ...], judging: Judging) -> Command:
    """Raises UntrustedFileError where the manifest names paths that leave the project."""
    for path in (*manifest.packages, *(test.partition("::")[0] for test in tests)):
        relative_parts(path)
    order = {
        "our_code": OUR_CODE,
        "packages": list(manifest.packages),
        "tests": list(tests),
        "mutants_each": judging.mutants_each,
        "total_s": judging.total_s,
        "report": f"{REPORTS}/mutants.json",
    }
    argv = (str(environment.bin / "python"), "-c", START.format(code=OUR_CODE), json.dumps(order))
    return Command(argv, {"PYTHONDONTWRITEBYTECODE": "1"})


def _read(workspace: Path, done: Completed) -> Judged:
    try:
        judged = Judged.model_validate_json(read_untrusted(workspace, f"{REPORTS}/mutants.json", REPORT_BYTES))
    except (UntrustedFileError, ValidationError) as error:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:500]
        raise JudgeError(f"the tests could not be judged: {done.reason or last or error}") from error
    if judged.problem:
        raise JudgeError(f"the tests could not be judged: {judged.problem}")
    return judged


__all__ = ["JudgeError", "Judged", "Judging", "MutationJudge"]
