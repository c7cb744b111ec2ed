"""What no tool could save: the generated application's own tests, then its start until it answers.

Plain processes, without sandbox, coverage or any part of Softwright, in the environments that the job built.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.product import free_port
from memory.code import CodeStore
from memory.records.manifest import MANIFEST_NAME, Manifest
from tools.sandbox.environments import environment_id
from tools.sandbox.interpreter import choose

LONGEST_S = 120.0
POLL_S = 0.005


@dataclass(frozen=True)
class Floor:
    tests_s: float
    start_s: float

    @property
    def total(self) -> float:
        return self.tests_s + self.start_s


def measure(home: Path, project_id: str, commit: str) -> Floor:
    """Raises RuntimeError where tests or start fail."""
    folder = Path(tempfile.mkdtemp(prefix="bench-floor-"))
    try:
        code = folder / "code"
        CodeStore(home / "repositories").check_out(project_id, commit, code)
        manifest = Manifest.model_validate(json.loads((code / MANIFEST_NAME).read_text()))
        # as for the real run: a tree without bytecode, so that no measurement starts with what another left
        variables = {"PATH": os.defpath, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        if manifest.database_variable:
            variables[manifest.database_variable] = f"sqlite:///{folder}/app.db"
        variables |= dict.fromkeys(manifest.generated_secrets, "0" * 64)
        tests_s = _tests(_python(home, code / manifest.test_lock), code, manifest, variables)
        return Floor(tests_s, _start(_python(home, code / manifest.lock), code, manifest, variables))
    finally:
        shutil.rmtree(folder)


def _python(home: Path, lock: Path) -> str:
    return str(home / "environments" / environment_id(lock.read_bytes(), choose()) / "bin" / "python")


def _tests(python: str, code: Path, manifest: Manifest, variables: dict[str, str]) -> float:
    argv = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", manifest.tests]
    began = time.perf_counter()
    done = subprocess.run(argv, cwd=code, env=variables, capture_output=True, text=True, timeout=LONGEST_S)
    if done.returncode:
        raise RuntimeError(f"the application's own tests fail:\n{done.stdout[-2000:]}")
    return time.perf_counter() - began


def _start(python: str, code: Path, manifest: Manifest, variables: dict[str, str]) -> float:
    port = free_port()
    argv = [python, "-m", "uvicorn", manifest.asgi, "--port", str(port), "--no-access-log"]
    began = time.perf_counter()
    process = subprocess.Popen(argv, cwd=code, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            while time.perf_counter() - began < LONGEST_S and process.poll() is None:
                if _healthy(client, manifest.health_path):
                    return time.perf_counter() - began
                time.sleep(POLL_S)
        raise RuntimeError("the application does not start")
    finally:
        process.terminate()
        process.wait(LONGEST_S)


def _healthy(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False


__all__ = ["Floor", "measure"]
