"""One verb with several features behind it: `add search by title, a filter by status and CSV export to tasks`."""

from __future__ import annotations

import re

from agents.pm.changes.places import Places

_FEATURE = r"(?:an?\s+)?(?:full-text\s+)?(?:search|filter(?:s|ing)?|sort(?:ing)?|csv|pagination)\b"
_CUT = re.compile(rf"(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?={_FEATURE})", re.I)
_VERB = re.compile(r"^(?P<verb>add|allow|support|enable|remove|drop|delete)\s+", re.I)


def spread(clause: str, places: Places) -> list[str]:
    """The clause apart; each part has the verb, and the resource that stands behind the last one."""
    verb = _VERB.match(clause)
    parts = _CUT.split(clause)
    if verb is None or len(parts) == 1:
        return [clause]
    tail = places.tail(parts[-1])
    behind = f" to {tail[1].plural.replace('_', ' ')}" if tail else ""
    spoken = [parts[0], *(f"{verb['verb']} {part}" for part in parts[1:])]
    return [part if places.named(part) else f"{part}{behind}" for part in spoken]


__all__ = ["spread"]
