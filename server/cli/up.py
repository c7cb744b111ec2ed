"""`softwright up`: starts the server, in the foreground or detached."""

from __future__ import annotations

import logging
import sys
import time
from typing import Annotated

import typer

from memory.services.folders import ServiceError, make_folders
from memory.settings import Settings
from server.cli.background import ensure_server
from server.cli.errors import CommandError, cli_settings
from server.plan import server_plan
from server.supervision.control import report
from server.supervision.state import AlreadyRunning, StartFailed, running_server
from server.supervision.supervisor import supervise


def command(
    port: Annotated[int | None, typer.Option(help="Port of the API.  [default: SOFTWRIGHT_PORT or 8000]")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return when the server is ready; it goes on.")] = False,
    report_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start the server: PostgreSQL, Redis, worker, API. Ctrl-C or `softwright down` stops it."""
    settings = cli_settings(**({} if port is None else {"port": port}))
    try:
        if report_fd is not None:
            _serve_in_background(settings, report_fd)
        elif detach:
            typer.echo(_ready(ensure_server(settings), "`softwright down` stops it."))
        else:
            _serve(settings)
    except (ServiceError, StartFailed) as error:
        raise CommandError(str(error)) from error


def _serve(settings: Settings) -> None:
    make_folders(settings)
    _log_to(logging.FileHandler(settings.logs / "supervisor.log"), logging.StreamHandler())
    try:
        supervise(settings, server_plan(settings), lambda url: typer.echo(_ready(url, "Ctrl-C stops it.")))
    except AlreadyRunning:
        typer.echo(_ready(wait_for_running(settings), "It ran already."))
    else:
        typer.echo("Stopped.")


def _serve_in_background(settings: Settings, report_fd: int) -> None:
    _log_to(logging.StreamHandler())
    try:
        _supervise_or_find(settings, report_fd)
    except (ServiceError, StartFailed) as error:
        report(report_fd, {"error": str(error)})
        raise


def _supervise_or_find(settings: Settings, report_fd: int) -> None:
    try:
        supervise(settings, server_plan(settings), lambda url: report(report_fd, {"url": url}))
    except AlreadyRunning:
        report(report_fd, {"url": wait_for_running(settings)})


def wait_for_running(settings: Settings) -> str:
    """Address of the server that another process started, once it is ready. Raises StartFailed."""
    deadline = time.monotonic() + settings.start_timeout_s
    while time.monotonic() < deadline:
        state = running_server(settings)
        if state is None:
            raise StartFailed("the server that was starting has ended; try again")
        if state.ready:
            return state.url
        time.sleep(0.05)
    raise StartFailed(f"the server that another process started is not ready after {settings.start_timeout_s:.0f} s")


def _ready(url: str, how_to_stop: str) -> str:
    return f"Softwright runs at {url} (the API's documentation: {url}/docs). {how_to_stop}"


def _log_to(*handlers: logging.Handler) -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers, force=True
    )
    sys.stderr.flush()


__all__ = ["command"]
