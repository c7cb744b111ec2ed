"""From a verb to a client: the running server, or one started for it, and the local administrator's token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from memory.services.folders import ServiceError
from memory.settings import Settings
from server.cli.access import access_token
from server.cli.background import ensure_server, with_free_port
from server.cli.client import Client
from server.cli.errors import CommandError, cli_settings
from server.cli.naming import project_id
from server.cli.screen import say
from server.supervision.state import StartFailed, running_server

Project = Annotated[str, typer.Argument(help="The project's id, the beginning of it, or its name.")]


@contextmanager
def connected() -> Iterator[Client]:
    """A client of this home's server, which is started in the background where none runs. Raises CommandError."""
    settings = cli_settings()
    try:
        url = _server(settings)
        client = Client(url, access_token(settings))
    except (ServiceError, StartFailed) as error:
        raise CommandError(str(error)) from error
    yield client


@contextmanager
def connected_to(project: str) -> Iterator[tuple[Client, str]]:
    """The same, with the id of the project that is meant."""
    with connected() as client:
        yield client, project_id(client, project)


def _server(settings: Settings) -> str:
    if running_server(settings) is not None:
        return ensure_server(settings)
    say("starting the server (softwright down stops it)")
    usable = with_free_port(settings)
    if usable.port != settings.port:
        say(f"port {settings.port} is taken by another program: the server listens on {usable.port}")
    return ensure_server(usable)


__all__ = ["Project", "connected", "connected_to"]
