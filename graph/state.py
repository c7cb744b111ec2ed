"""What a run carries from node to node: ids, counters and short words. Code is in git, reports in PostgreSQL."""

from __future__ import annotations

from typing import Any

from langgraph.graph import MessagesState


class RunState(MessagesState, total=False):
    project_id: str
    run_id: str
    intent: str
    """create | build | modify | rollback | deploy"""
    target: str
    """The environment, where a person has to approve it."""
    commit: str
    qa_passed: bool
    deployment_id: str
    url: str
    error: str
    """Why the run fails; empty while all is well."""
    waits_for: str
    """What a person decides before it goes on: plan, deployment, budget or tool; empty: nothing."""
    resumes: str
    """plan, budget or tool, where a message of Studio's chat has decided about it; empty: a run begins."""
    decision: dict[str, Any]
    """The last one: decision (approve, reject, edit), and perhaps comment, plan, answers, budget_usd."""
    answers: dict[str, str]
    """To the one round of questions of this run's plans, by question."""
    plans: int
    """Made in this run."""
    rounds: int
    """Of writing and proving in this run."""
    raises: int
    """Of the budget, in this run."""
    asked_budget: int
    """Times that a person was asked about it: Dev's round goes on under a key of its own after each."""
    tool_question: dict[str, Any]
    """The calls of one answer of Dev's model that a person has to agree to, and that answer's key."""
    tool_decisions: dict[str, dict[str, Any]]
    """What was said of them, by the answer's key."""
    asked_tools: int
    """Times that a person was asked about calls, in this run."""
    budget_usd: str
    """As raised by a person; empty: what the request or the settings say."""
    moves: int
    """Times that people pushed while this run changed the code: Dev and QA do their part again."""
    environments: dict[str, str]
    """Where a modification is put to work, with the commit that serves there before."""
    failure: str
    """Digest of what QA found last: the same again means that Dev goes in circles."""


__all__ = ["RunState"]
