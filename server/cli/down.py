"""`softwright down`: stops the server, the deployed applications and the embedded services."""

from __future__ import annotations

from typing import Annotated

import typer

from memory.services.ensure import stop_services
from memory.services.folders import ServiceError
from memory.services.postgres import postgres_answers
from memory.settings import Settings
from server.cli.errors import CommandError, cli_settings
from server.plan import keep_apps, server_plan
from server.supervision.control import stop_server
from server.supervision.state import AlreadyRunning, running_server, server_lock

KEEP = "Let the deployed applications serve on, for instance while Softwright is restarted."


def command(keep: Annotated[bool, typer.Option("--keep-apps", help=KEEP)] = False) -> None:
    """Stop everything in order: API, worker, applications, Redis, PostgreSQL."""
    settings = cli_settings()
    try:
        if keep and running_server(settings) is not None:
            keep_apps(settings)
        ran = stop_server(settings)
        ran = _stop_what_is_left(settings, keep) or ran
    except ServiceError as error:
        raise CommandError(str(error)) from error
    except AlreadyRunning:
        raise CommandError("a server has just been started by another process; it was left alone") from None
    typer.echo("Stopped." if ran else "Nothing was running.")


def _stop_what_is_left(settings: Settings, keep: bool) -> bool:
    """After a killed supervisor the services and applications still run."""
    with server_lock(settings):
        if not keep and postgres_answers(settings):
            server_plan(settings).stop_apps(settings)
        return stop_services(settings)


__all__ = ["command"]
