"""Past changes of a repository: what was said of them and which files they touched."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.iterator.roles import language_of

MOST_COMMITS = 4000
MOST_FILES = 25
"""Of a commit: beyond that it is a sweep over everything, which says little about any file."""
TRAILER = re.compile(
    r"(?im)^\W*(co-authored-by|signed-off-by|reviewed-by|change-id|closes|fixes|refs?|pull-request)\b.*$|https?://\S+|#\d+"
)
LONGEST_MESSAGE = 1500


class HistoryError(Exception):
    """git refused; the message has its words."""


@dataclass(frozen=True)
class Change:
    commit: str
    at: int
    """Seconds since 1970."""
    message: str
    files: tuple[str, ...]
    """Files of a parsed language, by the names that they have at the commit that was asked for."""


def read_history(git_dir: Path, commit: str, *, since: str | None = None, most: int = MOST_COMMITS) -> list[Change]:
    """Newest first; `since`: only commits after that one. Raises HistoryError."""
    words = [
        "log",
        f"--max-count={most}",
        "--no-merges",
        "-M",
        "--name-status",
        "-z",
        "--format=%x01%H%x02%ct%x02%B%x03",
    ]
    span = commit if since is None else f"{since}..{commit}"
    done = subprocess.run(
        ["git", "--git-dir", str(git_dir), "-c", "diff.renameLimit=200", *words, span, "--"],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise HistoryError(done.stderr.decode(errors="replace").strip())
    return list(_changes(done.stdout.decode("utf-8", "replace")))


def _changes(log: str) -> Iterator[Change]:
    now: dict[str, str] = {}
    for entry in log.split("\x01")[1:]:
        head, _, listing = entry.partition("\x03")
        commit, at, message = head.split("\x02", 2)
        touched = _names(listing)
        files = []
        for old, new in touched:
            current = now.get(new, new)
            if old != new:
                now[old] = current
            if language_of(current):
                files.append(current)
        if files and len(files) <= MOST_FILES:
            yield Change(commit, int(at), TRAILER.sub("", message)[:LONGEST_MESSAGE].strip(), tuple(files))


def _names(listing: str) -> list[tuple[str, str]]:
    """(path before, path after) of each entry of `--name-status -z`."""
    parts = [part for part in listing.strip("\n\0").split("\0") if part.strip("\n")]
    found, at = [], 0
    while at < len(parts):
        status = parts[at].strip("\n")
        if status[:1] in ("R", "C") and at + 2 < len(parts):
            found.append((parts[at + 1] if status[0] == "R" else parts[at + 2], parts[at + 2]))
            at += 3
        elif at + 1 < len(parts):
            found.append((parts[at + 1], parts[at + 1]))
            at += 2
        else:
            break
    return found


__all__ = ["Change", "HistoryError", "read_history"]
