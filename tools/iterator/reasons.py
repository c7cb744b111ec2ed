"""Why a file is thought to be touched, in words for people."""

from __future__ import annotations

from collections.abc import Iterator

from memory.records.impact import Reason
from tools.iterator.codebase import Codebase
from tools.iterator.request import Request
from tools.iterator.signals import Evidence
from tools.iterator.words import count_terms

MOST_WORDS = 6
CLEAR = 0.35
"""A signal below this share of the best says nothing worth telling."""


def reasons(code: Codebase, request: Request, evidence: Evidence, path: str) -> tuple[Reason, ...]:
    return tuple(_told(code, request, evidence, path))


def _told(code: Codebase, request: Request, evidence: Evidence, path: str) -> Iterator[Reason]:
    s = evidence.signals
    if places := evidence.defined.get(path):
        names = sorted({code.symbol(place).name for place in places})
        yield Reason(kind="symbol", text=f"defines {', '.join(names[:3])}, which the request names")
    in_name = sorted(set(count_terms(path.rsplit(".", 1)[0])) & set(request.title))
    if in_name:
        yield Reason(kind="name", text=f"its path has {', '.join(in_name[:MOST_WORDS])}")
    if s["whole"].get(path, 0) >= CLEAR:
        words = sorted(
            (term for term in request.weights if term in code.files[path].words), key=lambda term: -code.whole.idf(term)
        )
        yield Reason(kind="words", text=f"mentions {', '.join(word.lstrip('_') for word in words[:MOST_WORDS])}")
    for number, _ in evidence.similar[:5]:
        change = code.changes[number]
        if path in change.files:
            title = change.message.partition("\n")[0][:80]
            yield Reason(kind="history", text=f"past change {change.commit[:8]} touched it: {title}")
            break
    yield from _linked(code, evidence, path)
    for route, handler in code.files[path].routes:
        if set(count_terms(f"{route} {handler}")) & set(request.title):
            yield Reason(kind="route", text=f"serves {route}")
            break


def _linked(code: Codebase, evidence: Evidence, path: str) -> Iterator[Reason]:
    others = [seed for seed in evidence.seeds if seed != path][:3]
    used = [other for other in others if other in code.imports.get(path, ())]
    users = [other for other in others if path in code.imports.get(other, ())]
    if used:
        yield Reason(kind="imports", text=f"imports {used[0]}")
    if users:
        yield Reason(kind="imported_by", text=f"is imported by {users[0]}")
    if evidence.signals["together"].get(path, 0) >= CLEAR:
        yield Reason(kind="together", text="changed in the past when the other likely files did")
    if evidence.signals["tests"].get(path, 0) >= CLEAR:
        yield Reason(kind="test", text="tests that speak of this are its own")


__all__ = ["reasons"]
