"""From a message to the run that it begins, for REST, command line and Studio alike. Light: the API imports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.pm.decisions import plan_first
from agents.pm.intent_rules import Intent, Sorted, environment_in, platform_in, remembered_in
from memory.store import Row, Store

CREATE, DEPLOY, QUESTION, UNSORTED = "create", "deploy", "question", "chat"
PERFORMANCE = "performance"
ASIDE = (QUESTION, PERFORMANCE)
"""They leave the project as it is, and go on beside the run that works; the table of runs says so too."""
MODIFY, ROLLBACK = "modify", "rollback"
CHANGING = (MODIFY, ROLLBACK)
"""Runs that have a row among the modifications."""
ATTENDED = "attended"
"""In a run's input: somebody talks with it, and can be asked."""
REPLY = "reply"
"""In a question's input: what is answered whatever is stored."""
REMEMBER = "remember"
"""In a question's input: what is to be remembered of the project."""
HELP = """Say in your own words what you want:
- a new application: "Build a REST API for todos with title and due date"
- a change: "add a priority to todos"
- put it to work: "deploy to staging", or go back: "roll back"
- how things are done here: "remember: money is in euros"
- to see the plan before anything is done: "..., show me the plan first"
- while a run waits for you: "yes, go on", or "no, because ..."
- ask: "why is coverage 71 %?", "what did the last change touch?", "what will it cost?", "is it up?", "show the logs",
  "what did you not understand?", "why did the last run fail?", "which tests are there?", "what are you doing?"
"""
NO_PROJECT = (
    'There is no project in this conversation yet. Say what to build, for instance: "Build a REST API for todos".'
)


@dataclass(frozen=True)
class Begun:
    """A run as the message asks for it."""

    intent: str
    asked: dict[str, Any]
    """The run's input."""


def replied(message: str, reply: str) -> Begun:
    return Begun(QUESTION, {"request": message, REPLY: reply})


async def has_application(store: Store, project: Row | None) -> bool:
    """Also where its first run is still at work on it."""
    if project is None:
        return False
    return project["commit"] is not None or bool(await store.unfinished_runs(project["id"]))


async def begin(store: Store, project: Row | None, message: str, found: Sorted) -> Begun:
    """A guess is said to the user, and not acted on."""
    intent = found.intent
    if intent in (Intent.CREATE, Intent.MODIFY):
        words, asks = plan_first(message)
        begun = await _built(store, project, words, found)
        if REPLY in begun.asked:
            return begun
        return Begun(begun.intent, {**begun.asked, ATTENDED: True, **({"approve": True} if asks else {})})
    return await _built(store, project, message, found)


async def _built(store: Store, project: Row | None, message: str, found: Sorted) -> Begun:
    intent = found.intent
    if intent is Intent.QUESTION:
        return Begun(QUESTION, {"request": message}) if project is not None else replied(message, NO_PROJECT)
    if intent is Intent.REMEMBER and project is not None:
        words = remembered_in(message)
        noted = f"I will remember of this project: {words}"
        return Begun(QUESTION, {"request": message, REMEMBER: words, REPLY: noted})
    if intent is Intent.HELP:
        return replied(message, HELP)
    if project is None:
        creates = intent is Intent.CREATE and found.sure
        return Begun(CREATE, {"request": message, "deploy": "dev"}) if creates else replied(message, NO_PROJECT)
    if not found.sure:
        return replied(message, _guessed(intent))
    return await _order(store, project, message, intent)


async def _order(store: Store, project: Row, message: str, intent: Intent) -> Begun:
    if intent is Intent.DEPLOY:
        return _deployed(project, message)
    if intent is Intent.ROLLBACK:
        return await _rolled_back(store, project, message)
    if intent is Intent.CREATE:
        return Begun(CREATE, {"request": message, "deploy": "dev"})
    if intent is Intent.MODIFY:
        return Begun(MODIFY, {"request": message})
    return replied(message, f"I did not understand that.\n{HELP}")


def _guessed(intent: Intent) -> str:
    if intent is Intent.MODIFY:
        words = "I am not sure whether this is to change the application. Say it as an order"
        return f'{words}, for instance "add ..." or "rename ... to ...", or ask. A new application is a new chat.'
    if intent is Intent.CREATE:
        return 'I am not sure what to build. Say it like this: "Build a REST API for todos with title and due date".'
    return f"I did not understand that.\n{HELP}"


def _deployed(project: Row, message: str) -> Begun:
    """Production is asked about before it happens: words may have been misread."""
    environment = environment_in(message) or "dev"
    if project["commit"] is None:
        return replied(message, "There is nothing to deploy: QA has not passed a version of this project yet.")
    asked = {"request": message, "environment": environment, "deploy": environment, "commit": project["commit"]}
    platform = platform_in(message)
    return Begun(DEPLOY, asked | ({"platform": platform} if platform else {}))


async def _rolled_back(store: Store, project: Row, message: str) -> Begun:
    """The last change taken back; without one, or where an environment is named, what was live there before."""
    named = environment_in(message)
    changes = await store.applied_modifications(project["id"]) if named is None else []
    if changes:
        asked = {"to": changes[0]["base_commit"], "since": changes[0]["commit"], "rolls_back": [changes[0]["id"]]}
        return Begun(ROLLBACK, {"request": message, **asked})
    live = (await store.current_deployments([project["id"]]))[project["id"]]
    here = sorted((r for r in live if named in (None, r["environment"])), key=lambda r: r["created_at"], reverse=True)
    if not here:
        return replied(
            message, f"Nothing is deployed{f' to {named}' if named else ''}, so there is nothing to turn back."
        )
    row = here[0]
    before = await store.live_before(row)
    if before is None:
        words = f"No other version was live in {row['environment']} before commit {row['commit'][:12]}"
        return replied(message, f"{words} (deployment {row['id']}).")
    asked = {
        "request": message,
        "environment": row["environment"],
        "deploy": row["environment"],
        "commit": before["commit"],
        "waivers": before["waivers"] or {},
        "rolls_back": row["id"],
    }
    return Begun(DEPLOY, asked)


def waits_first(waiting: Mapping[str, Any] | None) -> str:
    """What is said to a message that decides nothing while a run waits."""
    what = (waiting or {}).get("what", "next step")
    what = "tool calls" if what == "tool" else what
    return f'A run waits for your decision on the {what}: say "yes, go on", or "no, because ...".'


__all__ = [
    "ASIDE",
    "ATTENDED",
    "CHANGING",
    "CREATE",
    "DEPLOY",
    "NO_PROJECT",
    "PERFORMANCE",
    "QUESTION",
    "REMEMBER",
    "REPLY",
    "UNSORTED",
    "Begun",
    "begin",
    "has_application",
    "replied",
    "waits_first",
]
