"""What people type for a project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server.cli.client import Client
from server.cli.errors import CommandError
from server.cli.naming import project_id

FIRST, SECOND, THIRD = (f"{start}-0000-4000-8000-000000000000" for start in ("aaaa1111", "aaaa2222", "bbbb3333"))
PROJECTS = {FIRST: "Task API", SECOND: "Notes", THIRD: "notes"}


class Listed(Client):
    def __init__(self) -> None:
        """Without a server."""

    def items(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        assert path == "/api/projects"
        yield from ({"id": found, "name": name} for found, name in PROJECTS.items())


@pytest.mark.parametrize(
    ("named", "meant"), [("task api", FIRST), ("aaaa1", FIRST), ("BBBB", THIRD), (SECOND, SECOND), ("b", THIRD)]
)
def test_a_name_or_the_beginning_of_an_id(named: str, meant: str) -> None:
    assert project_id(Listed(), named) == meant


@pytest.mark.parametrize("named", ["", "nobody", "task"])
def test_none_is_told_with_where_they_are_listed(named: str) -> None:
    with pytest.raises(CommandError, match="softwright ls"):
        project_id(Listed(), named)


@pytest.mark.parametrize("named", ["NOTES", "aaaa"])
def test_more_than_one_is_never_guessed(named: str) -> None:
    with pytest.raises(CommandError, match=f"2 projects.*{SECOND}"):
        project_id(Listed(), named)
