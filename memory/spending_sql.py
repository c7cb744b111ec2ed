"""The statements of `memory.spending`. Every transaction locks in the order run, day, call."""

from __future__ import annotations

from typing import Final

RECORDED: Final = """
SELECT fingerprint, answer FROM model_calls WHERE run_id = %(run_id)s AND key = %(key)s AND state = 'answered'
"""

LOCK_RUN: Final = """
INSERT INTO spending_runs AS r (run_id, budget_usd, budget_tokens, unpriced)
VALUES (%(run_id)s, %(budget_usd)s, %(budget_tokens)s, false)
ON CONFLICT (run_id) DO UPDATE SET budget_usd = excluded.budget_usd, budget_tokens = excluded.budget_tokens
RETURNING *
"""

LOCK_DAY: Final = """
INSERT INTO spending_days AS d (day) VALUES (%(day)s) ON CONFLICT (day) DO UPDATE SET day = excluded.day RETURNING *
"""

ABANDONED: Final = """
UPDATE model_calls SET state = 'unknown', charged_tokens = reserved_tokens, charged_usd = coalesce(reserved_usd, 0),
    error = 'the process ended before the answer came', ended_at = clock_timestamp()
WHERE run_id = %(run_id)s AND key = %(key)s AND state = 'reserved'
RETURNING day, charged_tokens AS tokens, charged_usd AS usd
"""

RESERVE_CALL: Final = """
WITH run AS (
    UPDATE spending_runs SET held_tokens = held_tokens + %(held_tokens)s, held_usd = held_usd + %(held_usd)s,
        unpriced = unpriced OR %(unpriced)s
    WHERE run_id = %(run_id)s
), day AS (
    UPDATE spending_days SET held_tokens = held_tokens + %(held_tokens)s, held_usd = held_usd + %(held_usd)s
    WHERE day = %(day)s
)
INSERT INTO model_calls
    (run_id, key, attempt, role, model, fingerprint, day, reserved_prompt_tokens, reserved_tokens, reserved_usd)
SELECT %(run_id)s, %(key)s, coalesce(max(attempt), 0) + 1, %(role)s, %(model)s, %(fingerprint)s, %(day)s,
    %(prompt_tokens)s, %(tokens)s, %(usd)s
FROM model_calls WHERE run_id = %(run_id)s AND key = %(key)s
RETURNING attempt
"""

MOVE_RUN: Final = """
UPDATE spending_runs SET held_tokens = held_tokens + %(held_tokens)s, held_usd = held_usd + %(held_usd)s,
    spent_tokens = spent_tokens + %(spent_tokens)s, spent_usd = spent_usd + %(spent_usd)s
WHERE run_id = %(run_id)s
"""

MOVE_DAY: Final = """
UPDATE spending_days SET held_tokens = held_tokens + %(held_tokens)s, held_usd = held_usd + %(held_usd)s,
    spent_tokens = spent_tokens + %(spent_tokens)s, spent_usd = spent_usd + %(spent_usd)s
WHERE day = %(day)s
"""

HOLD_RUN: Final = "SELECT 1 FROM spending_runs WHERE run_id = %(run_id)s FOR UPDATE"
HOLD_DAY: Final = "SELECT 1 FROM spending_days WHERE day = %(day)s FOR UPDATE"

SETTLE_CALL: Final = """
WITH settled AS (
    UPDATE model_calls SET state = %(state)s, prompt_tokens = %(prompt_tokens)s,
        completion_tokens = %(completion_tokens)s, estimated = %(estimated)s, charged_tokens = %(spent_tokens)s,
        charged_usd = %(spent_usd)s, answer = %(answer)s, error = %(error)s, permanent = %(permanent)s,
        ended_at = clock_timestamp()
    WHERE run_id = %(run_id)s AND key = %(key)s AND attempt = %(attempt)s AND state = 'reserved'
    RETURNING 1
), day AS (
    UPDATE spending_days SET held_tokens = held_tokens + %(held_tokens)s, held_usd = held_usd + %(held_usd)s,
        spent_tokens = spent_tokens + %(spent_tokens)s, spent_usd = spent_usd + %(spent_usd)s
    WHERE day = %(day)s AND EXISTS (SELECT FROM settled)
)
UPDATE spending_runs SET held_tokens = held_tokens + %(held_tokens)s, held_usd = held_usd + %(held_usd)s,
    spent_tokens = spent_tokens + %(spent_tokens)s, spent_usd = spent_usd + %(spent_usd)s
WHERE run_id = %(run_id)s AND EXISTS (SELECT FROM settled)
RETURNING *
"""

OF_RUN: Final = "SELECT * FROM spending_runs WHERE run_id = %(run_id)s"

BROKEN: Final = """
SELECT DISTINCT ON (model) model, error FROM model_calls WHERE run_id = %(run_id)s AND permanent ORDER BY model, attempt
"""
