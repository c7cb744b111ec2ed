"""Rows as the documents of the outside contract: every field is there, null or empty where nothing is known yet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal

from memory.records.spending import Spend
from memory.secrets import Kind, Place, SecretsError
from memory.store import Row
from server.parts import Parts

logger = logging.getLogger("softwright.api")
Environment = Literal["dev", "staging", "production"]
ENVIRONMENTS: tuple[Environment, ...] = ("dev", "staging", "production")
Document = dict[str, Any]


async def project_documents(parts: Parts, rows: Sequence[Row]) -> list[Document]:
    serving = await parts.store.current_deployments([row["id"] for row in rows])
    kept = await asyncio.to_thread(lambda: [(_variable_names(parts, row), _dependencies(parts, row)) for row in rows])
    documents = [_project(row, serving[row["id"]], *about) for row, about in zip(rows, kept, strict=True)]
    for document in documents:
        if document["commit"] is not None:
            document["repository_url"] = f"{parts.settings.url}/git/{document['id']}.git"
    return documents


async def project_document(parts: Parts, row: Row) -> Document:
    (document,) = await project_documents(parts, [row])
    return document


def _project(row: Row, serving: Sequence[Row], names: Sequence[str] | None, dependencies: dict[str, str]) -> Document:
    columns = {key: value for key, value in row.items() if key not in ("spec", "deleted_at")}
    config = {
        d["environment"]: {
            "platform": d["platform"],
            "deployment_id": d["id"],
            "commit": d["commit"],
            "url": d["deployment_url"],
            "status": d["status"],
        }
        for d in serving
    }
    return {
        **columns,
        "team_members": [],
        "repository_url": None,
        "codebase": None,
        "dependencies": dependencies,
        "environment_vars": names,
        "deployment_config": config,
    }


def _variable_names(parts: Parts, row: Row) -> list[str] | None:
    """None where the store of secrets is out of reach: its own routes say why."""
    try:
        found = [parts.secrets.read(Place(row["id"], environment, Kind.USER)) for environment in ENVIRONMENTS]
    except SecretsError as error:
        logger.warning("secrets of project %s: %s", row["id"], error)
        return None
    return sorted({name for values in found for name in values})


def _dependencies(parts: Parts, row: Row) -> dict[str, str]:
    return parts.code.dependencies(row["id"], row["commit"]) if row["commit"] else {}


async def run_documents(parts: Parts, rows: Sequence[Row]) -> list[Document]:
    steps = await parts.store.steps_of([row["id"] for row in rows])
    return [_run(row, steps[row["id"]], await _spend(parts, row)) for row in rows]


async def _spend(parts: Parts, row: Row) -> Spend:
    asked = row["input"].get("budget_usd")
    return await parts.spending.of_run(row["id"], asked_usd=None if asked is None else Decimal(str(asked)))


async def run_document(parts: Parts, row: Row) -> Document:
    (document,) = await run_documents(parts, [row])
    return document


def _run(row: Row, steps: Sequence[Row], spent: Spend) -> Document:
    told = [
        {
            "agent": step["key"].partition("/")[0],
            "name": step["key"],
            "status": _step_status(step),
            "attempts": step["attempts"],
            "started_at": step["started_at"],
            "ended_at": step["ended_at"],
            "evidence": _evidence(step["output"]),
        }
        for step in steps
    ]
    spend = {
        "tokens": spent.tokens,
        "usd": None if spent.usd is None else float(spent.usd),
        "budget_usd": None if spent.budget_usd is None else float(spent.budget_usd),
        "budget_tokens": spent.budget_tokens,
    }
    columns = {key: value for key, value in row.items() if key not in ("number", "input", "decision")}
    return {**columns, "steps": told, "spend": spend}


def _evidence(output: dict[str, Any] | None) -> dict[str, Any] | None:
    """A node's result holds an update of the state beside it; a check of QA is evidence as a whole."""
    return output["evidence"] if output is not None and "update" in output else output


def _step_status(step: Row) -> str:
    """A step that ended as it should, with a result that says no, has failed all the same."""
    output = step["output"] or {}
    says_no = bool((output.get("update") or {}).get("error")) or output.get("outcome") == "failed"
    return "failed" if says_no else str(step["status"])


def deployment_document(row: Row) -> Document:
    url = row["deployment_url"]
    return {
        **row,
        "health_check_url": None if url is None else f"{url}/health",
        "monitoring_dashboard_url": None,
        "uptime_percentage": None,
        "average_response_time": None,
        "error_rate": None,
    }


__all__ = [
    "ENVIRONMENTS",
    "Document",
    "Environment",
    "deployment_document",
    "project_document",
    "project_documents",
    "run_document",
    "run_documents",
]
