"""mini-swe-agent on the same endpoint and machine, in a virtual environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.loop_endpoint import FILES, TASK, Endpoint, Traffic
from tests.fake_model.fake_model import Act, serve

PACKAGE = "mini-swe-agent"
LONGEST_S = 300.0
DRIVER = Path(__file__).with_name("mini_driver.py")
UV = Path(sys.executable).with_name("uv")


class Unavailable(Exception):
    """It cannot be had here; the message says why."""


class Mini:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._python = folder / "venv" / "bin" / "python"
        self.version = ""

    def install(self) -> None:
        """Raises Unavailable."""
        _told([str(UV), "venv", "--quiet", str(self._folder / "venv")])
        _told([str(UV), "pip", "install", "--quiet", "--python", str(self._python), PACKAGE])
        listed = _told([str(UV), "pip", "show", "--python", str(self._python), PACKAGE])
        self.version = next((line.split()[1] for line in listed.splitlines() if line.startswith("Version:")), "?")

    def run(self, acts: Sequence[Act], name: str) -> Traffic:
        """Raises Unavailable."""
        endpoint, _ = self.work(acts, name, FILES, TASK)
        return endpoint.traffic()

    def work(self, acts: Sequence[Act], name: str, files: Mapping[str, str], task: str) -> tuple[Endpoint, Path]:
        """What it sent, and its folder. `python3` of its commands is ours. Raises Unavailable."""
        project = self._folder / name / "project"
        project.mkdir(parents=True)
        for path, text in files.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(text)
        endpoint = Endpoint(acts)
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
        with serve(endpoint):
            env = {"HOME": str(self._folder), "MSWEA_SILENT_STARTUP": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
            _told([str(self._python), str(DRIVER), endpoint.url, str(project), task], env | {"PATH": path})
        return endpoint, project


def _told(argv: list[str], env: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            argv, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=LONGEST_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if done.returncode:
        raise Unavailable((done.stderr.strip() or done.stdout.strip())[-500:])
    return done.stdout


__all__ = ["Mini", "Unavailable"]
