"""How a JavaScript or TypeScript project runs its own tests: read from its scripts, and asked for a report.

Pure. The words of the script are kept, so that loaders, set-up files and settings are those of the project.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

DEEPEST = 6
SPLIT = re.compile(r"""((?:"(?:\\.|[^"\\])*"|'[^']*'|[^"'&;])+)(?:&&|;|$)""")
CALLED = re.compile(
    r"^(?:npm|pnpm|yarn)(?:\s+(?:-s|--silent|--quiet))*\s+(?:run(?:-script)?\s+)?([\w:.@/-]+)(?:\s+--(?=\s|$))?(.*)$"
)
IN_ORDER = re.compile(r"^(?:run-s|run-p|npm-run-all2?)\s+(.*)$")
KNOWN = r"(?=(?:npm|npx|yarn|pnpm|node|mocha|_mocha|jest|vitest|tape|tsx|ts-node)\b)"
IN_FRONT = re.compile(
    r"^(?:(?:npx|bunx|pnpm\s+exec|yarn\s+exec|(?:yarn|pnpm)(?=\s+(?:vitest|jest|mocha|tsx|c8|nyc)\b))"
    rf"(?:\s+(?:-y|--yes|--no-install|--))*\s+|(?:c8|nyc)\s(?:.*?\s)?{KNOWN}|cross-env\s+)"
)
COVERAGE = re.compile(r"\s--(?:coverage|collectCoverage|experimental-test-coverage|ui|watch(?:All)?)\b\S*")
JUDGES = frozenset(
    {"eslint", "prettier", "standard", "ts-standard", "xo", "biome", "oxlint", "oxfmt", "dprint", "tslint", "publint"}
    | {"size-limit", "attw", "knip", "tsd", "remark"}
)
"""They say nothing of the tests."""
PLAIN = frozenset({"node", "tape", "tap", "uvu", "tsx", "ts-node", "esmo"})
"""What they run is a script that ends with an error where a test fails: node's own runner takes it as a test."""
WITH_VALUE = frozenset(
    {"--import", "--require", "-r", "--loader", "--experimental-loader", "--conditions", "-C", "--env-file"}
)


class Runner(StrEnum):
    VITEST = "vitest"
    JEST = "jest"
    MOCHA = "mocha"
    NODE = "node"


@dataclass(frozen=True)
class Invocation:
    runner: Runner
    line: str = ""
    """A shell's words that begin a run; empty: the runner's own defaults."""
    before: tuple[str, ...] = ()
    """Commands that come first, such as a build."""
    options: tuple[str, ...] = ()
    """Of node: loaders and the like."""
    built: tuple[str, ...] = ()
    """Patterns of test files that a build makes, where these are what is run."""

    @property
    def bare(self) -> Invocation:
        return replace(self, line="")


def invocation(scripts: Mapping[str, str], packages: Sequence[str], files: Sequence[str] = ()) -> Invocation | None:
    """None where its runner is none that is known here. `packages`: that it depends on; `files`: its test files."""
    before: list[str] = []
    for line in _lines("test", scripts):
        words = _words(line)
        runner = _runner(words)
        if runner is not None:
            if runner is not Runner.NODE:
                return Invocation(runner, COVERAGE.sub("", f" {line}").strip(), tuple(before))
            return Invocation(runner, "", tuple(before), _options(words), _built(words, files))
        if words and words[0] not in JUDGES and "--noEmit" not in words:
            before.append(line)
    named = next((runner for runner in Runner if runner.value in packages), None)
    if named is not None:
        return Invocation(named)
    said = scripts.get("test", "")
    return Invocation(Runner.NODE) if not said or "no test specified" in said else None


def _lines(name: str, scripts: Mapping[str, str], depth: int = 0) -> list[str]:
    """Of a script, with those that it calls in their places."""
    found: list[str] = []
    if f"pre{name}" in scripts:
        found += _lines(f"pre{name}", scripts, depth + 1)
    for part in SPLIT.findall(scripts.get(name, "")):
        line = _unwrapped(part.strip())
        called = CALLED.match(line)
        if depth < DEEPEST and called and called[1] in scripts and called[1] != name:
            inner = _lines(called[1], scripts, depth + 1)
            found += [*inner[:-1], f"{inner[-1]}{called[2]}"] if inner else []
        elif depth < DEEPEST and (several := IN_ORDER.match(line)):
            names = [word for word in several[1].split() if word in scripts and word != name]
            found += [inner for word in names for inner in _lines(word, scripts, depth + 1)]
        elif line:
            found.append(line)
    return found


def _unwrapped(line: str) -> str:
    """Without what starts or watches the runner."""
    while (front := IN_FRONT.match(line)) is not None:
        line = line[front.end() :].strip()
    return line


def _words(line: str) -> list[str]:
    """Without what is set in front of the command."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    while words and re.match(r"^\w+=", words[0]):
        words = words[1:]
    return words


def _runner(words: Sequence[str]) -> Runner | None:
    for word in words:
        name = re.sub(r"\.[cm]?js$", "", word.rpartition("/")[2])
        name = {"_mocha": "mocha", "ts-mocha": "mocha"}.get(name, name)
        if name in ("vitest", "jest", "mocha"):
            return Runner(name)
    if words[:2] == ["react-scripts", "test"]:
        return Runner.JEST
    if not words or words[0] not in PLAIN:
        return None
    return Runner.NODE if "--test" in words or words[0] != "node" or _scripts(words) else None


def _scripts(words: Sequence[str]) -> bool:
    """Whether node is given a test file: also a build may be a script of node."""
    return any(re.search(r"test|spec", word) and not word.startswith("-") for word in words[1:])


def _options(words: Sequence[str]) -> tuple[str, ...]:
    """What node needs to read the files."""
    found: list[str] = []
    if words[0] in ("tsx", "esmo"):
        found += ["--import", "tsx"]
    elif words[0] == "ts-node":
        found += ["--require", "ts-node/register"]
    take = False
    for word in words[1:]:
        if take or word.split("=")[0] in WITH_VALUE or re.match(r"^--(?:experimental|enable|no|expose)-", word):
            found.append(word)
            take = not take and word in WITH_VALUE
    return tuple(word for word in found if "coverage" not in word)


def _built(words: Sequence[str], files: Sequence[str]) -> tuple[str, ...]:
    """Patterns that fit no file of the project, so a build makes what they name."""
    named: list[str] = []
    take = False
    for word in words[1:]:
        if not word.startswith("-") and not take:
            named.append(word.removeprefix("./"))
        take = not take and word in WITH_VALUE
    folders = {path.partition("/")[0] for path in files}
    return tuple(word for word in named if "/" in word and word.partition("/")[0] not in folders)


__all__ = ["Invocation", "Runner", "invocation"]
