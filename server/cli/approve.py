"""`softwright approve`: lets a waiting run go on."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from server.cli.connection import connected
from server.cli.decide import answer
from server.cli.screen import say


def command(
    run: Annotated[str, typer.Argument(help="The run's id.")],
    budget: Annotated[float | None, typer.Option(help="The run's new budget in USD.  [default: once more]")] = None,
) -> None:
    """Approve what a run waits for: its plan, a production deploy, more budget, what Dev must not do alone."""
    decision: dict[str, Any] = {"decision": "approve"}
    with connected() as client:
        answer(client, run, decision | ({} if budget is None else {"budget_usd": budget}))
    say("approved; the run goes on")


__all__ = ["command"]
