"""One turn: ask, do what was answered, keep the workspace's state."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage

from agents.loop.consent import ask_first, dangers_of, refusal
from agents.loop.prompting import CUT, EMPTY, FINISH, FINISH_SCHEMA, NO_TOOL, still_broken
from agents.loop.records import LoopDeps, LoopTask
from memory.records.loop import ToolOutcome, Turn
from memory.records.model import Answer, Ask, ToolCall

NAME = re.compile(r"[^a-zA-Z0-9_-]")
CUT_OFF = "length"


@dataclass(frozen=True)
class Done:
    """What became of an answer."""

    results: tuple[ToolOutcome, ...]
    tree: str
    remark: str = ""
    finished: bool = False


async def take_turn(task: LoopTask, deps: LoopDeps, messages: Sequence[BaseMessage], n: int, tree: str) -> Turn:
    """Not recorded yet. `tree`: the workspace before it. Raises ModelError, ApprovalNeeded, ExecutionCancelled."""
    started = deps.clock()
    key = f"{task.prefix}/{n}"
    tools = [*deps.toolbox.schemas, FINISH_SCHEMA]
    asked = Ask(key, task.role, messages, tools, max_tokens=task.limits.answer_tokens)
    answer = tidied(await deps.gateway.ask(asked), n)
    dangers = dangers_of(answer, deps.toolbox)
    ask_first(key, answer, dangers, deps.consent)
    refused = {id: refusal(why, deps.consent.decisions.get(key)) for id, why in dangers.items()}
    calls = answer.tool_calls
    done = await _carried_out(answer, task, deps, tree, refused) if calls else await _no_call(answer, deps, n, tree)
    return Turn(
        n=n,
        key=key,
        answer=answer,
        results=done.results,
        remark=done.remark,
        finished=done.finished,
        tree=done.tree,
        took_s=round(deps.clock() - started, 4),
    )


async def _carried_out(answer: Answer, task: LoopTask, deps: LoopDeps, tree: str, refused: Mapping[str, str]) -> Done:
    """All calls in their order, but those that nobody agreed to."""
    results: list[ToolOutcome] = []
    touched: list[str] = []
    finished = False
    for number, call in enumerate(answer.tool_calls):
        reason = "" if not finished else f"not done: {FINISH} came before it"
        reason = reason or _not_possible(call, number, answer, task) or refused.get(call.id, "")
        if reason:
            results.append(_refused(call, reason))
        elif call.name == FINISH:
            tree, touched = await _kept(deps, tree, touched), []
            results.append(await _finishing(call, results, deps))
            finished = results[-1].ok
        else:
            result = await deps.toolbox.call(call.name, call.arguments or {})
            touched += result.touched
            results.append(_outcome(call, ok=result.ok, status=result.status, data=result.data))
    return Done(tuple(results), await _kept(deps, tree, touched), finished=finished)


def _not_possible(call: ToolCall, number: int, answer: Answer, task: LoopTask) -> str:
    if number >= task.limits.calls:
        return f"not done: more than {task.limits.calls} calls in one answer"
    if call.arguments is None:
        return CUT if answer.finish == CUT_OFF else "the arguments are no JSON object"
    return ""


async def _kept(deps: LoopDeps, tree: str, touched: Sequence[str]) -> str:
    return await asyncio.to_thread(deps.snapshots.save, touched) if touched else tree


async def _finishing(call: ToolCall, before: Sequence[ToolOutcome], deps: LoopDeps) -> ToolOutcome:
    """Accepted where the model saw all of its results and left nothing unreadable, or says that it gives up."""
    if gives_up(call):
        return _outcome(call, ok=True, status="accepted")
    failed = [result.name for result in before if not result.ok]
    if failed:
        return _refused(call, f"not finished: {', '.join(failed)} of the same answer failed; see what it says")
    problems = await _broken(deps)
    if problems:
        return _refused(call, still_broken(problems))
    return _outcome(call, ok=True, status="accepted")


def gives_up(call: ToolCall) -> bool:
    done = (call.arguments or {}).get("done", True)
    return done is False or (isinstance(done, str) and done.strip().lower() == "false")


async def _no_call(answer: Answer, deps: LoopDeps, n: int, tree: str) -> Done:
    if answer.finish == CUT_OFF:
        return Done((), tree, CUT)
    if not answer.text.strip():
        return Done((), tree, EMPTY)
    if n == 1:
        return Done((), tree, NO_TOOL)
    problems = await _broken(deps)
    return Done((), tree, still_broken(problems)) if problems else Done((), tree, finished=True)


async def _broken(deps: LoopDeps) -> tuple[str, ...]:
    return await deps.toolbox.broken(list(deps.snapshots.changed()))


def _outcome(call: ToolCall, *, ok: bool, status: str, data: str = "") -> ToolOutcome:
    return ToolOutcome(call_id=call.id, name=call.name, ok=ok, status=status, data=data)


def _refused(call: ToolCall, reason: str) -> ToolOutcome:
    return _outcome(call, ok=False, status=reason)


def tidied(answer: Answer, n: int) -> Answer:
    """With ids and names that every endpoint takes back in a history, and text that can be stored."""
    calls: list[ToolCall] = []
    for number, call in enumerate(answer.tool_calls):
        taken = {other.id for other in calls}
        id = call.id if call.id and call.id not in taken else f"call_{n}_{number}"
        name = NAME.sub("_", call.name)[:64] or "unnamed"
        calls.append(
            ToolCall(id=_storable(id), name=name, arguments=_storable(call.arguments), raw=_storable(call.raw))
        )
    return answer.model_copy(update={"text": _storable(answer.text), "tool_calls": tuple(calls)})


def _storable(value: Any) -> Any:
    """Without lone surrogates, which no encoding has."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


__all__ = ["gives_up", "take_turn", "tidied"]
