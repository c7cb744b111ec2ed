"""What speaks for a file being touched by a request: numbers from 0 to 1, most of them shares of the best file's."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tools.iterator.codebase import Codebase
from tools.iterator.request import Request
from tools.iterator.roles import Role, role_of
from tools.iterator.words import count_terms, stem

PROPOSING = (
    "whole", "whole_title", "chunk", "names", "similar", "told", "named_defined", "together", "tests", "neighbours",
    "pairs",
)  # fmt: skip
"""Signals whose best files become candidates."""
SIGNALS = (
    *PROPOSING, "chunk_title", "chunk_sum", "names_title", "path_cover", "named_mentioned", "word_defined",
    "similar_best", "told_title", "cover",
)  # fmt: skip
CANDIDATES = 40
"""Files that each signal may propose."""
LIKE = 40
"""Past changes that are looked at for a request."""
SEEDS = 8
SEED_WEIGHTS = {"whole": 1.0, "chunk": 0.6, "names": 0.6, "similar": 0.8, "told": 0.5, "named_defined": 0.8}
TELLING_TESTS = 12
RECENT_CHANGES = 60
Place = tuple[str, int]
"""A symbol: path, and its number in the file."""
Key = TypeVar("Key", bound=Hashable)


@dataclass
class Evidence:
    """Of one request: signals by file, and what they come from, for the reasons."""

    signals: dict[str, dict[str, float]] = field(default_factory=dict)
    chunks: dict[Place, float] = field(default_factory=dict)
    """Functions that match, raw BM25."""
    similar: list[tuple[int, float]] = field(default_factory=list)
    """Past changes (places in `changes`) with how alike they are, best first."""
    defined: dict[str, list[Place]] = field(default_factory=dict)
    """Path → symbols that the request names."""
    seeds: dict[str, float] = field(default_factory=dict)
    """The likeliest files by what stands in them and was said of them."""


def gather(code: Codebase, request: Request) -> Evidence:
    found = Evidence(chunks=code.chunks.scores(request.weights))
    s = found.signals
    _by_words(code, request, found)
    s["similar"], s["similar_best"] = _similar(code, request, found)
    s["told"] = top(code.told.scores(request.weights))
    s["told_title"] = top(code.told.scores(request.title))
    s["tests"] = top(_from_tests(code, request))
    found.seeds = _seeds(s)
    s["neighbours"] = top(_imported(found.seeds, code.imports))
    s["together"] = top(_together(code, found.seeds))
    s["path_cover"], s["cover"] = _covered(code, request, candidates(s))
    return found


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


def top(values: Mapping[Key, float]) -> dict[Key, float]:
    """Divided by the largest."""
    most = max(values.values(), default=0.0)
    return {key: value / most for key, value in values.items() if value > 0} if most > 0 else {}


def _by_words(code: Codebase, request: Request, found: Evidence) -> None:
    s = found.signals
    s["whole"] = top(code.whole.scores(request.weights))
    s["whole_title"] = top(code.whole.scores(request.title))
    s["chunk"], s["chunk_sum"] = _by_file(found.chunks)
    s["chunk_title"], _ = _by_file(code.chunks.scores(request.title))
    s["pairs"] = top(code.pairs.scores(request.pairs))
    s["names"] = top(code.names.scores(request.weights))
    s["names_title"] = top(code.names.scores(request.title))
    s["named_defined"] = top(_defined(code, request.named, found.defined))
    s["word_defined"] = top(_defined(code, request.words - request.named, {}))
    mentioned = {term: 1.0 for name in request.named for term in (f"_{name}", stem(name))}
    s["named_mentioned"] = top(code.whole.scores(mentioned))


def _by_file(chunks: Mapping[Place, float]) -> tuple[dict[str, float], dict[str, float]]:
    """The best function of each file, and its three best together."""
    lists: dict[str, list[float]] = defaultdict(list)
    for (path, _), value in chunks.items():
        lists[path].append(value)
    best = {path: max(values) for path, values in lists.items()}
    three = {path: sum(sorted(values)[-3:]) for path, values in lists.items()}
    return top(best), top(three)


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


def _similar(code: Codebase, request: Request, found: Evidence) -> tuple[dict[str, float], dict[str, float]]:
    """Files that were touched when something like it was done: by all such changes, and by the most alike."""
    likeness = top(code.past.scores(request.weights))
    found.similar = sorted(likeness.items(), key=lambda item: (-item[1], item[0]))[:LIKE]
    total: dict[str, float] = defaultdict(float)
    most: dict[str, float] = defaultdict(float)
    for number, value in found.similar:
        sources = _sources_of(code, number)
        for path in sources:
            total[path] += value**2 / math.sqrt(len(sources))
            most[path] = max(most[path], value / math.sqrt(len(sources)))
    return top(total), top(most)


def _sources_of(code: Codebase, number: int) -> list[str]:
    return [path for path in code.changes[number].files if path in code.files and role_of(path) is Role.SOURCE]


def _from_tests(code: Codebase, request: Request) -> dict[str, float]:
    """Tests tell in words what code does; what they import, or are named after, is meant."""
    scores = top(code.tests.scores(request.weights))
    found: dict[str, float] = defaultdict(float)
    for test, value in sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:TELLING_TESTS]:
        for path in code.imports.get(test, ()):
            found[path] += 0.3 * value
        for path in code.named_after(test):
            found[path] += value
    return {path: value for path, value in found.items() if role_of(path) is Role.SOURCE}


def _seeds(signals: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for name, weight in SEED_WEIGHTS.items():
        for path, value in signals[name].items():
            total[path] += weight * value
    return {path: total[path] for path in sorted(total, key=lambda path: (-total[path], path))[:SEEDS]}


def _imported(seeds: Mapping[str, float], imports: Mapping[str, set[str]]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        linked = imports.get(path, set())
        for other in linked:
            if role_of(other) is Role.SOURCE:
                found[other] += value / math.sqrt(len(linked))
    return found


def _together(code: Codebase, seeds: Mapping[str, float]) -> dict[str, float]:
    """Files that changed when the seeds did."""
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        numbers = code.touched.get(path, [])[:RECENT_CHANGES]
        for number in numbers:
            for other in _sources_of(code, number):
                if other != path:
                    found[other] += value / len(numbers) / len(code.changes[number].files)
    return found


def _covered(code: Codebase, request: Request, chosen: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Which part of the request, by rarity, a file's path and its text have."""
    rarity = {term: weight * code.whole.idf(term) for term, weight in request.weights.items()}
    whole = sum(rarity.values()) or 1.0
    by_path, by_text = {}, {}
    for path in chosen:
        words = count_terms(path.rsplit(".", 1)[0])
        by_path[path] = sum(rarity.get(term, 0.0) for term in words if term in request.title) / whole
        by_text[path] = sum(value for term, value in rarity.items() if term in code.files[path].words) / whole
    return by_path, by_text


__all__ = ["SIGNALS", "Evidence", "Place", "candidates", "gather", "rows", "top"]
