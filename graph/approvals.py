"""Nodes that wait for a person. They do nothing else: a resumed node runs again from its top."""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt
from pydantic import BaseModel, ConfigDict, ValidationError

from graph.state import RunState
from memory.records.plan import Plan

Update = dict[str, Any]
APPROVE, REJECT, EDIT = "approve", "reject", "edit"


class Decision(BaseModel):
    """What a person says; Studio sends it as JSON, or as one word."""

    model_config = ConfigDict(extra="forbid")

    decision: str
    comment: str = ""
    plan: Plan | None = None
    answers: dict[str, str] = {}
    """By question."""
    budget_usd: float | None = None
    """The raised budget of the run."""


def decided(value: Any) -> Update:
    """The state's update for what came back. What is no decision is a rejection that says so."""
    try:
        given = Decision.model_validate({"decision": value} if isinstance(value, str) else value)
    except ValidationError as error:
        return {"waits_for": "", "error": f"the decision cannot be read: {error}"}
    if given.decision not in (APPROVE, REJECT, EDIT) or (given.decision == EDIT and given.plan is None):
        return {"waits_for": "", "error": f"{given.decision!r} is none of approve, reject, edit (with its plan)"}
    return {"waits_for": "", "decision": given.model_dump(mode="json", exclude_none=True)}


def plan_decided(value: Any) -> Update:
    """A rejection with a comment has PM plan anew; one without ends the run."""
    update = decided(value)
    decision = update.get("decision", {})
    if decision.get("decision") == REJECT and not decision.get("comment"):
        return {**update, "error": "the plan was rejected"}
    return update


def budget_decided(value: Any, state: RunState) -> Update:
    """A rejection lets the run end without the model."""
    update = decided(value)
    update["asked_budget"] = state.get("asked_budget", 0) + 1
    decision = update.get("decision", {})
    if decision.get("decision") != APPROVE:
        return update
    amount = decision.get("budget_usd")
    raised = {"budget_usd": str(amount)} if amount is not None else {}
    return {**update, **raised, "raises": state.get("raises", 0) + 1}


def tool_decided(value: Any, state: RunState) -> Update:
    """About all calls of the answer that was asked about; Dev goes on with it. Says nothing of plan or budget."""
    update = decided(value)
    decision = update.pop("decision", {})
    if update.get("error"):
        return update
    said = {"approved": decision["decision"] == APPROVE, "comment": decision.get("comment", "")}
    before = state.get("tool_decisions", {})
    asked = {"asked_tools": state.get("asked_tools", 0) + 1, "tool_question": {}}
    return {**update, **asked, "tool_decisions": {**before, state["tool_question"]["key"]: said}}


async def approve_plan(state: RunState) -> Update:
    return plan_decided(interrupt({"what": "plan", "run_id": state["run_id"]}))


async def approve_deployment(state: RunState) -> Update:
    asked = {"what": "deployment", "run_id": state["run_id"], "commit": state["commit"], "environment": "production"}
    update = decided(interrupt(asked))
    decision = update.get("decision", {})
    if decision and decision["decision"] != APPROVE:
        said = f": {decision['comment']}" if decision.get("comment") else ""
        return {**update, "error": f"the deployment to production was rejected{said}"}
    return update


async def approve_budget(state: RunState) -> Update:
    return budget_decided(interrupt({"what": "budget", "run_id": state["run_id"]}), state)


async def approve_tool(state: RunState) -> Update:
    asked = {"what": "tool", "run_id": state["run_id"], "calls": state["tool_question"]["calls"]}
    return tool_decided(interrupt(asked), state)


__all__ = [
    "APPROVE",
    "EDIT",
    "REJECT",
    "Decision",
    "approve_budget",
    "approve_deployment",
    "approve_plan",
    "approve_tool",
    "budget_decided",
    "decided",
    "plan_decided",
    "tool_decided",
]
