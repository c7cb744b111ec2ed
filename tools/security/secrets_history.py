"""Secrets in what commits of a repository added. Runs inside the sandbox: the repository's settings are not ours."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

from tools.security.secret_forms import Found, by_form
from tools.security.secret_named import NAMED
from tools.security.secret_rules import CONFIG_KEY, found_in_text

HISTORY_BYTES = 48 << 20
PATIENCE_S = 30.0
GIT = (
    *(
        "git",
        "-c",
        "safe.directory=*",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.quotePath=false",
    ),
    *(
        "--no-pager",
        "log",
        "--all",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--unified=0",
        "--format=commit %H",
        "-p",
        "--no-renames",
    ),
)
HUNK = re.compile(r"^@@ -\S+ \+(\d+)")
BY_FILE = re.compile(
    r"(^|/)(\.?npmrc|[._]netrc|\.?pgpass|\.?htpasswd|\.git-credentials|\.pypirc|\.env[\w.]*|wp-config\.php|\.my\.cnf|\.s3cfg|master\.key)$"
)


def found_in_history() -> Iterator[tuple[str | None, str, Found]]:
    """(commit, file, what was found); a commit of None stands for each commit that was read. Raises ValueError where it
    could not be read to its end."""
    nothing = Found("", 0, "")
    commit, file, number, read = "", "", 0, 0
    process = subprocess.Popen(GIT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stdout = process.stdout
    if stdout is None:
        raise ValueError("git gives no output")
    try:
        for raw in stdout:
            read += len(raw)
            if read > HISTORY_BYTES:
                raise ValueError(f"it is larger than {HISTORY_BYTES:,} bytes")
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.startswith("commit "):
                commit = line[7:19]
                yield None, "", nothing
            elif line.startswith("+++ "):
                file = line[6:] if line.startswith("+++ b/") else ""
            elif match := HUNK.match(line):
                number = int(match[1])
            elif line.startswith("+"):
                for found in _in_line(file, number, line[1:4000]):
                    yield commit, file, found
                number += 1
        if process.wait(PATIENCE_S) != 0:
            raise ValueError(f"git ended with code {process.returncode}")
    finally:
        process.kill()
        process.wait()
        stdout.close()
        if process.stderr is not None:
            process.stderr.close()


def _in_line(file: str, number: int, line: str) -> Iterator[Found]:
    found = list(by_form(number, line))
    if BY_FILE.search(file):
        found += [
            Found(f.kind, number, f.value) for f in found_in_text(file, line) if f.kind not in {CONFIG_KEY, NAMED}
        ]
    yield from found


__all__ = ["found_in_history"]
