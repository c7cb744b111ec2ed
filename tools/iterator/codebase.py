"""A codebase at one commit, ready to be asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from tools.iterator.bm25 import Bm25
from tools.iterator.facts import FileFacts, Symbol
from tools.iterator.history import Change
from tools.iterator.imports import Modules, reverse
from tools.iterator.roles import Role, role_of
from tools.iterator.standing import Standing, standing_of
from tools.iterator.words import count_terms

MOST_TOLD = 400.0
"""Terms of past messages that speak for a file: those of a file that is always touched would drown the rest."""


class Codebase:
    """Files come and go by `put` and `drop`; history is given newest first."""

    def __init__(self, files: Mapping[str, FileFacts], changes: Iterable[Change]) -> None:
        self.files: dict[str, FileFacts] = {}
        self.whole: Bm25[str] = Bm25()
        self.names: Bm25[str] = Bm25(b=0.3)
        self.chunks: Bm25[tuple[str, int]] = Bm25()
        self.pairs: Bm25[str] = Bm25()
        self.labels: Bm25[tuple[str, int]] = Bm25(b=0.3)
        self.tests: Bm25[str] = Bm25()
        for path, facts in files.items():
            self.put(path, facts)
        self.changes = list(changes)

    def put(self, path: str, facts: FileFacts) -> None:
        if path in self.files:
            self.drop(path)
        self.files[path] = facts
        role = role_of(path)
        if role is Role.TEST:
            self.tests.add(path, facts.words)
        if role is not Role.SOURCE:
            return
        self.whole.add(path, facts.words)
        self.names.add(path, name_words(path, facts))
        self.pairs.add(path, facts.pairs)
        for number, symbol in enumerate(facts.symbols):
            self.chunks.add((path, number), symbol.words)
            self.labels.add((path, number), label_words(path, symbol))
        self._forget()

    def drop(self, path: str) -> None:
        """Nothing happens where it is not there: a file that could not be read was never put."""
        facts = self.files.pop(path, None)
        if facts is None:
            return
        role = role_of(path)
        if role is Role.TEST:
            self.tests.remove(path, facts.words)
        if role is Role.SOURCE:
            self.whole.remove(path, facts.words)
            self.names.remove(path, name_words(path, facts))
            self.pairs.remove(path, facts.pairs)
            for number, symbol in enumerate(facts.symbols):
                self.chunks.remove((path, number), symbol.words)
                self.labels.remove((path, number), label_words(path, symbol))
        self._forget()

    def retell(self, changes: Iterable[Change]) -> None:
        """Another history, newest first."""
        self.changes = list(changes)
        for name in ("past", "told", "touched", "standing"):
            self.__dict__.pop(name, None)

    def _forget(self) -> None:
        for name in (
            "imports",
            "importers",
            "definitions",
            "sources",
            "source_set",
            "test_paths",
            "linked",
            "by_stem",
            "standing",
        ):
            self.__dict__.pop(name, None)

    @cached_property
    def sources(self) -> list[str]:
        return sorted(path for path in self.files if role_of(path) is Role.SOURCE)

    @cached_property
    def test_paths(self) -> list[str]:
        return [path for path in self.files if role_of(path) is Role.TEST]

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        modules = Modules(self.files)
        return {path: modules.imported(path, facts.imports) for path, facts in self.files.items()}

    @cached_property
    def importers(self) -> dict[str, set[str]]:
        return reverse(self.imports)

    @cached_property
    def definitions(self) -> dict[str, list[tuple[str, int]]]:
        """Bare name in small letters → where it is defined."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for path in self.sources:
            for number, symbol in enumerate(self.files[path].symbols):
                found[symbol.name.rpartition(".")[2].lower()].append((path, number))
        return dict(found)

    @cached_property
    def past(self) -> Bm25[int]:
        """Past changes by what was said of them; keys are places in `changes`."""
        index: Bm25[int] = Bm25(b=0.4)
        for number, change in enumerate(self.changes):
            index.add(number, count_terms(change.message))
        return index

    @cached_property
    def told(self) -> Bm25[str]:
        """Files by the messages of all changes that touched them."""
        words: dict[str, Counter[str]] = defaultdict(Counter)
        for change in self.changes:
            said = set(count_terms(change.message))
            for path in change.files:
                if path in self.files and words[path].total() < MOST_TOLD:
                    words[path].update(said)
        index: Bm25[str] = Bm25()
        for path, counts in words.items():
            if role_of(path) is Role.SOURCE:
                index.add(path, counts)
        return index

    @cached_property
    def touched(self) -> dict[str, list[int]]:
        """Path → places in `changes` of those that touched it, newest first."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, change in enumerate(self.changes):
            for path in change.files:
                found[path].append(number)
        return dict(found)

    @cached_property
    def standing(self) -> Standing:
        lines = {path: self.files[path].lines for path in self.sources}
        return standing_of(lines, self.importers, map(self.sources_of, range(len(self.changes))))

    def sources_of(self, number: int) -> list[str]:
        """Of a past change, those that are still there."""
        return [path for path in self.changes[number].files if path in self.source_set]

    @cached_property
    def source_set(self) -> frozenset[str]:
        return frozenset(self.sources)

    @cached_property
    def linked(self) -> dict[str, list[str]]:
        """Source → sources that it imports or that import it."""
        both = {path: {*self.imports.get(path, ()), *self.importers.get(path, ())} for path in self.sources}
        return {path: sorted(others & self.source_set) for path, others in both.items()}

    def named_after(self, test: str) -> list[str]:
        """Sources whose own file name has the words of the test's."""
        wanted = frozenset(count_terms(bare_name(test)))
        return self.by_stem.get(wanted, []) if wanted else []

    @cached_property
    def by_stem(self) -> dict[frozenset[str], list[str]]:
        found: dict[frozenset[str], list[str]] = defaultdict(list)
        for path in self.sources:
            found[frozenset(count_terms(bare_name(path)))].append(path)
        return dict(found)

    def warm_up(self) -> None:
        """What is made at the first request is made now."""
        self.definitions, self.standing, self.linked, self.past, self.told, self.touched, self.by_stem  # noqa: B018

    def symbol(self, place: tuple[str, int]) -> Symbol:
        return self.files[place[0]].symbols[place[1]]


def name_words(path: str, facts: FileFacts) -> Counter[str]:
    """Terms of a file's path and of what it defines; the path counts more."""
    counts = count_terms(path.rsplit(".", 1)[0])
    for term in list(counts):
        counts[term] *= 3
    for symbol in facts.symbols:
        counts.update(count_terms(symbol.name.rpartition(".")[2]))
    return counts


def bare_name(path: str) -> str:
    """The file's name without ending, and without what marks a test."""
    return path.rsplit("/", 1)[-1].split(".")[0].removeprefix("test_").removesuffix("_test")


def label_words(path: str, symbol: Symbol) -> Counter[str]:
    """Terms of a symbol's whole name, `app/cache.py::Store.get`."""
    return count_terms(symbol.name) + count_terms(path.rsplit("/", 1)[-1].rsplit(".", 1)[0])


__all__ = ["Codebase", "bare_name", "label_words", "name_words"]
