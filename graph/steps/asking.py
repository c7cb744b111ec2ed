"""What a run waits for, as words of its conversation: Studio shows those, and of an interrupt only its ids."""

from __future__ import annotations

from typing import Any

from graph.steps.common import Step
from graph.steps.planning import document

HOW = 'Say "yes, go on", or "no, because ...".'


async def asked_in_chat(step: Step, update: dict[str, Any]) -> dict[str, Any]:
    """The update with a message, where a run of Studio's chat waits from here on."""
    what = update.get("waits_for")
    if not what or not step.run["adopted"]:
        return update
    text = _tools(update) if what == "tool" else await (_plan(step) if what == "plan" else _budget(step))
    times = step.state.get("asked_tools" if what == "tool" else "asked_budget", 0)
    number = update.get("plans", times)
    message = {"role": "assistant", "content": f"{text}\n\n{HOW}", "id": f"{what}-{step.run_id}-{number}"}
    return {**update, "messages": [message]}


async def _plan(step: Step) -> str:
    told = document(await step.deps.store.plan(step.run_id))
    lines = ["This is the plan.", told["text"], *(f"change: {line}" for line in told["changes"])]
    lines += [f"task: {task['title']}. {task['detail']}" for task in told["tasks"] if task["detail"]]
    lines += [f"assumed: {line}" for line in told["assumptions"]]
    lines += [f"not understood: {part['text']} ({part['reason']})" for part in told["not_understood"]]
    lines += [f"question: {q['text']} {' / '.join(q['options'])} (else: {q['default']})" for q in told["questions"]]
    return "\n".join(lines)


def _tools(update: dict[str, Any]) -> str:
    calls = update["tool_question"]["calls"]
    lines = [f"{call['tool']} {call['reason']}\n{call['summary']}" for call in calls]
    return "\n".join(["Dev wants to do what you have to agree to:", *lines])


async def _budget(step: Step) -> str:
    spend = await step.deps.models.spending.of_run(step.run_id)
    usd = "unknown" if spend.usd is None else f"{spend.usd:.4f}"
    return (
        f"The budget is spent: {usd} of {spend.budget_usd} USD, {spend.tokens:,} tokens. "
        'A yes gives it once more, "yes, 5 USD" raises it; a no ends the work without the model.'
    )


__all__ = ["HOW", "asked_in_chat"]
