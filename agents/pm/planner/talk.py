"""What every plan of a change is made from, beside the request: the impact's words, what was, and what was said."""

from __future__ import annotations

from dataclasses import dataclass

from memory.records.plan import Plan, Task


@dataclass(frozen=True, kw_only=True)
class Talk:
    candidates: tuple[str, ...] = ()
    """Files that the analysis of the impact names, best first, a line each: the path, then what speaks for it."""
    tests: tuple[str, ...] = ()
    """Names of tests that cover them."""
    built: tuple[Task, ...] = ()
    """What earlier plans have added."""
    remembered: str = ""
    """Decisions and conventions of the project."""
    previous: Plan | None = None
    """A plan that was refused, with the `comment` on it."""
    comment: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    round: int = 1
    """Counts the plans of a run: each is paid once."""


__all__ = ["Talk"]
