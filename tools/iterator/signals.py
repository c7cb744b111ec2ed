"""What speaks for a file being touched by a request: one number a signal, between 0 and 1 in most."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tools.iterator.codebase import Codebase
from tools.iterator.request import Request
from tools.iterator.roles import Role, role_of
from tools.iterator.words import count_terms, stem

SIGNALS = (
    "whole", "whole_title", "chunk", "chunk_title", "chunk_sum", "names", "names_title", "path_cover", "named_defined",
    "named_mentioned", "word_defined", "similar", "similar_best", "told", "told_title", "often", "recent", "neighbours",
    "importers", "together", "tests", "size", "symbols", "init", "depth", "cover", "fan_in", "folder",
    "pairs", "label", "label_title",
)  # fmt: skip
CANDIDATES = 40
"""Files that each signal may propose."""
LIKE = 40
"""Past changes that are looked at for a request."""
SEEDS = 8
Place = tuple[str, int]


@dataclass
class Evidence:
    """Of one request: signals by file, and what they come from, for the reasons."""

    signals: dict[str, dict[str, float]] = field(default_factory=dict)
    chunks: dict[Place, float] = field(default_factory=dict)
    """Best functions, raw BM25."""
    similar: list[tuple[int, float]] = field(default_factory=list)
    """Past changes (places in `changes`) with how alike they are, best first."""
    defined: dict[str, list[Place]] = field(default_factory=dict)
    """Path → symbols that the request names."""
    seeds: dict[str, float] = field(default_factory=dict)


def gather(code: Codebase, request: Request) -> Evidence:
    found = Evidence()
    s = found.signals
    s["whole"] = top(code.whole.scores(request.weights))
    s["whole_title"] = top(code.whole.scores(request.title))
    found.chunks = code.chunks.scores(request.weights)
    s["chunk"], s["chunk_sum"] = _by_file(found.chunks)
    s["chunk_title"], _ = _by_file(code.chunks.scores(request.title))
    s["pairs"] = top(code.pairs.scores(request.pairs))
    s["label"], _ = _by_file(code.labels.scores(request.weights))
    s["label_title"], _ = _by_file(code.labels.scores(request.title))
    s["names"] = top(code.names.scores(request.weights))
    s["names_title"] = top(code.names.scores(request.title))
    s["named_defined"] = top(_defined(code, request.named, found.defined))
    s["word_defined"] = top(_defined(code, request.words - request.named, {}))
    s["named_mentioned"] = top(code.whole.scores({f"_{name}": 1.0 for name in request.named} | {stem(name): 1.0 for name in request.named}))
    s["similar"], s["similar_best"] = _similar(code, request, found)
    s["told"] = top(code.told.scores(request.weights))
    s["told_title"] = top(code.told.scores(request.title))
    s["tests"] = top(_from_tests(code, request))
    found.seeds = _seeds(s)
    s["neighbours"] = top(_spread(found.seeds, code.imports))
    s["importers"] = top(_spread(found.seeds, code.importers))
    s["together"] = top(_together(code, found.seeds))
    s["folder"] = top(_folders(found.seeds, s))
    _facts(code, request, s)
    return found


def candidates(signals: Mapping[str, Mapping[str, float]]) -> set[str]:
    chosen: set[str] = set()
    for name in ("whole", "whole_title", "chunk", "names", "similar", "told", "named_defined", "together", "tests", "neighbours", "pairs", "label"):
        values = signals[name]
        chosen.update(sorted(values, key=lambda path: -values[path])[:CANDIDATES])
    return chosen


def top(values: Mapping[str, float]) -> dict[str, float]:
    """Divided by the largest."""
    most = max(values.values(), default=0.0)
    return {key: value / most for key, value in values.items() if value > 0} if most > 0 else {}


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
        places = code.definitions.get(name, ())
        files = {path for path, _ in places}
        for path in files:
            found[path] += 1.0 / len(files)
        for place in places:
            into.setdefault(place[0], []).append(place)
    return found


def _similar(code: Codebase, request: Request, found: Evidence) -> tuple[dict[str, float], dict[str, float]]:
    """Files that were touched when something like it was done."""
    likeness = top({str(n): v for n, v in code.past.scores(request.weights).items()})
    best = sorted(likeness.items(), key=lambda item: -item[1])[:LIKE]
    found.similar = [(int(number), value) for number, value in best]
    total: dict[str, float] = defaultdict(float)
    most: dict[str, float] = defaultdict(float)
    for number, value in found.similar:
        files = code.changes[number].files
        sources = [path for path in files if path in code.files and role_of(path) is Role.SOURCE]
        for path in sources:
            gain = value**2 / math.sqrt(len(sources))
            total[path] += gain
            most[path] = max(most[path], value / math.sqrt(len(sources)))
    return top(total), top(most)


def _from_tests(code: Codebase, request: Request) -> dict[str, float]:
    """Tests tell in words what code does; what they import, or are named after, is meant."""
    scores = top(code.tests.scores(request.weights))
    found: dict[str, float] = defaultdict(float)
    for test, value in sorted(scores.items(), key=lambda item: -item[1])[:12]:
        bare = count_terms(test.rsplit("/", 1)[-1].split(".")[0].removeprefix("test_").removesuffix("_test"))
        for path in code.imports.get(test, ()):
            found[path] += 0.3 * value
        for path in code.names_alike(bare):
            found[path] += value
    return {path: value for path, value in found.items() if path in code.files and role_of(path) is Role.SOURCE}


def _seeds(signals: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The likeliest files so far, for what spreads from them."""
    weights = {"whole": 1.0, "chunk": 0.6, "names": 0.6, "similar": 0.8, "told": 0.5, "named_defined": 0.8}
    total: dict[str, float] = defaultdict(float)
    for name, weight in weights.items():
        for path, value in signals[name].items():
            total[path] += weight * value
    best = sorted(total, key=lambda path: -total[path])[:SEEDS]
    return {path: total[path] for path in best}


