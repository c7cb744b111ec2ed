"""The benchmark's tasks: past commits of public repositories, as requests in words and the files that they changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TASKS = Path(__file__).with_name("tasks.json")
PREFIX = re.compile(r"^[^\w`\"'(\[]*(?:\w+(?:\([^)]*\))?!?:\s+(?=\S))?")
SECTION_END = re.compile(
    r"(?im)^(#+\s*\W*(checklist|test plan|testing|tests|review|ai dis|how .*tested|verification)|-{5,}).*"
)
DROPPED = re.compile(
    r"(?i)^\W*(co-authored-by|signed-off-by|reviewed-by|change-id|closes?|fix(es|ed)?|refs?|references|resolves?|see"
    r"|pull-request|cherry[- ]picked|\(cherry picked)\b[\s:]*\S*\s*$|^\s*[-*]\s*\[[ x]\]"
    r"|^(co-authored-by|signed-off-by|change-id|pull-request(-sha)?):"
    r"|^\W*(\[?autofix|\[pre-commit|add(ed)? (news|changelog)"
    r"|(fix|ruff|mypy|black|run)?\s*(lint|format|typo|tests?|changelog)\w*)\W*$"
    r"|^\W*(updates?|add(ed)?|fix|edit|remove|revert|related to|addressed)?"
    r"(\s+(the )?\S*\.(md|rst|txt|toml|ya?ml|lock))?\W*$"
)
FULL_PATH = re.compile(r"[\w.@-]*/[\w./@-]*\.(?:pyi?|tsx?|jsx?)\b")
SOURCE = re.compile(r"\.(py|ts|tsx)$")
NO_SOURCE_FOLDERS = frozenset(
    {
        "test", "tests", "t", "__tests__", "e2e", "spec", "docs", "doc", "docs_src", "example", "examples", "benchmark",
        "benchmarks", "perf", "node_modules", "vendor", "_vendor", "runtime-tests", "www",
    }
)  # fmt: skip
NO_SOURCE = re.compile(r"^(test_.*|.*_test|conftest|setup|version|_version|__version__)\.py$|\.(test|spec|d)\.tsx?$")
NO_SOURCE_TOPS = ("testing", "scripts", "tools", ".github")


@dataclass(frozen=True)
class Task:
    repository: str
    snapshot: str
    text: str
    gold: tuple[str, ...]
    gold_functions: tuple[str, ...]
    names_answer: bool
    source_files: int


def read_tasks(mirrors: Path) -> list[Task]:
    """Those whose repository has a mirror. The text is the commit's message without links, trailers and full paths."""
    found = []
    for window in json.loads(TASKS.read_text()):
        git_dir = mirror(mirrors, window["repo"])
        if git_dir is not None:
            found += [_task(git_dir, window, task) for task in window["tasks"]]
    return found


def mirror(mirrors: Path, repository: str) -> Path | None:
    folder = mirrors / repository.replace("/", "+") / "repo"
    return next((place for place in (folder / ".git", folder) if (place / "objects").is_dir()), None)


def mirrors_folder() -> Path | None:
    named = os.environ.get("LOCBENCH_MIRRORS")
    return Path(named) if named else None


def _task(git_dir: Path, window: dict[str, Any], task: dict[str, Any]) -> Task:
    words = ("log", "-1", "--format=%s%x00%b", task["commit"])
    said = subprocess.run(["git", "--git-dir", str(git_dir), *words], check=True, capture_output=True)
    subject, _, body = said.stdout.decode("utf-8", "replace").partition("\0")
    return Task(
        window["repo"], window["snapshot"], request_text(subject, body), tuple(task["gold"]),
        tuple(task["gold_functions"]), task["names_answer"], window["source_files"],
    )  # fmt: skip


def request_text(subject: str, body: str) -> str:
    subject = re.sub(r"\s*\(?#\d+\)?|\[[\d.]+\]\s*", "", PREFIX.sub("", subject))
    body = SECTION_END.split(re.sub(r"(?s)<!--.*?-->", "", body))[0]
    lines = [line for line in body.splitlines() if not line.strip() or not DROPPED.search(line)]
    lines = [line for line in lines if not line.strip() or PREFIX.sub("", line).lower() != subject.lower()]
    text = re.sub(r"https?://\S+|\[[0-9a-f]{7,}\]|#\d+", "", subject + "\n" + "\n".join(lines))
    return re.sub(r"\n{3,}", "\n\n", FULL_PATH.sub("", text)).strip()[:2000]


def is_source(path: str) -> bool:
    """What is ranked and judged: no tests, documents, examples or version stamps."""
    *folders, name = path.split("/")
    if not SOURCE.search(name) or NO_SOURCE.search(name) or NO_SOURCE_FOLDERS & set(folders):
        return False
    return not folders or folders[0] not in NO_SOURCE_TOPS


__all__ = ["Task", "is_source", "mirror", "mirrors_folder", "read_tasks"]
