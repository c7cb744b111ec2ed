"""What uv says when it fails, told as the package at fault and what to do."""

from __future__ import annotations

import re

from memory.records.execution import Completed, Ending

NAME = r"`?(?P<package>[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?(?:==[^\s`,:;]+)?)`?"
SIGNS = (
    (rf"[Hh]ash mismatch for {NAME}", "its file is not the one that was locked: lock again, and ask why it changed"),
    (rf"must have (?:a hash|their versions pinned|hashes)[^\n]*?: {NAME}", "lock it with its hash (generate hashes)"),
    (rf"{NAME}(?: \([^)]*\))? has no wheels", "it has no wheel for this Python and platform: choose another version"),
    (
        rf"{NAME} (?:has no usable wheels|needs to be built from source)",
        "only wheels are installed: choose a version with one",
    ),
    (rf"{NAME} was not found in the package registry", "no such package in the index: look at its name"),
    (rf"there (?:is|are) no versions? of {NAME}", "no such version in the index: lock again"),
    (rf"Failed to (?:download|extract|install|prepare) {NAME}", "look at the network, the index and the disk"),
    (r"Failed to fetch: `?[^\s`]*/simple/(?P<package>[A-Za-z0-9._-]+)", "look at the network and the proxy settings"),
)
UNREACHABLE = re.compile(r"dns error|error sending request|[Cc]onnection refused|tcp connect|client error|timed out")
FULL = re.compile(r"No space left on device|os error 28")
MESSAGE_LENGTH = 600


def explain_failure(result: Completed) -> str:
    """A sentence or two: the package where it is known, what happened, what to do."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", result.stderr.decode(errors="replace"))
    text = " ".join(line.strip(" ×├╰─▶│") for line in said.splitlines())
    if result.ending is not Ending.EXITED and result.reason:
        return f"the installation was stopped: {result.reason}"
    quoted = f"uv: {_end(text)}"
    if FULL.search(text):
        return f"the disk is full: free some space and try again ({quoted})"
    for pattern, remedy in SIGNS:
        found = re.search(pattern, text)
        if found:
            package = found["package"]
            network = "the package index cannot be reached: " if UNREACHABLE.search(text) else ""
            return f"{package} could not be installed: {network}{remedy} ({quoted})"
    if UNREACHABLE.search(text):
        return f"the package index cannot be reached: look at the network and the proxy settings ({quoted})"
    return f"the lock file could not be installed ({quoted})"


NPM_SIGNS = (
    (r"404 Not Found[^\n]*/(?P<package>@?[A-Za-z0-9._%-]+)", "no such package in the registry: look at its name"),
    (r"No matching version found for (?P<package>\S+)", "no such version in the registry: lock again"),
    (r"(?P<package>@?[\w./-]+@\S+)[^\n]*is not in this registry", "no such version in the registry: lock again"),
)
NPM_AWAY = re.compile(r"ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ECONNRESET|SELF_SIGNED|UNABLE_TO_GET_ISSUER")


def explain_npm(result: Completed) -> str:
    """The same of npm."""
    if result.ending is not Ending.EXITED and result.reason:
        return f"the installation was stopped: {result.reason}"
    said = re.sub(r"\x1b\[[0-9;]*m", "", result.stderr.decode(errors="replace"))
    lines = [line.partition("npm error")[2].strip() for line in said.splitlines() if line.startswith("npm error")]
    text = "; ".join(line for line in lines if line and "complete log" not in line)
    quoted = f"npm: {(text or said.strip())[:MESSAGE_LENGTH] or 'no message'}"
    if FULL.search(said) or "ENOSPC" in said:
        return f"the disk is full: free some space and try again ({quoted})"
    if "EINTEGRITY" in said:
        return f"a package's file is not the one that was locked: lock again, and ask why it changed ({quoted})"
    for pattern, remedy in NPM_SIGNS:
        if found := re.search(pattern, said):
            return f"{found['package']} could not be installed: {remedy} ({quoted})"
    if NPM_AWAY.search(said):
        return f"the npm registry cannot be reached: look at the network and the proxy settings ({quoted})"
    return f"the npm packages could not be installed ({quoted})"


def _end(text: str) -> str:
    start = max(text.rfind("error:"), 0) if len(text) > MESSAGE_LENGTH else 0
    return text[start:][:MESSAGE_LENGTH].strip() or "no message"


__all__ = ["explain_failure", "explain_npm"]
