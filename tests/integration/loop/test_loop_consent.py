"""Calls that a person has to agree to: nothing of the answer is done before, and a word lets the loop go on."""

from __future__ import annotations

from typing import Any

import pytest

from agents.loop.loop import run_loop
from agents.loop.records import Consent, LoopEnd, LoopOutcome
from memory.records.loop import Changed, ToolDecision
from tests.integration.loop.loop_script import FILES, LoopPlace, Make, ScriptedGateway, answer, call, edit, finish
from tools.workspace.dangers import Dangers

SCRIPT = [
    answer(call("list_files")),
    answer(edit("app/main.py", "return 1", "return 11"), call("delete_file", path="README.md")),
    answer(finish()),
]
KEY = "dev/loop/2"


async def run(place: LoopPlace, database_url: str, consent: Consent) -> tuple[LoopOutcome, ScriptedGateway, list[Any]]:
    more = {"dangers": Dangers(frozenset(FILES)), "consent": consent}
    async with place.deps(database_url, SCRIPT, **more) as (deps, gateway):
        outcome = await run_loop(place.task(), deps)
        return outcome, gateway, await deps.turns.turns("dev/loop")


async def test_nothing_of_the_answer_is_done_until_somebody_agrees(make: Make, database_url: str) -> None:
    place = make()
    for _ in range(2):  # asked again, it waits again
        outcome, gateway, turns = await run(place, database_url, Consent(may_ask=True))
        assert (outcome.end, outcome.turns, outcome.changed, len(turns)) == (LoopEnd.APPROVAL, 1, {}, 1)
        assert outcome.asks is not None
        assert outcome.asks.key == KEY
        (asked,) = outcome.asks.calls
        assert (asked.tool, asked.summary) == ("delete_file", "path: README.md")
        assert "which nobody asked to delete" in asked.reason
    agreed = Consent(may_ask=True, decisions={KEY: ToolDecision(approved=True)})
    outcome, gateway, turns = await run(place, database_url, agreed)
    assert (outcome.end, outcome.asks) == (LoopEnd.FINISHED, None)
    assert outcome.changed == {"README.md": Changed.DELETED, "app/main.py": Changed.MODIFIED}
    assert gateway.paid == ["dev/loop/1", KEY, "dev/loop/3"]


@pytest.mark.parametrize(
    ("consent", "told"),
    [
        (
            Consent(may_ask=True, decisions={KEY: ToolDecision(approved=False, comment="people read it")}),
            "A person was asked and said no: people read it. Find another way",
        ),
        (Consent(), "nobody is there to agree. Find another way"),
    ],
)
async def test_a_no_is_told_to_the_model_and_the_rest_is_done(
    make: Make, database_url: str, consent: Consent, told: str
) -> None:
    outcome, gateway, turns = await run(make(), database_url, consent)
    assert (outcome.end, outcome.changed) == (LoopEnd.FINISHED, {"app/main.py": Changed.MODIFIED})
    edited, deleted = turns[1].results
    assert (edited.ok, deleted.ok) == (True, False)
    assert deleted.status.startswith("refused: it deletes README.md")
    assert told in deleted.status
    assert told in str(gateway.asked[-1].messages[-1].content)
