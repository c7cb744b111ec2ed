"""What an application answered, request by request, before a change of it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Answered(Record):
    """One request and its answer. The application ran in a sandbox on an empty database."""

    method: str
    template: str
    """`/tasks/{id}`"""
    path: str
    query: dict[str, Any] = {}
    body: Any = None
    form: dict[str, str] | None = None
    token: int | None = None
    """Number of the answer that gave the token it was sent with."""
    status: int
    """0: none in time."""
    kind: str = ""
    """Content type, without its parameters."""
    answer: Any = None
    """JSON, or plain text; None for what is neither, or long."""
    adapted: tuple[str, ...] = ()
    """What had to be other about the body for this version to take it."""

    @property
    def route(self) -> str:
        return f"{self.method} {self.template}"


class Recording(Record):
    app: str = ""
    """`app.main:app`, or the words that start a server; empty where none was found or it did not start."""
    problem: str = ""
    """Why nothing was recorded."""
    steps: tuple[Answered, ...] = ()
    unstable: tuple[tuple[int, str], ...] = ()
    """Number of an answer and place in it, of values that another run gives otherwise."""


__all__ = ["Answered", "Recording"]