def _spread(seeds: Mapping[str, float], graph: Mapping[str, Iterable[str]]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        linked = list(graph.get(path, ()))
        for other in linked:
            if role_of(other) is Role.SOURCE:
                found[other] += value / math.sqrt(len(linked))
    return found


def _together(code: Codebase, seeds: Mapping[str, float]) -> dict[str, float]:
    """Files that changed when the seeds did."""
    found: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        numbers = code.touched.get(path, [])[:60]
        for number in numbers:
            files = code.changes[number].files
            for other in files:
                if other != path and other in code.files and role_of(other) is Role.SOURCE:
                    found[other] += value / len(numbers) / len(files)
    return found


def _folders(seeds: Mapping[str, float], signals: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    by_folder: dict[str, float] = defaultdict(float)
    for path, value in seeds.items():
        by_folder[path.rpartition("/")[0]] += value
    return {path: by_folder.get(path.rpartition("/")[0], 0.0) for path in candidates({**signals, "together": {}, "neighbours": {}} if "together" not in signals else signals)}


def _facts(code: Codebase, request: Request, s: dict[str, dict[str, float]]) -> None:
    """What a file is by itself, and which part of the request it covers."""
    chosen = candidates(s)
    newest = max(1, len(code.changes))
    rarity = {term: weight * code.whole.idf(term) for term, weight in request.weights.items()}
    all_terms = sum(rarity.values()) or 1.0
    for path in chosen:
        facts = code.files[path]
        touched = code.touched.get(path, [])
        words = count_terms(path.rsplit(".", 1)[0])
        named = sum(rarity.get(term, 0.0) for term in words if term in request.title)
        s.setdefault("path_cover", {})[path] = named / all_terms
        s.setdefault("cover", {})[path] = sum(v for t, v in rarity.items() if t in facts.words) / all_terms
        s.setdefault("often", {})[path] = math.log1p(len(touched)) / 6
        s.setdefault("recent", {})[path] = 1 - touched[0] / newest if touched else 0.0
        s.setdefault("size", {})[path] = math.log1p(facts.lines) / 9
        s.setdefault("symbols", {})[path] = math.log1p(len(facts.symbols)) / 6
        s.setdefault("init", {})[path] = float(path.rsplit("/", 1)[-1].split(".")[0] in ("__init__", "index", "__main__"))
        s.setdefault("depth", {})[path] = path.count("/") / 8
        s.setdefault("fan_in", {})[path] = math.log1p(len(code.importers.get(path, ()))) / 6


def rows(evidence: Evidence) -> dict[str, list[float]]:
    """Candidate → its signals in the order of SIGNALS."""
    s = evidence.signals
    return {path: [s.get(name, {}).get(path, 0.0) for name in SIGNALS] for path in sorted(candidates(s))}


__all__ = ["SIGNALS", "Evidence", "candidates", "gather", "rows", "top"]
