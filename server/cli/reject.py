"""`softwright reject`: says no to what a run waits for."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.connection import connected
from server.cli.decide import answer
from server.cli.screen import say


def command(
    run: Annotated[str, typer.Argument(help="The run's id.")],
    comment: Annotated[str, typer.Argument(help="Why: PM plans anew with it, Dev looks for another way.")] = "",
) -> None:
    """Reject what a run waits for. A plan that is rejected with a comment is made anew, one without ends the run."""
    with connected() as client:
        answer(client, run, {"decision": "reject", **({"comment": comment} if comment else {})})
    say("rejected")


__all__ = ["command"]
