"""`softwright chat`: a project's conversation, one message or many."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.chat_screen import Shown, show_history
from server.cli.client import Client, Document
from server.cli.connection import connected
from server.cli.decide import lines_of
from server.cli.errors import FAILED, CommandError
from server.cli.naming import PROJECT_ID, project_id
from server.cli.new import text_of
from server.cli.screen import print_json, say

LEAVE = ("exit", "quit", "bye", "/exit", "/quit")
HISTORY = 10


def command(
    project: Annotated[
        str | None, typer.Argument(help="The project's id, or its name.  [default: a new project]")
    ] = None,
    message: Annotated[str | None, typer.Argument(help="What to say.  [default: asked for, again and again]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a message.")] = False,
) -> None:
    """Talk about a project: create, change, deploy, roll back, decide, ask."""
    if project is not None and message is None and PROJECT_ID.fullmatch(project) is None:
        project, message = None, project  # one argument that is no id is what to say
    with connected() as client:
        project = None if project is None else project_id(client, project)
        conversation = Conversation(client, project, as_json=as_json)
        if message is not None:
            outcome = conversation.send(text_of(message))
            if outcome["status"] not in ("succeeded", None):
                raise CommandError(_not_done(outcome), FAILED)
            return
        if project is not None and not as_json:
            path = f"/api/projects/{project}/messages"
            show_history(client.get(path, order="desc", limit=HISTORY)["items"])
        for words in _typed():
            try:
                conversation.send(words)
            except CommandError as error:
                say(f"     {error}")


class Conversation:
    def __init__(self, client: Client, project: str | None, *, as_json: bool) -> None:
        self._client = client
        self._project = project
        self._as_json = as_json

    def send(self, message: str) -> Document:
        """Says it, shows what becomes of it, and returns the object that `--json` prints."""
        body = {"message": message} | ({"project_id": self._project} if self._project else {})
        answer = self._client.post("/api/chat", body)
        shown = Shown(streams=not self._as_json)
        if answer["run"] is None:
            shown.text, shown.evidence = answer["answer"]["text"], answer["answer"]["evidence"]
        else:
            self._project = str(answer["project_id"])
            self._follow(answer, shown)
        outcome = self._outcome(answer, shown)
        if self._as_json:
            print_json(outcome)
        else:
            shown.end()
        return outcome

    def _follow(self, answer: Document, shown: Shown) -> None:
        run, project = answer["run"], str(answer["project_id"])
        if run["intent"] != "question":
            say(f"     project {project}, run {run['id']}")
        with closing(self._client.follow(project, run["id"], since=answer["last_id"])) as events:
            for event in events:
                if event["type"] == "approval_requested":
                    shown.asks = [*lines_of(event), 'Say "yes, go on", or "no, because ...".']
                shown.add(event, tokens=run["intent"] == "question")

    def _outcome(self, answer: Document, shown: Shown) -> dict[str, Any]:
        run = answer["run"]
        document = {} if run is None else self._client.get(f"/api/runs/{quote(run['id'])}")
        return {
            "project_id": answer["project_id"],
            "run_id": None if run is None else run["id"],
            "intent": document.get("intent"),
            "status": document.get("status"),
            "answer": shown.text or document.get("error") or "\n".join(shown.asks),
            "evidence": shown.evidence,
            "error": document.get("error"),
            "spend": document.get("spend"),
        }


def _typed() -> Iterator[str]:
    """Lines of the terminal, or of a pipe, until its end or a word to leave."""
    asks = sys.stdin.isatty()
    while True:
        if asks:
            sys.stderr.write("> ")
            sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            return
        words = line.strip()
        if not line or words.lower() in LEAVE:
            return
        if words:
            yield text_of(words)


def _not_done(outcome: Document) -> str:
    if outcome["status"] == "waiting":
        return f'the run waits for a decision: softwright chat {outcome["project_id"]} "yes, go on"'
    return f"the run {outcome['status']}: {outcome['error'] or 'no reason is recorded'}"


__all__ = ["command"]
