"""`softwright down`: stops the server, the deployed applications and the embedded services."""

from __future__ import annotations

import typer

from memory.services.ensure import stop_services
from memory.services.folders import ServiceError
from memory.services.postgres import postgres_answers
from memory.settings import Settings
from server.cli.errors import CommandError, cli_settings
from server.plan import server_plan
from server.supervision.control import stop_server
from server.supervision.state import AlreadyRunning, server_lock


def command() -> None:
    """Stop everything in order: API, worker, applications, Redis, PostgreSQL."""
    settings = cli_settings()
    try:
        ran = stop_server(settings)
        ran = _stop_what_is_left(settings) or ran
    except ServiceError as error:
        raise CommandError(str(error)) from error
    except AlreadyRunning:
        raise CommandError("a server has just been started by another process; it was left alone") from None
    typer.echo("Stopped." if ran else "Nothing was running.")


def _stop_what_is_left(settings: Settings) -> bool:
    """After a killed supervisor the services and applications still run."""
    with server_lock(settings):
        if postgres_answers(settings):
            server_plan(settings).stop_apps(settings)
        return stop_services(settings)


__all__ = ["command"]
