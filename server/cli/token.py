"""`softwright token`: an API token for the local administrator."""

from __future__ import annotations

import typer

from server.cli.access import access_token
from server.cli.errors import cli_settings


def command() -> None:
    """Print a token for the API. Whoever has it may do everything: treat it as a password."""
    typer.echo(access_token(cli_settings()))


__all__ = ["command"]
