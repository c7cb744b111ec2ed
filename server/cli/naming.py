"""Which project is meant: people type its name or the beginning of its id."""

from __future__ import annotations

import re

from server.cli.client import Client
from server.cli.errors import WRONG_USE, CommandError

PROJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_SHOWN = 5


def project_id(client: Client, named: str) -> str:
    """The id of the one project that is named so. Raises CommandError where there is none, or more than one."""
    if PROJECT_ID.fullmatch(named):
        return named
    projects = [(str(one["id"]), str(one["name"])) for one in client.items("/api/projects")] if named else []
    meant = [one for one in projects if one[1].casefold() == named.casefold()]
    meant = meant or [one for one in projects if one[0].startswith(named.casefold())]
    if len(meant) == 1:
        return meant[0][0]
    if not meant:
        raise CommandError(f"there is no project with the id or the name {named!r}: `softwright ls` lists them")
    listed = ", ".join(f"{found} ({name})" for found, name in meant[:MOST_SHOWN])
    raise CommandError(f"{named!r} may be any of {len(meant)} projects; name one by its id: {listed}", WRONG_USE)


__all__ = ["PROJECT_ID", "project_id"]
