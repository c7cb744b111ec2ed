"""The graph: intake → pm → dev ⇄ qa (→ merge) → ops → report, intake → answer → report, and
intake → measure → report.

Plan, budget, production and dangerous tools may wait for a person.
"""

from __future__ import annotations

from typing import Any, Literal

from langgraph.graph import END, START, StateGraph

from graph.approvals import approve_budget, approve_deployment, approve_plan, approve_tool
from graph.beginning import NOTHING
from graph.chat import PERFORMANCE, QUESTION
from graph.nodes import Nodes, Provider
from graph.state import RunState
from graph.steps.checking import CHECK
from graph.steps.common import CHANGING

Begins = Literal["pm", "dev", "qa", "ops", "approve_deployment", "answer", "measure", "report", "__end__"]
BEFORE_OPS = Literal["ops", "approve_deployment", "report"]


def _decision(state: RunState) -> dict[str, Any]:
    return state.get("decision") or {}


def after_intake(state: RunState) -> Begins:
    if state.get("resumes") == "plan":
        return after_plan_decision(state)
    if state.get("resumes") in ("budget", "tool"):
        return after_dev_decision(state)
    if state.get("error"):
        return "report"
    intent = state.get("intent")
    if intent == PERFORMANCE:
        return "measure"
    if intent in (QUESTION, NOTHING):
        return "answer" if intent == QUESTION else "__end__"
    if intent in ("rollback", "import"):
        return "dev"
    if intent == CHECK:
        return "qa"
    return towards_ops(state) if intent == "deploy" else "pm"


def after_pm(state: RunState) -> Literal["dev", "approve_plan", "report"]:
    if state.get("error"):
        return "report"
    return "approve_plan" if state.get("waits_for") == "plan" else "dev"


def after_plan_decision(state: RunState) -> Literal["pm", "dev", "report"]:
    """A refusal with a comment, an edited plan and answers are PM's; a bare refusal ends the run."""
    if state.get("error"):
        return "report"
    decision = _decision(state)
    return "dev" if decision.get("decision") == "approve" and not decision.get("answers") else "pm"


def after_dev(state: RunState) -> Literal["qa", "approve_budget", "approve_tool", "report"]:
    if state.get("error"):
        return "report"
    if state.get("waits_for") == "tool":
        return "approve_tool"
    return "approve_budget" if state.get("waits_for") == "budget" else "qa"


def after_dev_decision(state: RunState) -> Literal["dev", "report"]:
    return "report" if state.get("error") else "dev"


def after_qa(state: RunState) -> Literal["dev", "merge", "ops", "approve_deployment", "report"]:
    """An error ends the run; what did not pass without one goes back to Dev."""
    if state.get("error"):
        return "report"
    if not state.get("qa_passed"):
        return "dev"
    if state.get("intent") in CHANGING:
        return "merge"
    return "report" if state.get("intent") in ("build", "import", CHECK) else towards_ops(state)


def after_merge(state: RunState) -> Literal["dev", "ops", "report"]:
    """Back to Dev where people have pushed meanwhile."""
    if state.get("error"):
        return "report"
    if not state.get("qa_passed"):
        return "dev"
    return "ops" if state.get("environments") else "report"


def towards_ops(state: RunState) -> BEFORE_OPS:
    return "approve_deployment" if state.get("target") else "ops"


def after_deployment_decision(state: RunState) -> Literal["ops", "report"]:
    return "report" if state.get("error") else "ops"


def build(provide: Provider) -> StateGraph[RunState, Any, RunState, RunState]:
    nodes = Nodes(provide)
    graph = StateGraph(RunState)
    for name in ("intake", "pm", "dev", "qa", "merge", "ops", "answer", "measure", "report"):
        graph.add_node(name, getattr(nodes, name))
    for asking in (approve_plan, approve_budget, approve_tool, approve_deployment):
        graph.add_node(asking.__name__, asking)
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", after_intake)
    graph.add_conditional_edges("pm", after_pm)
    graph.add_conditional_edges("approve_plan", after_plan_decision)
    graph.add_conditional_edges("dev", after_dev)
    graph.add_conditional_edges("approve_budget", after_dev_decision)
    graph.add_conditional_edges("approve_tool", after_dev_decision)
    graph.add_conditional_edges("qa", after_qa)
    graph.add_conditional_edges("merge", after_merge)
    graph.add_conditional_edges("approve_deployment", after_deployment_decision)
    graph.add_edge("ops", "report")
    graph.add_edge("answer", "report")
    graph.add_edge("measure", "report")
    graph.add_edge("report", END)
    return graph


__all__ = ["build"]
