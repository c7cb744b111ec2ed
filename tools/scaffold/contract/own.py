"""What an application has of its own beside the operations of its contract, and where, so that the two never clash."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tools.scaffold.contract.document import operations
from tools.scaffold.contract.pointers import follow
from tools.scaffold.contract.rules import base_path

OWN = {"health": "/health", "metrics": "/metrics", "document": "/openapi.json", "docs": "/docs"}
FLOWS = ("password", "clientCredentials")


def own_paths(document: dict[str, Any]) -> dict[str, str]:
    """`/health`, or `/-/health` where the contract declares that itself."""
    taken = {operation.path for operation in operations(document) if operation.method == "get"}
    return {name: f"/-{path}" if path in taken else path for name, path in OWN.items()}


def secured(document: dict[str, Any]) -> bool:
    """Some operation needs a credential."""
    return any(operation.security for operation in operations(document))


def token_path(document: dict[str, Any]) -> str | None:
    """Path of the OAuth 2 token endpoint that a scheme names and no operation declares."""
    declared = {operation.path for operation in operations(document) if operation.method == "post"}
    used = {name for operation in operations(document) for names in operation.security for name in names}
    for name, raw in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        flows = follow(document, raw).get("flows") if name in used else None
        for flow in FLOWS:
            given = (flows or {}).get(flow)
            path = _path(document, given.get("tokenUrl")) if isinstance(given, dict) else None
            if path is not None:
                return None if path in declared else path
    return None


def _path(document: dict[str, Any], url: Any) -> str | None:
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        return None
    base = base_path(document)
    path = "/" + path.removeprefix(base + "/").lstrip("/") if base else "/" + path.lstrip("/")
    return path if path != "/" and not set(path) & set("{}") else None


__all__ = ["own_paths", "secured", "token_path"]
