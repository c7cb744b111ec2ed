"""What speaks for a file being touched by a request: numbers from 0 to 1, most of them shares of the best file's."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tools.iterator.codebase import Codebase
from tools.iterator.nearness import SEED_WEIGHTS, changed_together, imported, same_folder, users, walked
from tools.iterator.paths import by_path
from tools.iterator.request import Request
from tools.iterator.shares import Place, best_by_file, spread, top
from tools.iterator.words import stem

PROPOSING = (
    "whole", "whole_title", "chunk", "names", "similar", "told", "named_defined", "together", "tests", "neighbours",
    "pairs", "meaning",
)  # fmt: skip
"""Signals whose best files become candidates."""
SIGNALS = (
    "whole", "whole_title", "whole_flat", "title_cover", "chunk_cover", "names", "pairs", "named_mentioned",
    "word_defined", "exact_defined", "told_short", "similar_rare", "base", "base_rare", "base_exact", "base_named",
    "folder", "imported", "users", "walked", "same_folder", "lines", "recent", "last", "importers", "depth",
    "meaning",
)  # fmt: skip
"""Those that are weighed."""
CANDIDATES = 40
"""Files that each signal may propose."""
LIKE = 40
"""Past changes that are looked at for a request."""
MOST_TELLING = 40
"""Terms that functions are looked for by."""
SEEDS = 8
TELLING_TESTS = 12
MOST_EXACT = 1.5
FLAT_K1, FLAT_B = 2.0, 0.2
"""BM25 that hardly minds how long a file is."""


@dataclass
class Evidence:
    """Of one request: signals by file, and what they come from, for the reasons."""

    signals: dict[str, dict[str, float]] = field(default_factory=dict)
    chunks: dict[Place, float] = field(default_factory=dict)
    """Functions that match, raw BM25."""
    best: dict[str, Place] = field(default_factory=dict)
    """File → its symbol that matches best."""
    similar: list[tuple[int, float]] = field(default_factory=list)
    """Past changes (places in `changes`) with how alike they are, best first."""
    most_alike: float = 0.0
    """Of the most similar change, the part of the request that it has."""
    defined: dict[str, list[Place]] = field(default_factory=dict)
    """Path → symbols that the request names."""
    seeds: dict[str, float] = field(default_factory=dict)
    """The likeliest files by what stands in them and was said of them."""


def gather(code: Codebase, request: Request, likeness: Mapping[str, float] | None = None) -> Evidence:
    """`likeness`: of files by their vectors, where there are any."""
    found = Evidence(chunks=code.chunks.scores(_telling(code, request.weights)))
    s = found.signals
    s["meaning"] = spread({path: value for path, value in (likeness or {}).items() if path in code.files})
    _by_words(code, request, found)
    s["similar"], s["similar_rare"] = _similar(code, request, found)
    s["told"] = top(code.told.scores(request.weights))
    s["told_short"] = top(code.told.scores(request.weights, b=1.0))
    s["tests"] = top(_from_tests(code, request))
    found.seeds = _seeds(s)
    s["neighbours"] = s["imported"] = top(imported(code, found.seeds))
    s["together"] = top(changed_together(code, found.seeds))
    _of_candidates(code, request, found, candidates(s))
    return found


def _telling(code: Codebase, weights: Mapping[str, float]) -> dict[str, float]:
    """Terms that are rare among functions: the common ones of a long request take time and tell nothing."""
    best = sorted(weights, key=lambda term: -weights[term] * code.chunks.idf(term))[:MOST_TELLING]
    return {term: weights[term] for term in best}


def candidates(signals: Mapping[str, Mapping[str, float]]) -> set[str]:
    chosen: set[str] = set()
    for name in PROPOSING:
        values = signals[name]
        chosen.update(sorted(values, key=lambda path: -values[path])[:CANDIDATES])
    return chosen


def rows(evidence: Evidence) -> dict[str, list[float]]:
    """Candidate → its signals in the order of SIGNALS."""
    s = evidence.signals
    return {path: [s[name].get(path, 0.0) for name in SIGNALS] for path in sorted(candidates(s))}


def _by_words(code: Codebase, request: Request, found: Evidence) -> None:
    s = found.signals
    s["whole"] = top(code.whole.scores(request.weights))
    s["whole_title"] = top(code.whole.scores(request.title))
    s["whole_flat"] = top(code.whole.scores(request.weights, k1=FLAT_K1, b=FLAT_B))
    found.best = best_by_file(found.chunks)
    s["chunk"] = top({path: found.chunks[place] for path, place in found.best.items()})
    s["pairs"] = top(code.pairs.scores(request.pairs))
    s["names"] = top(code.names.scores(request.weights))
    s["named_defined"] = top(_defined(code, request.named, found.defined))
    s["word_defined"] = top(_defined(code, request.words - request.named, {}))
    s["exact_defined"] = _exactly_defined(code, request)
    mentioned = {term: 1.0 for name in request.named for term in (f"_{name}", stem(name))}
    s["named_mentioned"] = top(code.whole.scores(mentioned))


def _of_candidates(code: Codebase, request: Request, found: Evidence, chosen: Iterable[str]) -> None:
    """What is looked at in likely files only."""
    s, paths = found.signals, sorted(chosen)
    s |= by_path(code, request, paths)
    s["users"] = top(users(code, found.seeds))
    s["walked"] = top(walked(code, found.seeds))
    s["same_folder"] = top(same_folder(found.seeds, paths))
    s["title_cover"], s["chunk_cover"] = _covered(code, request, found, paths)
    standing = code.standing
    for name in ("lines", "recent", "last", "importers", "depth"):
        s[name] = getattr(standing, name)


def _defined(code: Codebase, names: Iterable[str], into: dict[str, list[Place]]) -> dict[str, float]:
    """A name that many files define says little of each."""
    found: dict[str, float] = defaultdict(float)
    for name in names:
        places = code.definitions.get(name, [])
        files = {path for path, _ in places}
        for path in files:
            found[path] += 1.0 / len(files)
        for place in places:
            into.setdefault(place[0], []).append(place)
    return found


def _exactly_defined(code: Codebase, request: Request) -> dict[str, float]:
    """As `_defined`, of names that the request writes as the code does: `HttpError`, `get_items`."""
    found: dict[str, float] = defaultdict(float)
    for name in request.exact:
        places = code.definitions.get(name.lower(), [])
        files = {place[0] for place in places if code.symbol(place).name.rpartition(".")[2] == name}
        for path in files:
            found[path] += 1.0 / len(files)
    return {path: min(MOST_EXACT, value) for path, value in found.items()}


def _similar(code: Codebase, request: Request, found: Evidence) -> tuple[dict[str, float], dict[str, float]]:
    """Files that were touched when something like it was done; `rare`: those count less that are always touched."""
    scores = code.past.scores(request.weights)
    whole = sum(weight * code.past.idf(term) for term, weight in request.weights.items())
    found.most_alike = max(scores.values(), default=0.0) / (whole or 1.0)
    likeness = top(scores)
    found.similar = sorted(likeness.items(), key=lambda item: (-item[1], item[0]))[:LIKE]
    total: dict[str, float] = defaultdict(float)
    for number, value in found.similar:
        sources = code.sources_of(number)
        for path in sources:
            total[path] += value**2 / math.sqrt(len(sources))
    often = code.standing.touched
    return top(total), top({path: value / math.sqrt(1 + often.get(path, 0)) for path, value in total.items()})


def _from_tests(code: Codebase, request: Request) -> dict[str, float]:
    """Tests tell in words what code does; what they import, or are named after, is meant."""
    scores = top(code.tests.scores(request.weights))
    found: dict[str, float] = defaultdict(float)
    for test, value in sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:TELLING_TESTS]:
        for path in code.imports.get(test, ()):
            found[path] += 0.3 * value
        for path in code.named_after(test):
            found[path] += value
    return {path: value for path, value in found.items() if path in code.source_set}


def _seeds(signals: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for name, weight in SEED_WEIGHTS.items():
        for path, value in signals[name].items():
            total[path] += weight * value
    return {path: total[path] for path in sorted(total, key=lambda path: (-total[path], path))[:SEEDS]}


def _covered(
    code: Codebase, request: Request, found: Evidence, paths: Iterable[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """Which part of the first line, by rarity, a file has; and of the whole request its best function."""
    rare = {term: weight * code.whole.idf(term) for term, weight in request.weights.items()}
    rare_title = {term: code.whole.idf(term) for term in request.title}
    whole, title = sum(rare.values()) or 1.0, sum(rare_title.values()) or 1.0
    by_title, by_chunk = {}, {}
    for path in paths:
        words = code.files[path].words
        by_title[path] = sum(value for term, value in rare_title.items() if term in words) / title
        if path in found.best:
            inside = code.symbol(found.best[path]).words
            by_chunk[path] = sum(value for term, value in rare.items() if term in inside) / whole
    return by_title, by_chunk


__all__ = ["SIGNALS", "Evidence", "candidates", "gather", "rows"]
