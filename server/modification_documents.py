"""Rows of modifications as the documents of the outside contract."""

from __future__ import annotations

from typing import Any

from memory.store import Row

SHOWN = (
    "id", "project_id", "run_id", "request", "requested_by", "requested_at", "impact_analysis", "affected_files",
    "touched_files", "prediction", "applied_at", "modified_files", "test_results", "base_commit", "commit", "branch",
    "migration",
)  # fmt: skip
ENDED = ("applied", "failed", "rolled_back")


def modification_document(row: Row) -> dict[str, Any]:
    """A run that ended in another way than by its report has failed: nothing of it is in the project."""
    status, error = row["status"], row["error"]
    if status not in ENDED and row["run_status"] in ("failed", "cancelled"):
        status = "failed"
    if status not in ENDED and row["run_status"] == "waiting":
        status = "waiting"
    if status == "failed":
        error = error or row["run_error"]
    kept = {name: row[name] for name in SHOWN}
    if status != "failed":
        kept["branch"] = None
    return {
        **kept,
        "status": status,
        "error": error,
        "rollback_available": status == "applied" and row["rolls_back"] is None,
    }


__all__ = ["modification_document"]
