"""Each fault of an endpoint, in the work of each role: an outcome that says what happened, and exact books.

What is done about a fault between the models is tested in test_model_faults.py; here no model is left.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from agents.acceptance.lines import read_steps
from agents.loop.loop import run_loop
from agents.loop.records import LoopDeps, LoopEnd, LoopTask
from agents.models.gateway import Gateway
from agents.pm import answers
from agents.pm.planner.planner import PmDeps, PmInput, plan
from agents.pm.reader.reader import read_request
from agents.qa import test_writer as writer
from memory.code import CodeStore
from memory.records.model import Role
from memory.records.plan import AcceptanceCheck, Plan, Task
from memory.snapshots import GitSnapshots
from memory.turns import PostgresTurns
from tests.fake_model.fake_model import Act
from tests.integration.loop.loop_script import AT
from tests.integration.models.model_place import ModelPlace
from tests.integration.models.test_model_faults import FAULTS
from tools.workspace.tool import WorkspaceTools
from tools.workspace.workspace import Workspace

NAMES = (
    "429 with Retry-After", "500", "silence", "cut stream", "empty", "refusal", "overflow, OpenAI",
    "wrong key", "wrong JSON", "wrong shape", "a page instead",
)  # fmt: skip
TODOS = "todos with title; closing one twice is refused"
WORDS = AcceptanceCheck(title="closing works once", words="a closed todo cannot be closed again")
STEPS = AcceptanceCheck(title="it is made", steps=read_steps(["POST /todos {title: a} -> 201"], accounts=False))
PLAN = Plan(spec=read_request(TODOS).spec, tasks=(Task(id="close", title="Close", detail="", checks=(WORDS, STEPS)),))


async def pm(gateway: Gateway, _place: ModelPlace, _folder: Path) -> str:
    made = await plan(PmInput(TODOS), PmDeps(gateway))
    assert made.plan.spec.resources[0].name == "todo"
    assert made.fallback is not None
    assert (made.fallback.agent, made.fallback.to) == ("pm", "rules")
    return made.fallback.reason


async def qa(gateway: Gateway, _place: ModelPlace, _folder: Path) -> str:
    made = await writer.write(PLAN, writer.WriterDeps(gateway))
    assert made.unproven == ("closing works once",)
    assert "tests/test_acceptance_close.py" in made.files
    assert made.fallback is not None
    assert (made.fallback.agent, made.fallback.to) == ("qa", "no test")
    return made.fallback.reason


async def dev(gateway: Gateway, place: ModelPlace, folder: Path) -> str:
    outcome = await run_loop(*await loop(gateway, place, folder))
    assert (outcome.end, outcome.turns, outcome.complete, outcome.changed) == (LoopEnd.NO_MODEL, 0, False, {})
    return outcome.reason


async def chat(gateway: Gateway, _place: ModelPlace, _folder: Path) -> str:
    facts = [answers.Fact("coverage of the last run", "0.71", "run 12, step qa")]
    said = await answers.answer("what is the coverage?", facts, gateway)
    assert "0.71" in said.text
    assert said.fallback is not None
    return said.fallback.reason


WORK = {"pm": pm, "qa": qa, "dev": dev, "chat": chat}
ROLE = {"pm": Role.PM, "qa": Role.QA, "dev": Role.DEV, "chat": Role.PM}


async def loop(gateway: Gateway, place: ModelPlace, folder: Path) -> tuple[LoopTask, LoopDeps]:
    run_id = (await place.rows("SELECT id::text AS id FROM runs"))[0]["id"]
    source, root, project = folder / "source", folder / "tree", str(uuid.uuid4())
    source.mkdir()
    (source / "main.py").write_text("x = 1\n")
    code = CodeStore(folder / "repositories")
    code.create(project)
    base = code.commit(project, source, "Start", AT)
    toolbox = WorkspaceTools(Workspace(root))
    deps = LoopDeps(gateway, toolbox, GitSnapshots(code, project, root), PostgresTurns(place.pool, run_id))
    return LoopTask("dev/1", Role.DEV, "You are Dev.", "Set x to 2.", base), deps


@pytest.mark.parametrize("role", WORK)
@pytest.mark.parametrize("name", NAMES)
async def test_no_model_is_left(models: ModelPlace, tmp_path: Path, name: str, role: str) -> None:
    fault = FAULTS[name]
    models.fake.always = fault.act
    gateway = await models.gateway(model_timeout_s=0.15)
    reason = await WORK[role](gateway, models, tmp_path)
    assert reason.count(fault.says) == 2, "each of the two models with its reason"
    assert {heard[0] for heard in models.heard.fallbacks} == {ROLE[role].value}
    rows = await models.rows()
    assert "".join(row["state"][0] for row in rows) == fault.states * 2
    assert {row["key"] for row in rows} == {rows[0]["key"]}
    await models.sums_agree()


TOOL_FAULTS = {
    "wrong arguments": ('{"file": "main.py"}', "write_file", "wrong arguments"),
    "no JSON": ('{"path": "main.py", ', "write_file", "no JSON object"),
    "unknown tool": ('{"path": "main.py"}', "run_sql", "there is no such tool"),
}


@pytest.mark.parametrize("name", TOOL_FAULTS)
async def test_a_wrong_tool_call_is_told_and_the_work_goes_on(models: ModelPlace, tmp_path: Path, name: str) -> None:
    arguments, tool, told = TOOL_FAULTS[name]
    right = '{"path": "main.py", "content": "x = 2\\n"}'
    models.fake.says(
        Act(tool_calls=({"name": tool, "arguments": arguments},)),
        Act(
            tool_calls=(
                {"name": "write_file", "arguments": right},
                {"name": "finish", "arguments": '{"summary": "s"}'},
            )
        ),
    )
    outcome = await run_loop(*await loop(await models.gateway(), models, tmp_path))
    assert (outcome.end, list(outcome.changed)) == (LoopEnd.FINISHED, ["main.py"])
    assert told in models.fake.requests[1]["messages"][-1]["content"]
    assert [row["state"] for row in await models.rows()] == ["answered", "answered"]
    assert (outcome.prompt_tokens, outcome.completion_tokens) == (
        models.fake.bill.prompt_tokens,
        models.fake.bill.completion_tokens,
    )
    await models.sums_agree()


@pytest.mark.parametrize("role", ["pm", "qa", "chat"])
async def test_a_tool_call_where_none_was_offered_is_no_answer(models: ModelPlace, tmp_path: Path, role: str) -> None:
    models.fake.always = Act(tool_calls=({"name": "run_command", "arguments": '{"command": "id"}'},))
    reason = await WORK[role](await models.gateway(), models, tmp_path)
    assert reason
    assert {row["state"] for row in await models.rows()} == {"answered"}
    await models.sums_agree()
