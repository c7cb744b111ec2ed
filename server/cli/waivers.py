"""`--waive check=reason`: for checks that could not be made, which production asks about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from server.cli.errors import WRONG_USE, CommandError

HELP = "Deploy to production without a check that could not be made; once for each."
Waive = Annotated[list[str] | None, typer.Option("--waive", metavar="CHECK=REASON", help=HELP)]


def waivers_of(options: Sequence[str] | None) -> dict[str, str]:
    """Reason by check. Raises CommandError."""
    found: dict[str, str] = {}
    for option in options or ():
        name, equals, reason = option.partition("=")
        if not (name.strip() and equals and reason.strip()):
            raise CommandError(f"--waive {option!r}: write it as CHECK=REASON", WRONG_USE)
        found[name.strip()] = reason.strip()
    return found


@contextmanager
def explained(environment: str) -> Iterator[None]:
    """Where production refuses for want of a check, how to go on without it."""
    try:
        yield
    except CommandError as error:
        if environment == "production" and "or a waiver with a reason" in str(error):
            raise CommandError(f"{error}. To go on without it: --waive CHECK=REASON", error.exit_code) from error
        raise


__all__ = ["Waive", "explained", "waivers_of"]
