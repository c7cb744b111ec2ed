"""Makes the lock files of the templates anew: `python -m tools.scaffold.lock [FOLDER OF THE TEMPLATES]`.

Each project is pinned to the newest versions that its own pyproject.toml allows, for every platform, with hashes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from uv import find_uv_bin

from memory.records.spec import AppSpec
from tools.scaffold.copier_scaffold import CopierScaffold

PLAIN = AppSpec(name="app", title="App", description="App")
CONTRACT = {"openapi": "3.0.3", "info": {"title": "App", "version": "1"}, "paths": {}}
VARIANTS = {
    "plain": PLAIN,
    "accounts": PLAIN.model_copy(update={"accounts": True}),
    "contract": PLAIN.model_copy(update={"contract": CONTRACT}),
}
LOCKS = {".lock": (), "-dev.lock": ("--group", "dev")}


def write_locks(templates: Path) -> None:
    for variant, spec in VARIANTS.items():
        with tempfile.TemporaryDirectory() as folder:
            project = Path(folder) / "project"
            CopierScaffold(templates).render(spec, "rest_api", project)
            for suffix, groups in LOCKS.items():
                lock = templates / "rest_api" / "locks" / f"{variant}{suffix}"
                lock.parent.mkdir(exist_ok=True)
                lock.write_text(compiled(project, groups))


def compiled(project: Path, groups: tuple[str, ...]) -> str:
    argv = [
        find_uv_bin(),
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
    ]
    argv += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11", "pyproject.toml", *groups]
    return subprocess.run(argv, cwd=project, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout


if __name__ == "__main__":
    write_locks(Path(sys.argv[1] if len(sys.argv) > 1 else "templates"))
