"""The graph: intake → pm → dev → qa → ops → report."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.graph import END, START, StateGraph

from graph.nodes import Nodes, Provider
from graph.state import RunState


def after_intake(state: RunState) -> Literal["pm", "ops", "report"]:
    if state.get("error"):
        return "report"
    return "ops" if state.get("intent") == "deploy" else "pm"


def after_pm(state: RunState) -> Literal["dev", "report"]:
    return "report" if state.get("error") else "dev"


def after_dev(state: RunState) -> Literal["qa", "report"]:
    return "report" if state.get("error") else "qa"


def after_qa(state: RunState) -> Literal["ops", "report"]:
    """Without a model nothing can be repaired: a failure is reported as it is."""
    return "ops" if state.get("qa_passed") and state.get("intent") != "build" else "report"


def build(provide: Provider) -> StateGraph[RunState, Any, RunState, RunState]:
    nodes = Nodes(provide)
    graph = StateGraph(RunState)
    for name in ("intake", "pm", "dev", "qa", "ops", "report"):
        graph.add_node(name, getattr(nodes, name))
    graph.add_edge(START, "intake")
    graph.add_conditional_edges("intake", after_intake)
    graph.add_conditional_edges("pm", after_pm)
    graph.add_conditional_edges("dev", after_dev)
    graph.add_conditional_edges("qa", after_qa)
    graph.add_edge("ops", "report")
    graph.add_edge("report", END)
    return graph


__all__ = ["build"]
