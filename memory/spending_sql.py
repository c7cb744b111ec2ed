"""The statements of `memory.spending`. Its functions stand in migration 0125."""

from __future__ import annotations

from typing import Final

RECORDED: Final = """
SELECT fingerprint, answer FROM model_calls WHERE run_id = %(run_id)s AND key = %(key)s AND state = 'answered'
"""

RESERVE: Final = """
SELECT * FROM reserve_call(
    %(run_id)s, %(key)s, %(day)s, %(role)s, %(model)s, %(fingerprint)s, %(prompt_tokens)s, %(tokens)s, %(usd)s,
    %(run_tokens)s, %(run_usd)s, %(day_tokens)s, %(day_usd)s
)
"""

SETTLE: Final = """
SELECT * FROM settle_call(
    %(run_id)s, %(key)s, %(attempt)s, %(day)s, %(state)s, %(prompt_tokens)s, %(completion_tokens)s, %(estimated)s,
    %(charged_tokens)s, %(charged_usd)s, %(answer)s, %(error)s, %(permanent)s
)
"""

OF_RUN: Final = "SELECT * FROM spending_runs WHERE run_id = %(run_id)s"

KNOWN: Final = """
SELECT key, model, error, permanent, state = 'answered' AS answered FROM model_calls
WHERE run_id = %(run_id)s AND (permanent OR state = 'answered') ORDER BY model, attempt
"""
