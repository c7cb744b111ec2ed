"""A Compose file for an application: itself with its health, and its data in a volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from memory.records.manifest import Manifest
from memory.records.serving import Resources

PORT = 8000
PROBE = "import urllib.request as r; r.urlopen('http://127.0.0.1:{port}{path}', timeout=2)"


def compose_file(manifest: Manifest, variables: Sequence[str], resources: Resources, *, port: int = PORT) -> str:
    """Values of variables are not in it: Compose takes them from the shell, or from `.env` beside the file."""
    names = sorted({*variables, *manifest.generated_secrets} - {manifest.database_variable or ""})
    needed = {name: f"${{{name}:?set it in .env}}" for name in names}
    database = {manifest.database_variable: f"${{{manifest.database_variable}:-sqlite:////data/app.db}}"}
    app: dict[str, Any] = {
        "build": ".",
        "init": True,
        "ports": [f"127.0.0.1:{port}:{PORT}"],
        "environment": needed | ({k: v for k, v in database.items() if k}),
        "volumes": ["data:/data"],
        "restart": "unless-stopped",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": f"{resources.memory_mb}m",
        "cpus": resources.cpus,
        "healthcheck": {
            "test": ["CMD", "python", "-c", PROBE.format(port=PORT, path=manifest.health_path)],
            "interval": "10s",
            "timeout": "3s",
            "retries": 3,
            "start_period": "20s",
        },
    }
    return yaml.safe_dump({"services": {"app": app}, "volumes": {"data": {}}}, sort_keys=False)


__all__ = ["compose_file"]
