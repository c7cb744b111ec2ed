"""What Dev's tools do only where a person agrees, who may be asked, and what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from agents.loop.records import Consent
from agents.pm.planner.text import tasks_text
from graph.chat import ATTENDED
from graph.steps.common import Step, modifies
from memory.code import MAIN, SCAFFOLD
from memory.model_settings import AskAbout
from memory.records.loop import ToolDecision, ToolQuestion
from memory.records.plan import RESOLVE, Plan
from tools.workspace.dangers import Dangers


async def dangers_for(step: Step, plan: Plan) -> Dangers:
    """A person's words are the request, and the plan where they have seen it."""
    ref = MAIN if modifies(step) else SCAFFOLD
    commit = await asyncio.to_thread(step.deps.code.resolve, step.project_id, ref)
    there = {} if commit is None else await asyncio.to_thread(step.deps.code.entries, step.project_id, commit)
    shown = [task for task in plan.tasks if step.asked.get("approve") or task.id == RESOLVE]
    words = f"{step.asked.get('request', '')}\n{tasks_text(shown)}"
    return Dangers(frozenset(there), words, in_use=modifies(step))


def consent_of(step: Step) -> Consent:
    said = {key: ToolDecision.model_validate(value) for key, value in step.state.get("tool_decisions", {}).items()}
    return Consent(may_ask=may_ask(step.deps.settings.dangerous_tools, step.asked), decisions=said)


def may_ask(about: AskAbout, request: Mapping[str, Any]) -> bool:
    """`request`: the run's input."""
    return attended(request) if about is AskAbout.ATTENDED else about is AskAbout.ASK


def attended(request: Mapping[str, Any]) -> bool:
    """Whether somebody is there to be asked: who wants to see the plan, talks with the run, or watches it."""
    return bool(request.get("approve") or request.get(ATTENDED))


def asked(question: ToolQuestion) -> dict[str, Any]:
    """For the state: small, and no file's content."""
    return question.model_dump(mode="json")


__all__ = ["asked", "attended", "consent_of", "dangers_for", "may_ask"]
