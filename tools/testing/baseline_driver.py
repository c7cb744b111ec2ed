"""Runs inside the sandbox: a foreign suite by its own settings, its report, and no build of the project.

Its text is given to `python -c`. The project is made importable by a path, and known to importlib.metadata by a folder
that says its name and version.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

USAGE_ERROR = 4


def main(order: dict[str, Any]) -> int:
    reports = Path(order["reports"]).absolute()
    reports.mkdir(parents=True, exist_ok=True)
    about = reports / f"{order['name'].replace('-', '_')}-{order['version']}.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {order['name']}\nVersion: {order['version']}\n")
    source = [str(Path(folder).absolute()) for folder in order["path"]]
    sys.path[0:1] = [*source, str(reports)]
    given = [f"--junitxml={reports}/junit.xml", "--override-ini=junit_family=xunit1", "-pno:cacheprovider"]
    if order["plain"]:
        given.append("--override-ini=addopts=")
    return int(import_module("pytest").main([*given, *order["tests"]]))


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
