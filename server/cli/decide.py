"""What a run asks a person, on the terminal."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote

import typer

from server.cli.client import Client, Document
from server.cli.errors import FAILED, CommandError
from server.cli.screen import clean, say


def decide(client: Client, event: Document, *, yes: bool) -> None:
    """Answers an `approval_requested` event. Raises CommandError where nobody is there to ask."""
    run_id = str(event["run_id"])
    if client.get(f"/api/runs/{quote(run_id)}")["status"] != "waiting":
        return  # an event of the past
    for line in lines_of(event):
        say(f"     {line}")
    if yes:
        say("     approved by --yes")
        answer(client, run_id, {"decision": "approve"})
    elif not somebody_is_there():
        raise CommandError(
            f'the run waits for a decision: softwright approve {run_id}, or softwright reject {run_id} "why"'
            + (f", or softwright edit {run_id}" if event.get("what") == "plan" else ""),
            FAILED,
        )
    else:
        answer(client, run_id, _asked(event))


def somebody_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(client: Client, run_id: str, decision: dict[str, Any]) -> None:
    client.post(f"/api/runs/{quote(run_id, safe='')}/resume", decision)


def lines_of(event: Document) -> list[str]:
    """What is to be decided, for a person."""
    if event.get("what") == "plan":
        plan = event.get("plan") or {}
        lines = str(plan.get("text", "")).splitlines()
        lines += [f"change: {line}" for line in plan.get("changes") or ()]
        lines += [f"task: {task.get('title')}" for task in plan.get("tasks") or () if task.get("detail")]
        return lines + [
            f"question: {q.get('text')} (otherwise: {q.get('default')})" for q in plan.get("questions") or ()
        ]
    if event.get("what") == "budget":
        spend = event.get("spend") or {}
        return [
            f"the budget is spent: {spend.get('usd')} of {spend.get('budget_usd')} USD, {spend.get('tokens')} tokens"
        ]
    if event.get("what") == "tool":
        return [line for call in event.get("calls") or () for line in _call_lines(call)]
    deployment = event.get("deployment") or {}
    return [f"deploy {str(deployment.get('commit', ''))[:12]} to {deployment.get('environment')}"]


def _call_lines(call: Document) -> list[str]:
    shown = [f"  {line}" for line in str(call.get("summary", "")).splitlines()]
    return [f"Dev's {call.get('tool')} {call.get('reason')}", *shown]


def _asked(event: Document) -> dict[str, Any]:
    answers = {
        str(q["text"]): typer.prompt(clean(q["text"]), default=str(q.get("default", "")), err=True)
        for q in (event.get("plan") or {}).get("questions") or ()
    }
    if typer.confirm("Approve?", default=True, err=True):
        return {"decision": "approve", **({"answers": answers} if answers else {})}
    then = "Dev is told" if event.get("what") == "tool" else "PM plans anew with it; empty ends the run"
    comment = typer.prompt(f"Why not? ({then})", default="", err=True)
    return {"decision": "reject", **({"comment": comment} if comment else {})}


__all__ = ["answer", "decide", "lines_of", "somebody_is_there"]
