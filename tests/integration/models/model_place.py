"""What tests of model calls work with: gateways with any settings, what listeners heard, and the ledger's books."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from agents.models.factory import Gateways, make_gateways
from agents.models.gateway import Gateway
from agents.models.listener import Listener
from agents.models.terms import RunTerms
from memory.database import Pool
from memory.records.model import Ask, Role
from memory.records.spending import Price
from memory.settings import load_settings
from tests.fake_model.fake_model import FakeModel

KEY = "sk-test-7f3a9c51d2e84b06"
PRICES = {"first": Price(Decimal(1), Decimal(4)), "second": Price(Decimal("0.1"), Decimal("0.4"))}
SETTINGS: dict[str, Any] = {
    "model": ("first", "second"),
    "prices": PRICES,
    "model_retry_wait_s": 0.01,
    "model_timeout_s": 1.0,
}


@dataclass
class Heard:
    tokens: list[tuple[str, str]] = field(default_factory=list)
    fallbacks: list[tuple[str, str, str, str]] = field(default_factory=list)
    budgets: list[tuple[Decimal | None, Decimal | None]] = field(default_factory=list)

    @property
    def listener(self) -> Listener:
        return Listener(self._token, self._fallback, self._budget)

    async def _token(self, agent: str, text: str) -> None:
        self.tokens.append((agent, text))

    async def _fallback(self, agent: str, before: str, after: str, reason: str) -> None:
        self.fallbacks.append((agent, before, after, reason))

    async def _budget(self, spent: Decimal | None, budget: Decimal | None) -> None:
        self.budgets.append((spent, budget))


class ModelPlace:
    def __init__(self, fake: FakeModel, pool: Pool, fixed: dict[str, Any]) -> None:
        self.fake = fake
        self.pool = pool
        self.heard = Heard()
        self.fixed = fixed
        self._made: list[Gateways] = []

    async def run(self) -> str:
        run_id, project_id = str(uuid.uuid4()), str(uuid.uuid4())
        async with self.pool.connection() as connection:
            await connection.execute("INSERT INTO projects (id, name) VALUES (%s, 'p')", (project_id,))
            await connection.execute(
                "INSERT INTO runs (id, project_id, intent, input) VALUES (%s, %s, 'create', '{}')", (run_id, project_id)
            )
        return run_id

    def gateways(self, **settings: Any) -> Gateways:
        made = make_gateways(load_settings(**{**SETTINGS, **self.fixed, **settings}), self.pool)
        self._made.append(made)
        return made

    async def gateway(
        self, *, run_id: str | None = None, terms: dict[str, Any] | None = None, **settings: Any
    ) -> Gateway:
        run_id = run_id or await self.run()
        return self.gateways(**settings).for_run(RunTerms(run_id, "project-1", **(terms or {})), self.heard.listener)

    async def rows(self, query: str = "SELECT * FROM model_calls ORDER BY started_at", *values: Any) -> list[Any]:
        async with self.pool.connection() as connection:
            return await (await connection.execute(query, values)).fetchall()  # type: ignore[arg-type]

    async def do(self, statement: str) -> None:
        async with self.pool.connection() as connection:
            await connection.execute(statement)  # type: ignore[arg-type]

    async def sums_agree(self) -> None:
        """The books: what runs and days have spent and hold is what their calls say, to the last digit."""
        for table, of in (("spending_runs", "run_id"), ("spending_days", "day")):
            wrong = await self.rows(
                f"""
                SELECT s.* FROM {table} s LEFT JOIN (
                    SELECT {of}, sum(charged_tokens) AS tokens, sum(charged_usd) AS usd,
                        coalesce(sum(reserved_tokens) FILTER (WHERE state = 'reserved'), 0) AS held_tokens,
                        coalesce(sum(reserved_usd) FILTER (WHERE state = 'reserved'), 0) AS held_usd
                    FROM model_calls GROUP BY {of}
                ) c USING ({of})
                WHERE (s.spent_tokens, s.spent_usd) IS DISTINCT FROM (coalesce(c.tokens, 0), coalesce(c.usd, 0))
                OR (s.held_tokens, s.held_usd) IS DISTINCT FROM (coalesce(c.held_tokens, 0), coalesce(c.held_usd, 0))
                """
            )
            assert wrong == []

    async def aclose(self) -> None:
        for made in self._made:
            await made.aclose()


def ask(key: str = "dev/1", words: str = "Write a test.", role: Role = Role.DEV, **more: Any) -> Ask:
    messages = [SystemMessage("You are terse."), HumanMessage(words)]
    return Ask(key=key, role=role, messages=messages, **{"max_tokens": 100, **more})
