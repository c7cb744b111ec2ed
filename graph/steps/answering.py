"""A question's step: what is stored about a project, and an answer that rests on it. Nothing is changed."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from agents.pm.answers import ChatAnswer, answer
from agents.pm.facts.fact import Fact, Material, Written, topics_of
from agents.pm.facts.operating import operating_facts
from agents.pm.facts.quality import quality_facts
from agents.pm.facts.running import running_facts
from agents.pm.facts.working import working_facts
from graph.chat import REMEMBER, REPLY
from graph.costing import cost_report
from graph.operating import operating
from graph.steps.common import Step, StepResult
from graph.steps.remembering import keep_words
from memory.code import CodeError
from memory.records.model import Role
from memory.records.serving import Serving
from memory.secrets import Kind, Place, SecretsError, redacted
from memory.store import Row
from tools.deploy.interface import DeployError

RUNS = 50
DEPLOYMENTS = 20
LOG_LINES = 20
WRITES = ("create", "build", "modify", "rollback")


async def reply(step: Step) -> StepResult:
    if step.asked.get(REMEMBER):
        await keep_words(step, str(step.asked[REMEMBER]))
    given = await _given(step)
    await step.tell_fallback(given.fallback, "answer")
    evidence = [fact.document() for fact in given.evidence]
    await say(step, given.text, evidence)
    message = {"role": "assistant", "content": given.text, "id": f"report-{step.run_id}"}
    return StepResult(update={"messages": [message]}, evidence={"answer": given.text, "facts": evidence})


async def say(step: Step, text: str, evidence: Sequence[Mapping[str, Any]] = ()) -> None:
    """Keeps an answer of the conversation and tells those who listen; once a run."""
    await step.deps.store.say(step.run_id, text, evidence=evidence)
    await step.tell("chat_message", role="assistant", text=text, evidence=list(evidence))


def ended_facts(step: Step) -> list[dict[str, str]]:
    """What a run that ended leaves to look at."""
    state = step.state
    found = [("run", step.run_id), ("commit", state.get("commit")), ("deployment", state.get("deployment_id"))]
    return [Fact(topic, value, f"run {step.run_id}").document() for topic, value in found if value]


async def _given(step: Step) -> ChatAnswer:
    if step.asked.get(REPLY):
        return ChatAnswer(str(step.asked[REPLY]), ())
    question = str(step.asked["request"])
    material = await collected(step, topics_of(question))
    facts: list[Fact] = [*working_facts(material), *quality_facts(material), *running_facts(material)]
    facts += operating_facts(material, question)
    return await answer(question, facts, step.gateway(Role.PM))


async def collected(step: Step, topics: Sequence[str]) -> Material:
    """What takes long to look up only where the question is about it."""
    store = step.deps.store
    project = await store.project(step.project_id)
    if project is None:
        raise LookupError(f"project {step.project_id} has gone")
    runs = [row for row in await store.runs(step.project_id, RUNS) if not row["aside"] and row["id"] != step.run_id]
    failed = [row["id"] for row in runs if row["status"] == "failed"][:1]
    wrote = next((row for row in runs if row["intent"] in WRITES and row["started_at"]), None)
    named = [*failed, *([wrote["id"]] if wrote else [])]
    deployments = await store.deployments(step.project_id, DEPLOYMENTS)
    live = (await store.current_deployments([step.project_id]))[step.project_id]
    report = await store.report(step.project_id, project["commit"]) if project["commit"] else None
    steps = await store.steps_of(named)
    spending = step.deps.models.spending
    return Material(
        project=project,
        runs=runs,
        steps=steps,
        report=report,
        deployments=deployments,
        serving={row["id"]: await _probed(step, row["id"]) for row in live},
        spends={row["id"]: await spending.of_run(row["id"]) for row in runs},
        models=step.deps.settings.models_of(Role.DEV),
        written=await asyncio.to_thread(_written, step, wrote, steps) if wrote else None,
        tests=await asyncio.to_thread(_tests, step, project["commit"]) if project["commit"] else {},
        log=await _log(step, live[0]) if "logs" in topics and live else None,
        costs=await cost_report(step.deps.pool, live, {}) if {"cost", "hosting"} & set(topics) else None,
        **(await operating(step.deps.pool, step.project_id, live) if "speed" in topics else {}),
    )


async def _probed(step: Step, deployment_id: str) -> Serving | str:
    try:
        return await step.deps.platform.status(deployment_id)
    except DeployError as error:
        return str(error)


async def _log(step: Step, row: Row) -> tuple[str, str]:
    """Without the values of the application's secrets."""
    try:
        text = await step.deps.platform.logs(row["id"], lines=LOG_LINES)
        places = [Place(row["project_id"], row["environment"], kind) for kind in (Kind.GENERATED, Kind.USER)]
        values = [await asyncio.to_thread(step.deps.secrets.read, place) for place in places]
    except (DeployError, SecretsError) as error:
        return row["id"], f"(the log cannot be shown: {error})"
    return row["id"], redacted(text, {name: value for found in values for name, value in found.items()})


def _written(step: Step, run: Row, steps: Mapping[str, Sequence[Row]]) -> Written | None:
    """What the run's last commit changed against what it began with; without that, all of its files. Blocking."""
    outputs = [row["output"] or {} for row in steps[run["id"]] if row["key"].startswith("dev")]
    told = [part or {} for output in outputs for part in (output.get("evidence"), output.get("update"))]
    commit = next((found["commit"] for found in reversed(told) if found.get("commit")), None)
    if commit is None:
        return None
    code = step.deps.code
    base = next((found["base"] for found in told if found.get("base")), None)
    try:
        parent = base or code.parent(step.project_id, commit)
        if parent is None:
            changed = dict.fromkeys(code.entries(step.project_id, commit), "added")
        else:
            changed = {path: how.value for path, how in code.diff(step.project_id, parent, commit).items()}
    except CodeError:
        changed = {}
    return Written(commit, run["id"], run["started_at"], changed)


def _tests(step: Step, commit: str) -> dict[str, list[str]]:
    """Names of test functions by file, read and not run. Blocking."""
    code = step.deps.code
    try:
        entries = code.entries(step.project_id, commit)
        paths = [
            path for path in sorted(entries) if path.rpartition("/")[2].startswith("test_") and path.endswith(".py")
        ]
        texts = code.blobs(step.project_id, [entries[path].id for path in paths])
    except CodeError:
        return {}
    return {path: _functions(text) for path, text in zip(paths, texts, strict=True)}


def _functions(source: bytes) -> list[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_")]


__all__ = ["ended_facts", "reply", "say"]
