"""Runs inside the sandbox: which tests fail on a mutant of what they run. Each run is a fork of one warm process.

First the tests run once on the code as it is, traced: which lines does each of them reach? Then mutants of these lines
run, each with the tests that reach it, until every test has failed on one or has had its share.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tools.testing.mutation import Mutation, mutated, mutations

RUN_S = 60
SLACK = 4.0
"""A mutant may take this many times as long as the code as it is, and RUN_S at most."""
OPTIMIZED = 1
"""Flag of a function's code; that of modules and classes has it not."""
LOOSER = ("type → object", "default → None")
GIVEN = ("-q", "-p", "no:cacheprovider", "-p", "no:cov", "--override-ini=addopts=", "--tb=no", "-W", "ignore")


class Watch:
    """A plugin of pytest: how each test ended, and the lines that it reached."""

    def __init__(self, packages: Sequence[str], *, traced: bool) -> None:
        self._roots = tuple(f"{Path(package).absolute()}" for package in packages)
        self._traced = traced
        self._current: set[tuple[str, int]] = set()
        self.imported: set[tuple[str, int]] = set()
        """Lines of modules and classes, which run once, whoever imports them."""
        self.reached: dict[str, set[tuple[str, int]]] = {}
        self.outcomes: dict[str, str] = {}
        self._own: dict[str, bool] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._current = self.reached.setdefault(nodeid, set())
        self.trace()

    def trace(self) -> None:
        if self._traced:
            threading.settrace(self._trace)
            sys.settrace(self._trace)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A test whose preparation broke is in `error`: it has said nothing itself."""
        known = self.outcomes.get(report.nodeid)
        if report.outcome == "failed":
            self.outcomes[report.nodeid] = (
                known if known == "failed" else "failed" if report.when == "call" else "error"
            )
        elif known is None and (report.when == "call" or report.outcome == "skipped"):
            self.outcomes[report.nodeid] = report.outcome

    def _trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        name = frame.f_code.co_filename
        if name not in self._own:
            self._own[name] = name.startswith(self._roots)
        if not self._own[name]:
            return None
        if event == "line":
            lines = self._current if frame.f_code.co_flags & OPTIMIZED else self.imported
            lines.add((name, frame.f_lineno))
        return self._trace


class Mutating(importlib.abc.MetaPathFinder):
    """Loads one file with a change in it, and every other as it is."""

    def __init__(self, file: str, source: str, number: int) -> None:
        self._file = file
        self._code = compile(mutated(source, number), file, "exec", dont_inherit=True)

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if (
            spec is None
            or spec.origin != self._file
            or not isinstance(spec.loader, importlib.machinery.SourceFileLoader)
        ):
            return None
        spec.loader = _Loader(name, self._file, self._code)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, file: str, code: CodeType) -> None:
        super().__init__(name, file)
        self._changed = code

    def get_code(self, fullname: str) -> CodeType:
        return self._changed


def forked(work: Callable[[], Any], seconds: float) -> Any:
    """What the work gives, made in a fork; None where it died, hung or gave nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reader)
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            signal.alarm(max(1, int(seconds)))
            with os.fdopen(writer, "w") as out:
                json.dump(work(), out)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def run_tests(tests: Sequence[str], packages: Sequence[str], *, traced: bool = False) -> dict[str, Any]:
    watch = Watch(packages, traced=traced)
    watch.trace()
    import_module("pytest").main([*GIVEN, *tests], plugins=[watch])
    sys.settrace(None)
    threading.settrace(None)
    reached = {test: sorted(lines) for test, lines in watch.reached.items()}
    libraries = [
        name for name, module in list(sys.modules.items()) if "site-packages" in str(getattr(module, "__file__", ""))
    ]
    imported = sorted(watch.imported)
    return {"outcomes": watch.outcomes, "reached": reached, "imported": imported, "libraries": libraries}


def warm_up(libraries: Sequence[str]) -> None:
    """What each fork would import again."""
    for name in libraries:
        with suppress(Exception):
            import_module(name)


def strength(change: str) -> int:
    """What is likely to be noticed first: a text of a log line changes little."""
    if change in ("condition negated", "return None") or change.startswith(
        ("==", "!=", "in →", "notin →", "is", "<", ">")
    ):
        return 0
    if "left out" in change or change.startswith("and"):
        return 1
    return 3 if change == "text changed" else 2


def _spread(found: list[tuple[int, str, Mutation]]) -> list[tuple[str, Mutation]]:
    """Lines that few tests reach first, of these the strongest changes, and of each file one before its second."""
    ranked: list[tuple[int, int, int, str, int, Mutation]] = []
    seen: dict[tuple[int, int, str], int] = {}
    for shared, file, mutation in found:
        key = (shared, strength(mutation.change), file)
        seen[key] = seen.get(key, 0) + 1
        ranked.append((*key[:2], seen[key], file, mutation.number, mutation))
    return [(row[3], row[5]) for row in sorted(ranked, key=lambda row: row[:5])]


