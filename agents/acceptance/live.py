"""A check as requests to a running application."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from agents.acceptance.lines import write_line
from agents.acceptance.values import ANY, REFERENCE, Reference, reference
from memory.records.plan import ANONYMOUS, AcceptanceCheck, Exchange

PASSWORD = "correct horse battery"  # noqa: S105  # pragma: allowlist secret
_MISSING = object()


@dataclass(frozen=True)
class LiveResult:
    title: str
    passed: bool
    detail: str
    """Of a failure: the step, and how its answer differs."""


async def run_check(check: AcceptanceCheck, client: httpx.AsyncClient, *, accounts: bool) -> LiveResult:
    """Run the steps in order, up to the first that differs. `client` has the application's base URL; leaves its rows.

    Raises httpx.HTTPError where the application does not answer.
    """
    known: dict[str, Any] = {}
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    tokens: dict[str, Mapping[str, str]] = {ANONYMOUS: {}}
    for step in check.steps:
        if accounts and step.actor not in tokens:
            tokens[step.actor] = await _log_in(client, step.actor or "someone")
        try:
            path = REFERENCE.sub(lambda m: str(resolved(m[0], known, now)), step.path)
            body = None if step.body is None else resolved(step.body, known, now)
        except (LookupError, TypeError) as error:
            return LiveResult(check.title, False, f"{write_line(step)}: an earlier answer has no {error}")
        answer = await client.request(step.method, path, json=body, headers=tokens.get(step.actor))
        problem = _differs(step, answer, known, now)
        if problem:
            return LiveResult(check.title, False, f"{write_line(step)}: {problem}")
        if step.save_as:
            known[step.save_as] = answer.json()
    return LiveResult(check.title, True, "")


async def _log_in(client: httpx.AsyncClient, name: str) -> Mapping[str, str]:
    email = f"{name}@example.com"
    await client.post("/auth/register", json={"email": email, "password": PASSWORD})
    answer = await client.post("/auth/token", data={"username": email, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json().get('access_token', '')}"}


def _differs(step: Exchange, answer: httpx.Response, known: Mapping[str, Any], now: dt.datetime) -> str:
    if answer.status_code != step.status:
        return f"status {answer.status_code}, not {step.status}: {answer.text[:300]}"
    if step.expect is None and not step.save_as:
        return ""
    try:
        actual = answer.json()
    except ValueError:
        return f"no JSON: {answer.text[:300]}"
    return "" if step.expect is None else difference(actual, step.expect, known, now)


def resolved(value: Any, known: Mapping[str, Any], now: dt.datetime) -> Any:
    """The value with its references filled in. Raises KeyError and IndexError where an answer lacks the part."""
    if isinstance(value, dict):
        return {key: resolved(part, known, now) for key, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, known, now) for part in value]
    found = reference(value)
    return value if found is None else _filled(found, known, now)


def _filled(found: Reference, known: Mapping[str, Any], now: dt.datetime) -> Any:
    if found.name == "today":
        return (now.date() + dt.timedelta(days=found.shift)).isoformat()
    if found.name == "now":
        return (now + dt.timedelta(seconds=found.shift)).isoformat().replace("+00:00", "Z")
    value = known[found.name]
    for part in found.path:
        value = value[part]
    return value


def difference(actual: Any, expected: Any, known: Mapping[str, Any], now: dt.datetime, where: str = "answer") -> str:
    """How `actual` fails to contain `expected`; empty where it does not."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return f"{where} is no object: {actual!r}"
        parts = [difference(actual.get(k, _MISSING), v, known, now, f"{where}.{k}") for k, v in expected.items()]
        return next(filter(None, parts), "")
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return f"{where} is not a list of {len(expected)}: {actual!r}"
        pairs = enumerate(zip(actual, expected, strict=True))
        return next(filter(None, (difference(a, e, known, now, f"{where}[{i}]") for i, (a, e) in pairs)), "")
    if actual is _MISSING:
        return f"{where} is missing"
    found = reference(expected)
    if found is not None and found.name == ANY:
        return f"{where} is null" if actual is None else ""
    wanted = expected if found is None else _filled(found, known, now)
    same = actual == wanted and isinstance(actual, bool) == isinstance(wanted, bool)
    return "" if same else f"{where} is {actual!r}, not {wanted!r}"


__all__ = ["LiveResult", "difference", "resolved", "run_check"]
