"""The command that measures, as the sandbox is to run it."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from pathlib import Path

from memory.records.execution import WORKSPACE, Command, Environment, Limits, Mount
from memory.records.manifest import Manifest
from tools.profiler.interface import Load, Target

OUR_CODE = "/opt/softwright-code"
REPORTS = ".softwright-profile"
LIMITS = Limits(wall_s=120.0, cpu_s=150, memory_bytes=3 << 30, processes=128, file_bytes=256 << 20, open_files=1024)
START = (
    "import sys, runpy; sys.path.insert(0, {code!r}); "
    "runpy.run_module('tools.profiler.inside.{module}', run_name='__main__', alter_sys=True)"
)


def our_mounts() -> tuple[Mount, ...]:
    """Only what runs inside: a package of the project may have the name of one of ours."""
    return (Mount(Path(__file__).resolve().parent, f"{OUR_CODE}/tools/profiler"),)


def load_command(target: Target, environment: Environment, load: Load) -> Command:
    order = {
        "our_code": OUR_CODE,
        "asgi": target.asgi,
        "factory": target.factory,
        "paths": list(target.paths),
        "report": f"{REPORTS}/load.json",
        "times": asdict(load),
    }
    return _command("main", order, environment, target)


def suite_command(target: Target, manifest: Manifest, environment: Environment) -> Command:
    order: dict[str, object] = {
        "our_code": OUR_CODE,
        "paths": list(target.paths),
        "tests": manifest.tests,
        "report": f"{REPORTS}/suite.json",
    }
    return _command("suite", order, environment, target)


def _command(module: str, order: dict[str, object], environment: Environment, target: Target) -> Command:
    start = START.format(code=OUR_CODE, module=module)
    variables = {"PYTHONDONTWRITEBYTECODE": "1", "ENVIRONMENT": "development", **target.variables}
    return Command((str(environment.bin / "python"), "-c", start, json.dumps(order)), variables)


def variables_of(manifest: Manifest) -> dict[str, str]:
    """As the platform would give them: a database of its own, secrets that nobody knows."""
    named = {name: secrets.token_urlsafe(48) for name in manifest.generated_secrets}
    if manifest.database_variable:
        named[manifest.database_variable] = f"sqlite:///{WORKSPACE}/{REPORTS}/app.db"
    return named


__all__ = ["LIMITS", "REPORTS", "load_command", "our_mounts", "suite_command", "variables_of"]
