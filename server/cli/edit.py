"""`softwright edit`: changes the plan that a run waits with."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.connection import connected
from server.cli.decide import answer
from server.cli.errors import FAILED, WRONG_USE, CommandError
from server.cli.screen import print_json, say


def command(
    run: Annotated[str, typer.Argument(help="The run's id.")],
    plan: Annotated[
        str | None,
        typer.Option("--plan", help="A file with the edited plan, - for standard input.  [default: $EDITOR]"),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the plan as it can be edited, and change nothing.")
    ] = False,
) -> None:
    """Edit the plan that a run waits with: as JSON, in your editor or from a file. The run goes on with it."""
    with connected() as client:
        waiting = client.get(f"/api/runs/{quote(run, safe='')}").get("waiting") or {}
        if waiting.get("what") != "plan":
            raise CommandError(
                f"run {run} waits for {waiting.get('what') or 'nothing'}: there is no plan to edit", FAILED
            )
        editable = waiting["plan"]["editable"]
        if show:
            print_json(editable)
            return
        edited = _in_editor(editable) if plan is None else _read(plan)
        if edited == editable:
            raise CommandError("the plan is as it was; `softwright approve` lets the run go on with it", WRONG_USE)
        answer(client, run, {"decision": "edit", "plan": edited})
    say("edited; the run goes on with your plan")


def _in_editor(plan: dict[str, Any]) -> Any:
    if not sys.stdin.isatty():
        raise CommandError(
            "no terminal to edit on: give the edited plan with --plan FILE (--show prints it)", WRONG_USE
        )
    before = json.dumps(plan, indent=2, ensure_ascii=False)
    with tempfile.NamedTemporaryFile("w+", suffix=".json", encoding="utf-8") as file:
        file.write(before)
        file.flush()
        editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
        try:
            subprocess.run([*editor, file.name], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise CommandError(f"the editor failed, and the run still waits: {error}", FAILED) from error
        text = Path(file.name).read_text(encoding="utf-8")
    return _parsed(text, "what was saved")


def _read(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read: {error}", WRONG_USE) from error
    return _parsed(text, name)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CommandError(f"{where} is no JSON: {error}", WRONG_USE) from error


__all__ = ["command"]