class Judge:
    def __init__(self, order: dict[str, Any], first: dict[str, Any], took_s: float) -> None:
        self._packages, self._share = order["packages"], order["mutants_each"]
        self._ends = time.monotonic() + order["total_s"]
        self._seconds = min(RUN_S, max(5.0, SLACK * took_s))
        self._reached = {t: {tuple(line) for line in lines} for t, lines in first["reached"].items()}
        self._imported = {(str(file), int(line)) for file, line in first["imported"]}
        self.passed = [test for test, how in first["outcomes"].items() if how == "passed"]
        self.tried = dict.fromkeys(self.passed, 0)
        self.proven: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self.mutants = self.killed = 0
        self.survivors: list[str] = []

    def judge(self) -> None:
        done: set[tuple[str, int]] = set()
        for test in sorted(self.passed, key=lambda t: len(self._reached[t])):
            for file, mutation in self._candidates(test):
                if test in self.proven or self.tried[test] >= self._share or time.monotonic() > self._ends:
                    break
                if (file, mutation.number) not in done:
                    done.add((file, mutation.number))
                    self._try(test, file, mutation)

    def _candidates(self, test: str) -> list[tuple[str, Mutation]]:
        """The lines that the fewest tests reach come first: they are what this test is about."""
        by_file: dict[str, set[int]] = {}
        for file, line in self._reached[test]:
            by_file.setdefault(file, set()).add(line)
        found = [(f, m) for f, lines in by_file.items() for m in mutations(self._source(f), lines)]
        shared = {line: sum(line in reached for reached in self._reached.values()) for line in self._reached[test]}
        own = _spread([(shared.get((f, m.line), 0), f, m) for f, m in found])
        half = max(1, self._share // 2)
        return [*own[:half], *self._declared(test)[:half], *own[half:]]

    def _declared(self, test: str) -> list[tuple[str, Mutation]]:
        """Constants in modules and classes (limits of a schema), where the line has a word of the test's name."""
        words = set(re.findall(r"[a-z]{3,}", test.partition("::")[2].lower())) - {"test"}
        found: list[tuple[bool, int, str, Mutation]] = []
        for file in sorted({file for file, _ in self._imported}):
            lines = self._source(file).splitlines()
            for mutation in mutations(self._source(file), {line for of, line in self._imported if of == file}):
                named = len(words & set(re.findall(r"[a-z]{3,}", lines[mutation.line - 1].lower())))
                if named and "→" in mutation.change:
                    found.append((mutation.change not in LOOSER, -named, file, mutation))
        return [(row[2], row[3]) for row in sorted(found, key=lambda row: (*row[:3], row[3].number))]

    def _try(self, current: str, file: str, mutation: Mutation) -> None:
        declared = (file, mutation.line) in self._imported
        unproven = [t for t in self.passed if t not in self.proven]
        tests = unproven if declared else [t for t in self.passed if (file, mutation.line) in self._reached[t]]
        told = forked(lambda: self._on(file, mutation, tests), self._seconds)
        outcomes = told["outcomes"] if told else {}
        place = f"{Path(file).relative_to(Path.cwd())}:{mutation.line} {mutation.change}"
        # What breaks the import breaks every test, and says nothing of any.
        failed = [t for t in tests if (outcomes.get(t) == "failed" if declared else outcomes.get(t) != "passed")]
        self.mutants += 1
        self.killed += bool(failed)
        self.survivors += [] if failed else [place]
        self.tried[current] += 1
        for test in failed:
            self.proven.setdefault(test, place)

    def _on(self, file: str, mutation: Mutation, tests: list[str]) -> dict[str, Any]:
        sys.meta_path.insert(0, Mutating(file, self._source(file), mutation.number))
        return run_tests(tests, self._packages)

    def _source(self, file: str) -> str:
        if file not in self._sources:
            self._sources[file] = Path(file).read_text()
        return self._sources[file]


def main(order: dict[str, Any]) -> None:
    """`order`: our_code, packages, tests, mutants_each, total_s, report."""
    sys.path[:] = [str(Path.cwd()), *(folder for folder in sys.path if folder != order["our_code"])]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tools", "memory")]:
        del sys.modules[name]
    sys.dont_write_bytecode = True
    report = Path(order["report"])
    report.parent.mkdir(parents=True, exist_ok=True)
    first = forked(lambda: run_tests(order["tests"], order["packages"], traced=True), RUN_S * 4)
    if first is None:
        report.write_text(json.dumps({"problem": "the tests did not come to an end on the code as it is"}))
        return
    warm_up(first["libraries"])
    began = time.monotonic()
    plain = forked(lambda: run_tests(order["tests"], order["packages"]), RUN_S * 2)
    judge = Judge(order, {**first, "outcomes": _both(first, plain)}, time.monotonic() - began)
    judge.judge()
    report.write_text(
        json.dumps(
            {
                "outcomes": first["outcomes"],
                "proven": judge.proven,
                "tried": judge.tried,
                "mutants": judge.mutants,
                "killed": judge.killed,
                "survivors": judge.survivors[:200],
            }
        )
    )


def _both(first: dict[str, Any], second: dict[str, Any] | None) -> dict[str, str]:
    """A test counts as passing that passes each time."""
    again = second["outcomes"] if second else {}
    return {test: how if again.get(test) == how else "varies" for test, how in first["outcomes"].items()}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
