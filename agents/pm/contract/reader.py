"""An OpenAPI 3 file → AppSpec."""

from __future__ import annotations

import re
from typing import Any

from anyascii import anyascii

from agents.pm.contract.check import check_operations, check_patterns, check_schemas, check_structure, check_version
from agents.pm.contract.judgement import assumptions, not_understood
from agents.pm.contract.load import load
from agents.pm.contract.references import check_references
from memory.records.spec import AppSpec
from tools.scaffold.contract.behaviours import understand
from tools.scaffold.contract.pointers import ContractError


def read_contract(data: bytes, *, request: str = "") -> AppSpec:
    """The application that the file describes; `request` is the sentence given with it, for the description.

    The spec has `contract` set, and no resources. Raises ContractError. Never uses the network or other files.
    """
    document = load(data)
    version = check_version(document)
    check_references(document)
    check_patterns(document)
    check_structure(document, version)
    check_operations(document)
    check_schemas(document)
    found = understand(document)
    title = _title(document)
    return AppSpec(
        name=_slug(title),
        title=title,
        description=_line(document["info"].get("description") or request or title, 500),
        contract=document,
        assumptions=assumptions(document, found),
        not_understood=not_understood(document, found),
    )


def _title(document: dict[str, Any]) -> str:
    return _line(document["info"].get("title") or "", 100) or "API"


def _line(text: Any, longest: int) -> str:
    """One line of printable characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def _slug(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", anyascii(title).lower()).strip("_")
    words = words if words[:1].isalpha() else f"api_{words}".strip("_")
    return words[:60].rstrip("_")


__all__ = ["ContractError", "read_contract"]
