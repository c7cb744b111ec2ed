"""Why an attempt gave no answer, and what that means: again, the next model, never again, charged or not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime
from enum import StrEnum

from memory.records.model import Usage

LONGEST_REASON = 300


class Remedy(StrEnum):
    RETRY = "retry"
    """It may pass."""
    RETRY_ONCE = "retry once"
    """It may pass, but each try costs minutes or money."""
    NEXT = "next"
    """This request is nothing for this model."""
    NEVER = "never"
    """This model answers no request of the run."""


class Failure(Exception):
    """No answer of one attempt. The message is for a person, short and without secrets."""

    def __init__(
        self,
        reason: str,
        remedy: Remedy,
        *,
        charged: bool = False,
        usage: Usage | None = None,
        retry_after_s: float | None = None,
        refused_feature: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.charged = charged
        """It may have been charged."""
        self.usage = usage
        """What the endpoint said that it used; None where it did not say."""
        self.retry_after_s = retry_after_s
        self.refused_feature = refused_feature
        """The part of the request that the endpoint does not know; without it the call may work."""


def retry_after(headers: object, now: Callable[[], float] = time.time) -> float | None:
    """Seconds that the endpoint asks to wait; None where it does not say."""
    get = getattr(headers, "get", lambda _: None)
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = str(get(name) or "").strip()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text) * unit
    try:
        return max(0.0, parsedate_to_datetime(str(get("retry-after") or "")).timestamp() - now())
    except (ValueError, TypeError, OverflowError):
        return None


def clean(text: str, secrets: Sequence[str]) -> str:
    """One short line without secrets, and without what PostgreSQL does not store."""
    for secret in secrets:
        text = text.replace(secret, "***")
    line = " ".join(text.replace("\x00", " ").encode("utf-8", "replace").decode().split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


__all__ = ["Failure", "Remedy", "clean", "retry_after"]
