"""Finds the verb and runs it. Only the verb's own module is loaded, so that each starts quickly."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from server.cli.errors import WRONG_USE, CommandError, version

VERBS = {
    "up": "server.cli.up",
    "down": "server.cli.down",
    "new": "server.cli.new",
    "modify": "server.cli.modify",
    "rollback": "server.cli.rollback",
    "import": "server.cli.import_project",
    "impact": "server.cli.impact",
    "chat": "server.cli.chat",
    "ls": "server.cli.ls",
    "show": "server.cli.show",
    "logs": "server.cli.logs",
    "deploy": "server.cli.deploy",
    "promote": "server.cli.promote",
    "alerts": "server.cli.alerts",
    "costs": "server.cli.costs",
    "platforms": "server.cli.platforms",
    "github": "server.cli.github",
    "approve": "server.cli.approve",
    "reject": "server.cli.reject",
    "edit": "server.cli.edit",
    "export": "server.cli.export",
    "rm": "server.cli.rm",
    "security": "server.cli.security",
    "performance": "server.cli.performance",
    "dependencies": "server.cli.dependencies",
    "tests": "server.cli.tests",
    "credential": "server.cli.credential",
    "token": "server.cli.token",
}
"""Verb → module; each has `command`, a function that typer understands."""


def main() -> None:
    """Runs the command line of this process and ends it."""
    try:
        command_line(sys.argv[1:])(prog_name="softwright")
    except CommandError as error:
        sys.stderr.write(f"softwright: {error}\n")
        sys.exit(error.exit_code)


def command_line(arguments: Sequence[str]) -> typer.Typer:
    """The typer application for these arguments: with the one verb that they begin with, else with all."""
    app = typer.Typer(add_completion=False, invoke_without_command=True, pretty_exceptions_enable=False)
    app.callback()(_options)
    verbs = [verb for verb in VERBS if arguments[:1] == [verb]] or VERBS
    for verb in verbs if arguments != ["--version"] else ():
        app.command(verb)(importlib.import_module(VERBS[verb]).command)
    return app


def _options(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    """One sentence in, a live, tested, watched application out."""
    if show_version:
        typer.echo(f"softwright {version()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(WRONG_USE)


__all__ = ["VERBS", "command_line", "main"]
