"""Caps and books where real processes are killed at points of chance."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from decimal import Decimal

import pytest

from memory.records.model import Usage
from memory.settings import REPOSITORY
from tests.fake_model.fake_model import Act
from tests.integration.models.model_place import SETTINGS, ModelPlace

ROUNDS = 6
RUN_USD, DAY_USD = Decimal("0.006"), Decimal("0.03")
ACTS = (
    Act(text="ok"),
    Act(text="word " * 20),
    Act(text="long " * 200),
    Act(text="word " * 20, pieces_late_s=0.002),
    Act(text="word " * 20, usage=None),
    Act(text="word " * 20, cut_after=1),
    Act(status=429),
    Act(status=502),
)
PRICE = SETTINGS["prices"]["first"]


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.long
async def test_processes_that_are_killed_pass_no_cap_and_lose_no_cent(models: ModelPlace, books_url: str) -> None:
    seed = random.randrange(10**9)
    models.fake.says(*random.Random(seed).choices(ACTS, weights=(6, 6, 2, 6, 2, 1, 1, 1), k=400))
    for table, cap in (("spending_runs", RUN_USD), ("spending_days", DAY_USD)):
        await models.do(f"ALTER TABLE {table} ADD CONSTRAINT kept CHECK (spent_usd + held_usd <= {cap}) NOT VALID")
    try:
        place = (books_url, models.fake.url, str(models.fixed["home"]))
        argv = [*place, *map(str, (seed, ROUNDS, RUN_USD, DAY_USD))]
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.models.kill_runner", *argv),
            cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, problems = await child.communicate()
        assert child.returncode == 0, f"seed {seed}: {problems.decode()[-3000:]}"
    finally:
        for table in ("spending_runs", "spending_days"):
            await models.do(f"ALTER TABLE {table} DROP CONSTRAINT kept")
    rounds = [json.loads(line) for line in out.splitlines()]
    assert len(rounds) == ROUNDS
    assert sum(told["killed"] for told in rounds) >= ROUNDS // 2, "some processes are to die"
    await models.sums_agree()
    await books_are_the_answers(models, f"seed {seed}")


async def books_are_the_answers(models: ModelPlace, seed: str) -> None:
    rows = await models.rows("SELECT key, run_id, state, charged_tokens, charged_usd, answer FROM model_calls")
    answered = [row for row in rows if row["state"] == "answered"]
    assert len({(row["run_id"], row["key"]) for row in answered}) == len(answered) > ROUNDS, f"{seed}: paid twice"
    for row in answered:
        usage = Usage.model_validate(row["answer"]["usage"])
        told = (usage.prompt_tokens + usage.completion_tokens, PRICE.of(usage))
        assert (row["charged_tokens"], row["charged_usd"]) == told, seed
    assert {"answered", "unknown"} <= {row["state"] for row in rows}
    assert {row["state"] for row in rows} <= {"answered", "unknown", "failed"}, f"{seed}: all was asked again"
    bill = PRICE.of(
        Usage(prompt_tokens=models.fake.bill.prompt_tokens, completion_tokens=models.fake.bill.completion_tokens)
    )
    assert bill <= sum(row["charged_usd"] for row in rows) <= DAY_USD, seed
