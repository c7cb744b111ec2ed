"""What a run carries from node to node: ids, counters and short words. Code is in git, reports in PostgreSQL."""

from __future__ import annotations

from langgraph.graph import MessagesState


class RunState(MessagesState, total=False):
    project_id: str
    run_id: str
    intent: str
    """create | deploy"""
    commit: str
    qa_passed: bool
    deployment_id: str
    url: str
    error: str
    """Why the run fails; empty while all is well."""


__all__ = ["RunState"]
