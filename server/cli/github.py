"""`softwright github`: a project's code to GitHub, as a branch or as a pull request."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from server.cli.connection import Project, connected_to
from server.cli.errors import WRONG_USE, CommandError
from server.cli.screen import clean, print_json, result


class Action(StrEnum):
    PUSH = "push"
    PULL_REQUEST = "pull-request"


def command(
    action: Annotated[Action, typer.Argument(help="push: a branch; pull-request: a branch of its own, proposed.")],
    project: Project,
    branch: Annotated[str | None, typer.Option(help="push: the branch.  [default: main]")] = None,
    base: Annotated[str | None, typer.Option(help="pull-request: where to.  [default: main]")] = None,
    title: Annotated[str | None, typer.Option(help="pull-request.  [default: what the change was asked for]")] = None,
    commit: Annotated[str | None, typer.Option(help="The commit.  [default: the newest that QA passed]")] = None,
    name: Annotated[str | None, typer.Option(help="The repository.  [default: softwright-<project>]")] = None,
    force: Annotated[bool, typer.Option("--force", help="push: lose what others have pushed there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Put a project's code on GitHub (softwright platforms github sets the account up)."""
    pushing = action is Action.PUSH
    if (base or title) if pushing else (branch or force):
        wrong = "--base and --title are" if pushing else "--branch and --force are"
        raise CommandError(f"{wrong} not for {action.value}", WRONG_USE)
    asked: dict[str, Any] = {"branch": branch, "base": base, "title": title, "commit": commit, "name": name}
    body = {key: value for key, value in asked.items() if value is not None} | ({"force": True} if force else {})
    with connected_to(project) as (client, project_id):
        answer = client.post(f"/api/projects/{project_id}/github/{action.value}", body)
    if as_json:
        print_json(answer)
        return
    result(clean(f"{answer['commit'][:12]} is {answer['branch']} of {answer['repository']['url']}"))
    if not pushing:
        result(clean(f"pull request {answer['pull_request']['number']}: {answer['pull_request']['url']}"))


__all__ = ["command"]
