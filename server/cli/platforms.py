"""`softwright platforms`: accounts at providers, which applications can be deployed to."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.connection import connected
from server.cli.errors import CommandError
from server.cli.screen import clean, print_json, result


def command(
    name: Annotated[str | None, typer.Argument(help="The platform.  [default: show all]")] = None,
    parts: Annotated[list[str] | None, typer.Option("--set", help="A part of its account, name=value.")] = None,
    keep_token: Annotated[bool, typer.Option("--keep-token", help="Do not ask for a token.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Forget its account.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show which platforms are set up; set up one (the token is asked for, or read from standard input)."""
    with connected() as client:
        if name is not None:
            path = f"/api/platforms/{quote(name, safe='')}/account"
            if remove:
                client.delete(path)
            else:
                client.put(path, _values(parts or []) | ({} if keep_token else {"token": _token(name)}))
        answer = client.get("/api/platforms")
    if as_json:
        print_json(answer)
        return
    Console(markup=False, highlight=False).print(_table(answer["items"]))
    result("softwright platforms NAME --set part=value sets one up.")


def _values(parts: list[str]) -> dict[str, str]:
    pairs = [part.partition("=") for part in parts]
    for name, equals, _ in pairs:
        if not equals:
            raise CommandError(f"--set {name}: write it as name=value")
        if name == "token":
            raise CommandError("--set token: a command line can be read by others; leave it out, it is asked for")
    return {name: value for name, _, value in pairs}


def _token(name: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(f"Token of {name}", hide_input=True)).strip()
    return sys.stdin.readline().strip()


def _table(items: list[Mapping[str, Any]]) -> Table:
    table = Table(Column("name", no_wrap=True), "ready", "parts", box=None)
    for item in items:
        told = [f"{part['name']}{_mark(part)}" for part in item["parts"]]
        table.add_row(clean(item["name"]), "yes" if item["ready"] else "no", clean(", ".join(told)))
    return table


def _mark(part: Mapping[str, Any]) -> str:
    if part["set"]:
        return f"={part['value']}" if part["value"] else " (set)"
    return f" (missing: {part['what']})" if part["required"] else ""


__all__ = ["command"]
