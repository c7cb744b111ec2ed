"""Acceptance tests from a plan's checks, before anything is known of the code."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from agents.acceptance.lines import read_steps
from agents.acceptance.python import HELPER, HELPER_PATH, module_of, path_of
from agents.acceptance.values import BadValue
from agents.pm.planner.tasks import refuse_impossible
from agents.pm.planner.text import spec_text, tasks_text
from agents.prompts.renderer import render
from agents.qa.test_writer_judge import WeakTest, weak_tests
from agents.structured.ask import Failed, ask_for
from memory.records.model import ModelGateway, Role
from memory.records.plan import AcceptanceCheck, Exchange, Fallback, Plan, Task

KEY = "qa/tests"


class DraftSteps(BaseModel):
    number: int
    steps: list[str] = []


class DraftChecks(BaseModel):
    checks: list[DraftSteps] = []


@dataclass(frozen=True)
class WriterDeps:
    gateway: ModelGateway | None
    max_tokens: int = 2048
    earlier: tuple[Task, ...] = ()
    """What was built before: a change is asked of an application that has more than its resources."""


@dataclass(frozen=True)
class WriterOutput:
    files: dict[str, str]
    """Path below the application → source."""
    plan: Plan
    """With the steps of checks that were words before."""
    unproven: tuple[str, ...] = ()
    """Titles of checks that are still only words: nobody tests them."""
    refused: tuple[WeakTest, ...] = ()
    """Tests left out because they could not fail."""
    fallback: Fallback | None = None


async def write(plan: Plan, deps: WriterDeps) -> WriterOutput:
    """Asks a model only for checks in words, and never shows it code. The files are the same for the same plan."""
    words = [check for task in plan.tasks for check in task.checks if not check.steps]
    fallback = None
    if words and deps.gateway is not None:
        found = await _steps(plan, words, deps.gateway, deps)
        if isinstance(found, Failed):
            fallback = Fallback(agent="qa", from_="model", to="no test", reason=found.reason)
        else:
            plan = _with_steps(plan, words, found)
    files, refused = await asyncio.to_thread(_files, plan)
    unproven = tuple(check.title for task in plan.tasks for check in task.checks if not check.steps)
    return WriterOutput(files, plan, unproven, refused, fallback)


def _files(plan: Plan) -> tuple[dict[str, str], tuple[WeakTest, ...]]:
    files: dict[str, str] = {}
    refused: list[WeakTest] = []
    for task in plan.tasks:
        kept, weak = _strong(task)
        refused += weak
        if kept.checks:
            files[path_of(task)] = module_of(kept)
    return ({HELPER_PATH: HELPER, **files} if files else {}), tuple(refused)


def _strong(task: Task) -> tuple[Task, list[WeakTest]]:
    """The task with the checks in steps whose tests can fail."""
    kept: list[AcceptanceCheck] = []
    weak: list[WeakTest] = []
    for check in task.checks:
        if not check.steps:
            continue
        found = weak_tests(module_of(task.model_copy(update={"checks": (check,)})))
        weak += found
        kept += [] if found else [check]
    return task.model_copy(update={"checks": tuple(kept)}), weak


async def _steps(
    plan: Plan, words: Sequence[AcceptanceCheck], gateway: ModelGateway, deps: WriterDeps
) -> dict[int, tuple[Exchange, ...]] | Failed:
    def problems(draft: DraftChecks) -> list[str]:
        return _read(draft, plan, len(words))[1]

    messages = await asyncio.to_thread(_messages, plan, words, deps.earlier)
    asked = await ask_for(gateway, KEY, Role.QA, messages, DraftChecks, check=problems, max_tokens=deps.max_tokens)
    return asked if isinstance(asked, Failed) else _read(asked.value, plan, len(words))[0]


def _messages(plan: Plan, words: Sequence[AcceptanceCheck], earlier: Sequence[Task]) -> list[BaseMessage]:
    lines = [f"{number}. {check.title}: {check.words}" for number, check in enumerate(words, start=1)]
    built = [f"built already, {task.title}: {task.detail}" for task in earlier]
    about = "\n".join([spec_text(plan.spec), *built, tasks_text(plan.tasks)])
    task = render("qa_tests_task", plan=about, checks="\n".join(lines))
    return [SystemMessage(render("qa_tests_system")), HumanMessage(task)]


def _read(draft: DraftChecks, plan: Plan, count: int) -> tuple[dict[int, tuple[Exchange, ...]], list[str]]:
    found: dict[int, tuple[Exchange, ...]] = {}
    problems: list[str] = []
    for part in draft.checks:
        if not part.steps:
            continue
        if not 1 <= part.number <= count:
            problems.append(f"there is no check {part.number}")
            continue
        try:
            steps = read_steps(part.steps, accounts=plan.spec.accounts)
            refuse_impossible(steps, plan.spec)
            found[part.number - 1] = steps
        except BadValue as error:
            problems.append(f"check {part.number}: {error}")
    return found, problems


def _with_steps(plan: Plan, words: Sequence[AcceptanceCheck], found: dict[int, tuple[Exchange, ...]]) -> Plan:
    made = {id(words[n]): words[n].model_copy(update={"steps": steps, "words": ""}) for n, steps in found.items()}
    tasks = tuple(
        task.model_copy(update={"checks": tuple(made.get(id(check), check) for check in task.checks)})
        for task in plan.tasks
    )
    return plan.model_copy(update={"tasks": tasks})


__all__ = ["KEY", "WriterDeps", "WriterOutput", "write"]
