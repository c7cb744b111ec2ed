"""What else is known of the first files. Signals are shares of the best file's; these tell how good the best is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tools.iterator.bm25 import Bm25
from tools.iterator.codebase import Codebase
from tools.iterator.request import Request
from tools.iterator.signals import Evidence

RANKED = ("whole", "chunk", "names", "similar_rare", "told_short", "base_rare", "walked")
"""Signals of which the place among the first files counts: 1, 1/2, 1/3, ..."""
DETAILS = (
    "function", "second function", "third function", "lines of function", "is class", "symbols", "lines",
    "whole", "title", "told", "names", "alike", "changes alike", "lately alike", "changes", "importers", "imports",
    "index", "depth", "types", "helpers", *(f"rank of {name}" for name in RANKED),
)  # fmt: skip
SMALL = 5.0
"""Logarithms of counts are divided by it."""


def details_of(code: Codebase, request: Request, evidence: Evidence, paths: Sequence[str]) -> dict[str, list[float]]:
    """Path → its details, in the order of DETAILS."""
    asked, title = request.weights, request.title
    parts = {
        "whole": _share(code.whole, code.whole.scores_of(paths, asked), asked),
        "title": _share(code.whole, code.whole.scores_of(paths, title), dict.fromkeys(title, 1.0)),
        "told": _share(code.told, code.told.scores_of(paths, asked), asked, by=code.whole),
        "names": _share(code.names, code.names.scores_of(paths, asked), asked, by=code.whole),
    }
    functions = _total(code.chunks, asked)
    ranks = [_ranks(evidence.signals[name], paths) for name in RANKED]
    found = {}
    for path in paths:
        found[path] = [
            *(value / functions for value in _best_functions(code, evidence, path)),
            *_of_file(code, evidence, path),
            *(part[path] for part in parts.values()),
            *_alike(code, evidence, path),
            *_of_place(code, path),
            *(rank.get(path, 0.0) for rank in ranks),
        ]
    return found


def _total(index: Bm25, query: Mapping[str, float]) -> float:  # type: ignore[type-arg]
    return sum(weight * index.idf(term) for term, weight in query.items()) or 1.0


def _share(
    index: Bm25[str], scores: Mapping[str, float], query: Mapping[str, float], by: Bm25[str] | None = None
) -> dict[str, float]:
    total = _total(by or index, query)
    return {path: value / total for path, value in scores.items()}


def _best_functions(code: Codebase, evidence: Evidence, path: str) -> list[float]:
    values = (evidence.chunks.get((path, number), 0.0) for number in range(len(code.files[path].symbols)))
    return [*sorted(values, reverse=True)[:3], 0.0, 0.0, 0.0][:3]


def _of_file(code: Codebase, evidence: Evidence, path: str) -> list[float]:
    facts = code.files[path]
    best = evidence.best.get(path)
    symbol = code.symbol(best) if best else None
    length = symbol.end - symbol.start if symbol else 0
    return [
        _small(length),
        float(symbol is not None and symbol.kind == "class"),
        _small(len(facts.symbols)),
        _small(facts.lines),
    ]


def _alike(code: Codebase, evidence: Evidence, path: str) -> list[float]:
    """Of past changes like the request that touched it: how alike, how many, how lately."""
    touching = [(number, value) for number, value in evidence.similar if path in code.changes[number].files]
    most = max((value for _, value in touching), default=0.0) * evidence.most_alike
    return [most, _small(len(touching)), 1 / (1 + min((number for number, _ in touching), default=9999))]


def _of_place(code: Codebase, path: str) -> list[float]:
    name = path.rpartition("/")[2]
    return [
        _small(code.standing.touched.get(path, 0)), _small(len(code.importers.get(path, ()))),
        _small(len(code.imports.get(path, ()))), float(name.split(".")[0] in ("__init__", "index")),
        float(path.count("/")), float("types" in name or "typing" in name),
        float(any(word in path for word in ("util", "helper", "compat"))),
    ]  # fmt: skip


def _ranks(values: Mapping[str, float], paths: Sequence[str]) -> dict[str, float]:
    order = sorted((path for path in paths if values.get(path, 0.0) > 0), key=lambda path: -values[path])
    return {path: 1 / (1 + place) for place, path in enumerate(order)}


def _small(count: float) -> float:
    return math.log1p(count) / SMALL


__all__ = ["DETAILS", "details_of"]
