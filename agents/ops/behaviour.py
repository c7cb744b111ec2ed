"""What a live application answers, taken before a change goes live and compared afterwards: also where no test gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

ANSWER_S = 10.0
MOST_PATHS = 50


@dataclass(frozen=True)
class Seen:
    status: int
    kind: str
    """Content type, without its parameters."""
    keys: frozenset[str] = frozenset()
    """Of a JSON object."""


async def observe(http: httpx.AsyncClient, url: str) -> dict[str, Seen]:
    """Path → its answer, of every GET that needs nothing to be known. Empty where there is no document of paths."""
    try:
        document = (await http.get(f"{url}/openapi.json", timeout=ANSWER_S)).json()
    except (httpx.HTTPError, ValueError):
        return {}
    paths = [path for path, operations in sorted(_paths(document).items()) if "get" in operations and "{" not in path]
    found = {path: await _seen(http, url + path) for path in paths[:MOST_PATHS]}
    return {path: seen for path, seen in found.items() if seen is not None}


def broken(before: Mapping[str, Seen], after: Mapping[str, Seen], altered: Collection[str]) -> list[str]:
    """What answers otherwise than before, in words; `altered`: paths that the change is about, with all below them."""
    found = []
    for path, was in before.items():
        if was.status >= 500 or any(path == about or path.startswith(f"{about}/") for about in altered):
            continue
        now = after.get(path)
        if now is None:
            found.append(f"GET {path} answered {was.status}, and does not any more")
        elif now.status != was.status:
            found.append(f"GET {path} answered {was.status}, now {now.status}")
        elif now.kind != was.kind or not was.keys <= now.keys:
            gone = ", ".join(sorted(was.keys - now.keys)) or was.kind
            found.append(f"GET {path} no longer has {gone}")
    return found


def _paths(document: Any) -> dict[str, Any]:
    paths = document.get("paths") if isinstance(document, dict) else None
    return {str(k): v for k, v in paths.items() if isinstance(v, dict)} if isinstance(paths, dict) else {}


async def _seen(http: httpx.AsyncClient, url: str) -> Seen | None:
    try:
        answer = await http.get(url, timeout=ANSWER_S, follow_redirects=False)
    except httpx.HTTPError:
        return None
    kind = answer.headers.get("content-type", "").partition(";")[0]
    try:
        body = answer.json() if kind.endswith("json") else None
    except ValueError:
        body = None
    return Seen(answer.status_code, kind, frozenset(body) if isinstance(body, dict) else frozenset())


__all__ = ["Seen", "broken", "observe"]
