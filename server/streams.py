"""Places in a project's stream of events."""

from __future__ import annotations

import re

EVENT_ID = r"^[0-9]{1,19}(-[0-9]{1,19})?$"
"""Of Redis: milliseconds, and a number within them; each fits into 64 bits."""


def is_event_id(text: str) -> bool:
    return re.fullmatch(EVENT_ID, text) is not None


__all__ = ["EVENT_ID", "is_event_id"]
