"""GitHub workflows and actions: whose text and code runs with the repository's rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from memory.records.report import Confidence, Finding
from tools.security.docker_rules import PIPED
from tools.security.found import HIGH, LIKELY, LOW, MEDIUM, SURE, finding

EVENT = re.compile(
    r"\$\{\{[^}]*github\.(event\.(issue|pull_request|comment|review|discussion|head_commit|commits|pages|workflow_run)[\w.\[\]*-]*"
    r"\.(title|body|message|name|email|ref|label|default_branch|page_name|head_branch|display_title)|head_ref"
    r"|event\.inputs\.\w+)[^}]*\}\}"
)
GIVEN = re.compile(r"\$\{\{\s*inputs\.[\w-]+\s*\}\}")
FOREIGN_EVENTS = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
EVALUATED = re.compile(r"\beval\s+[\"']?(\$\(\s*(curl|wget)|`\s*(curl|wget))|(\w+)=[\"']?\$\(\s*(?:curl|wget)\b", re.I)


class Placed(str):
    """A text that knows where it stands."""

    __slots__ = ("at",)
    at: int


class _Loader(yaml.SafeLoader):
    pass


def _placed(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Placed:
    text = Placed(loader.construct_scalar(node))
    text.at = node.start_mark.index
    return text


_Loader.add_constructor("tag:yaml.org,2002:str", _placed)


def scan_workflow(file: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        yield from _uses(file, number, line)
        if re.search(r"ACTIONS_ALLOW_UNSECURE_COMMANDS:\s*['\"]?true", line):
            why = "any output can set variables of later steps"
            yield finding(file, number, "ci-unsecure-commands", 94, HIGH, SURE, why, "Remove it.")
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError):
        return
    if not isinstance(document, dict):
        return
    action = document.get("runs")
    if isinstance(action, dict):
        yield from _scripts(file, text, action, GIVEN)
    if not isinstance(document.get("jobs"), dict):
        return
    events = document.get("on", document.get(True))
    names = set(events if isinstance(events, dict | list) else [events])
    jobs = [job for job in document["jobs"].values() if isinstance(job, dict)]
    for job in jobs:
        if names & FOREIGN_EVENTS:
            yield from _foreign_checkout(file, text, job)
        yield from _scripts(file, text, job, None)
    yield from _permissions(file, text, document, jobs)


def _steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    steps = job.get("steps")
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _inputs(step: dict[str, Any]) -> dict[str, Any]:
    given = step.get("with")
    return given if isinstance(given, dict) else {}


def _line(text: str, at: Any, wanted: str = "") -> int:
    """Of a part of a placed text."""
    place = text.find(wanted, at.at) if isinstance(at, Placed) else text.find(wanted)
    return text.count("\n", 0, place) + 1 if place >= 0 else 1


def _scripts(file: str, text: str, job: dict[str, Any], given: re.Pattern[str] | None) -> Iterator[Finding]:
    """`given`: what whoever calls an action hands to it."""
    for step in _steps(job):
        run = step.get("run")
        script = run or (_inputs(step).get("script") if "github-script" in str(step.get("uses", "")) else None)
        cwe = 78 if run else 94
        words = str(script or "")
        for found in {match[0]: match for match in EVENT.finditer(words)}.values():
            why, fix = (
                "text that anyone can write becomes part of a script",
                "Pass it through env and quote the variable.",
            )
            yield finding(file, _line(text, script, found[0]), "ci-script-injection", cwe, HIGH, SURE, why, fix)
        if given is not None and (handed := given.search(words)):
            why, fix = "what a caller hands over becomes part of a script", "Pass it through env and quote it."
            place = _line(text, script, handed[0])
            yield finding(file, place, "ci-script-injection", cwe, MEDIUM, Confidence.LOW, why, fix)
        if run:
            yield from _downloaded(file, text, run)


def _downloaded(file: str, text: str, run: Any) -> Iterator[Finding]:
    why, fix = "a download is run unchecked", "Download it, compare its SHA-256, then run it."
    piped, evaluated = PIPED.search(str(run)), EVALUATED.search(str(run))
    if evaluated and (evaluated[4] is None or re.search(rf"\beval\s+[\"']?\$\{{?{evaluated[4]}\b", str(run))):
        yield finding(
            file, _line(text, run, evaluated[0].splitlines()[0]), "ci-downloaded", 78, MEDIUM, LIKELY, why, fix
        )
    elif piped:
        place = _line(text, run, piped[0].splitlines()[0])
        yield finding(file, place, "ci-downloaded", 494, MEDIUM, Confidence.LOW, why, fix)


def _foreign_checkout(file: str, text: str, job: dict[str, Any]) -> Iterator[Finding]:
    for step in _steps(job):
        reference = _inputs(step).get("ref", "")
        foreign = re.search(r"pull_request\.head|head_ref|workflow_run\.head|pull/", str(reference))
        script = re.search(
            r"gh pr checkout|git (fetch|checkout)[^\n]*(head\.(sha|ref)|head_ref|pull/)", str(step.get("run", ""))
        )
        if (foreign and "checkout" in str(step.get("uses", ""))) or script:
            place = _line(text, reference) if foreign else _line(text, step["run"], script[0] if script else "")
            why = "code of a stranger's pull request runs with this repository's secrets"
            fix = "Use pull_request, or do not check the request out."
            yield finding(file, place, "ci-foreign-checkout", 829, HIGH, SURE, why, fix)


def _uses(file: str, number: int, line: str) -> Iterator[Finding]:
    match = re.match(
        r"\s*-?\s*uses:\s*['\"]?(?!\.)((?:docker://)?[\w.-]+(?:/[\w.-]+)*(?::[\w.-]+)?)(?:@([\w./:-]+))?", line
    )
    if not match or re.fullmatch(r"[0-9a-f]{40}|sha256:[0-9a-f]{64}", match[2] or ""):
        return
    official = match[1].split("/")[0] in {"actions", "github"}
    moving = match[2] in {None, "main", "master", "latest", "HEAD", "dev", "develop"}
    severity = LOW if official and not moving else MEDIUM
    name = match[1] + (f"@{match[2]}" if match[2] else "")
    why, fix = f"{name} can be changed by its owner", "Pin the commit's full SHA."
    yield finding(file, number, "ci-unpinned-action", 829, severity, SURE, why, fix)


def _permissions(file: str, text: str, document: dict[Any, Any], jobs: list[dict[str, Any]]) -> Iterator[Finding]:
    everywhere = [document.get("permissions"), *(job.get("permissions") for job in jobs)]
    broad = next((held for held in everywhere if held == "write-all"), None)
    if broad is not None:
        why, fix = "every step may change everything in the repository", "Name the permissions that are needed."
        yield finding(file, _line(text, broad), "ci-broad-permissions", 732, MEDIUM, SURE, why, fix)
    elif document.get("permissions") is None and not all("permissions" in job for job in jobs):
        why, fix = "the token's rights are those of the repository's settings", "Add permissions: contents: read."
        yield finding(file, 1, "ci-default-permissions", 732, LOW, LIKELY, why, fix)


__all__ = ["scan_workflow"]
