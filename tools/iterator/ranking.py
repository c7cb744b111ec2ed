"""Signals into an order. The weights were learnt from past changes of repositories that no benchmark of ours uses."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from memory.records.impact import FileImpact
from tools.iterator.closer import LOOKED_AT, look_closer
from tools.iterator.codebase import Codebase
from tools.iterator.request import Request
from tools.iterator.shares import Place, top
from tools.iterator.signals import SIGNALS, Evidence, rows

WEIGHTS: Mapping[str, float] = json.loads((Path(__file__).parent / "weights.json").read_text())
"""Signal → weight: of files as they are, of symbols after `symbol.`."""
FILES_WITH_SYMBOLS = 12
LEAST = 1e-6
"""Added to a share before its logarithm is taken."""
SYMBOL_SIGNALS = ("file", "chunk", "label", "chunk_title", "named", "size", "class")


def rank_files(code: Codebase, request: Request, evidence: Evidence) -> dict[str, float]:
    """Candidate → share of belief, best first; the shares sum to 1. The first files are looked at more closely."""
    weights = [WEIGHTS[name] for name in SIGNALS]
    signals = rows(evidence)
    raw = {path: sum(w * v for w, v in zip(weights, row, strict=True)) for path, row in signals.items()}
    first = sorted(raw, key=lambda path: (-raw[path], path))[:LOOKED_AT]
    closer = look_closer(code, request, evidence, {path: signals[path] for path in first})
    least, last = min(closer.values(), default=0.0), min((raw[path] for path in first), default=0.0)
    raw = {path: closer[path] if path in closer else least + value - last for path, value in raw.items()}
    most = max(raw.values(), default=0.0)
    shares = {path: math.exp(value - most) for path, value in raw.items()}
    total = sum(shares.values())
    return {path: share / total for path, share in sorted(shares.items(), key=lambda item: (-item[1], item[0]))}


def rank_symbols(
    code: Codebase, request: Request, evidence: Evidence, files: Mapping[str, float]
) -> dict[Place, float]:
    """Symbols of the best files, best first."""
    best = list(files)[:FILES_WITH_SYMBOLS]
    places = [(path, number) for path in best for number in range(len(code.files[path].symbols))]
    labels = top(code.labels.scores_of(places, request.weights))
    titles = top(code.chunks.scores_of(places, request.title))
    chunks = top({place: evidence.chunks.get(place, 0.0) for place in places})
    named = {place for places in evidence.defined.values() for place in places}
    scores: dict[Place, float] = {}
    for path, number in places:
        key, symbol = (path, number), code.symbol((path, number))
        row = (
                math.log(files[path] + LEAST), chunks.get(key, 0.0), labels.get(key, 0.0), titles.get(key, 0.0),
                float(key in named), math.log1p(symbol.end - symbol.start), float(symbol.kind == "class"),
            )  # fmt: skip
        scores[key] = _symbol_score(row)
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def in_order(files: Sequence[FileImpact], order: Sequence[str]) -> tuple[FileImpact, ...]:
    """The files of `order` first. The shares of belief stay where they are, and symbols follow their files."""
    known = {file.path: file for file in files}
    first = [known[path] for path in dict.fromkeys(order) if path in known]
    chosen = [*first, *(file for file in files if file not in first)]
    return tuple(_with_share(file, place.score) for file, place in zip(chosen, files, strict=True))


def _with_share(file: FileImpact, share: float) -> FileImpact:
    gain = WEIGHTS["symbol.file"] * (math.log(share + LEAST) - math.log(file.score + LEAST))
    symbols = tuple(hit.model_copy(update={"score": round(hit.score + gain, 4)}) for hit in file.symbols)
    return file.model_copy(update={"score": share, "symbols": symbols})


def _symbol_score(row: Sequence[float]) -> float:
    return sum(WEIGHTS[f"symbol.{name}"] * value for name, value in zip(SYMBOL_SIGNALS, row, strict=True))


__all__ = ["in_order", "rank_files", "rank_symbols"]
