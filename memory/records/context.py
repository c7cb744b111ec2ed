"""What is remembered of a project, beside its code and its plans."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class NoteKind(StrEnum):
    REQUEST = "request"
    """What was asked for, and what became of it."""
    DECISION = "decision"
    """What a person said to a plan: a refusal with its comment, an answer to a question."""
    CONVENTION = "convention"
    """How things are done here: what a person wants remembered, and what plans that were carried out have assumed."""


class Note(BaseModel):
    model_config = ConfigDict(frozen=True)

    kind: NoteKind
    text: str
    run_id: str
    """The run that left it."""
    at: datetime

    @property
    def key(self) -> str:
        """The same for the same words, so that what is said again is kept once; a request belongs to its run."""
        what = self.run_id if self.kind is NoteKind.REQUEST else " ".join(self.text.lower().split())
        return hashlib.sha256(f"{self.kind.value}\n{what}".encode()).hexdigest()[:16]


__all__ = ["Note", "NoteKind"]
