"""`softwright new`: one sentence, or an OpenAPI file, to a running application."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from memory.settings import REPOSITORY
from server.cli.connection import connected
from server.cli.decide import somebody_is_there
from server.cli.errors import WRONG_USE, CommandError
from server.cli.follow import follow_to_end
from server.cli.screen import say
from server.cli.waivers import Waive, explained, waivers_of

LARGEST_FILE = 20 << 20


class Target(StrEnum):
    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"
    NONE = "none"


def command(
    request: Annotated[str, typer.Argument(help="What to build, in your own words.")],
    name: Annotated[str | None, typer.Option(help="The project's name.  [default: taken from the request]")] = None,
    template: Annotated[str | None, typer.Option(help="The template to build on.  [default: chosen]")] = None,
    openapi: Annotated[Path | None, typer.Option(help="An OpenAPI 3 file (JSON or YAML) to build.")] = None,
    deploy: Annotated[Target, typer.Option(help="Where to run it.")] = Target.DEV,
    approve: Annotated[bool, typer.Option("--approve", help="Show the plan and ask before it is built.")] = False,
    model: Annotated[str | None, typer.Option(help="The model to ask.  [default: SOFTWRIGHT_MODEL]")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="USD that it may cost.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve whatever is asked.")] = False,
    waive: Waive = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Build, test and run an application."""
    body: dict[str, Any] = {"request": text_of(request), "deploy": deploy.value, "waivers": waivers_of(waive)}
    if name is not None:
        body["name"] = text_of(name)
    if template is not None:
        body["template"] = known_template(template)
    if openapi is not None:
        body["openapi"] = file_text(openapi)
    body |= {"approve": True} if approve else {}
    body |= {"attended": True} if yes or somebody_is_there() else {}
    body |= {"model": text_of(model)} if model is not None else {}
    body |= {"budget_usd": budget} if budget is not None else {}
    with connected() as client:
        answer = client.post("/api/projects", body)
        project, run = answer["project"]["id"], answer["run"]["id"]
        say(f"     project {project}")
        with explained(deploy.value):
            follow_to_end(client, project, run, as_json=as_json, yes=yes)


def text_of(argument: str) -> str:
    """An argument as the shell gave it, proved to be text. Raises CommandError."""
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        raise CommandError("the request is no UTF-8 text", WRONG_USE) from error
    return argument


def known_template(name: str) -> str:
    known = sorted(folder.name for folder in (REPOSITORY / "templates").glob("[a-z]*") if folder.is_dir())
    if name not in known:
        raise CommandError(f"there is no template {name!r}; there are: {', '.join(known)}", WRONG_USE)
    return name


def file_text(path: Path) -> str:
    """Text of a file. Raises CommandError where it is missing, unreadable, too large or no text."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise CommandError(f"{path} is larger than {LARGEST_FILE >> 20} MB", WRONG_USE)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}", WRONG_USE) from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is no UTF-8 text", WRONG_USE) from error


__all__ = ["command"]
