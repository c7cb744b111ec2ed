"""Dockerfiles, GitHub workflows and HTML templates. Line by line or as YAML; no templating is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import yaml

from memory.records.report import Finding
from tools.security.flow.secret_words import is_secret
from tools.security.found import HIGH, LIKELY, LOW, MEDIUM, SURE, finding
from tools.security.template_rules import scan_template

SECRET_NAME = re.compile(
    r"(pass(word|wd)?|secret|token|api_?key|access_?key|private_?key|credential)s?$", re.IGNORECASE
)
EVENT = re.compile(
    r"\$\{\{[^}]*github\.(event\.(issue|pull_request|comment|review|discussion|head_commit|commits|pages|workflow_run)[\w.\[\]*]*"
    r"\.(title|body|message|name|email|ref|label|default_branch|page_name|head_branch|display_title)|head_ref|event\.inputs\.\w+)[^}]*\}\}"
)
TEMPLATES = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".ejs", ".hbs", ".twig", ".vue", ".svelte", ".pug")


def scan_configuration(file: str, text: str) -> list[Finding]:
    path = PurePosixPath(file)
    name = path.name.lower()
    if "dockerfile" in name or "containerfile" in name:
        return list(_docker(file, text))
    if path.suffix in {".yml", ".yaml"}:
        if ".github" in path.parts or (
            re.search(r"^on\s*:|^'on'\s*:|^\"on\"\s*:", text, re.M) and re.search(r"^jobs\s*:", text, re.M)
        ):
            return list(_workflow(file, text))
        return list(_compose(file, text)) if re.search(r"^services\s*:", text, re.M) else []
    return list(scan_template(file, text)) if name.endswith(TEMPLATES) else []


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, word, rest) with continued lines joined."""
    start, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start if parts else number
        parts.append(line.removesuffix("\\").strip())
        if not line.endswith("\\"):
            word, _, rest = " ".join(parts).partition(" ")
            yield start, word.upper(), rest.strip()
            parts = []


def _docker(file: str, text: str) -> Iterator[Finding]:
    stages: set[str] = set()
    user, user_line, last_from = "", 1, 1
    for line, word, rest in _instructions(text):
        if word == "FROM":
            user, last_from = "", line
            words = [part for part in rest.split() if not part.startswith("--")]
            image = words[0] if words else ""
            if image.lower() not in stages and not image.startswith("$") and image != "scratch":
                yield from _image(file, line, image)
            if len(words) > 2 and words[1].lower() == "as":
                stages.add(words[2].lower())
        elif word == "USER":
            user, user_line = rest.split(":")[0], line
        elif word == "ADD" and re.search(r"https?://", rest) and "--checksum" not in rest:
            yield finding(
                file,
                line,
                "docker-add-url",
                494,
                MEDIUM,
                SURE,
                "a download goes into the image unchecked",
                "Use curl and compare its SHA-256, or ADD --checksum.",
            )
        elif word in {"ENV", "ARG"}:
            yield from _image_secrets(file, line, word, rest)
        elif word == "RUN":
            yield from _run(file, line, rest)
        elif word == "EXPOSE" and re.search(r"\b22\b", rest):
            yield finding(
                file, line, "docker-ssh", 284, LOW, LIKELY, "an SSH server in a container", "Use docker exec."
            )
    if user in {"", "root", "0"} and re.search(r"^\s*(CMD|ENTRYPOINT)\b", text, re.M | re.I):
        line = user_line if user else last_from
        yield finding(
            file,
            line,
            "docker-root",
            250,
            MEDIUM,
            SURE,
            "the container runs as root",
            "Add a USER line with an ordinary user.",
        )


def _image(file: str, line: int, image: str) -> Iterator[Finding]:
    tag = image.rpartition("/")[2].partition(":")[2]
    if "@sha256:" not in image and tag in {"", "latest"}:
        yield finding(
            file,
            line,
            "docker-latest",
            1357,
            MEDIUM,
            SURE,
            f"{image} changes without notice",
            "Name a version or a digest.",
        )


def _image_secrets(file: str, line: int, word: str, rest: str) -> Iterator[Finding]:
    pairs = re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)", rest) or (
        [tuple(rest.split(None, 1))] if len(rest.split(None, 1)) == 2 else []
    )
    for name, value in pairs:
        bare = value.strip("\"'")
        if SECRET_NAME.search(name) and not bare.startswith("$") and is_secret(bare):
            yield finding(
                file,
                line,
                "docker-secret",
                798,
                HIGH,
                SURE,
                f"{name} is kept in the image ({len(bare)} characters, not shown)",
                "Give it at run time, or RUN --mount=type=secret.",
            )


def _run(file: str, line: int, rest: str) -> Iterator[Finding]:
    if re.search(r"(curl|wget)[^|;&]*\|\s*(sudo\s+)?(ba|z|da)?sh\b", rest):
        yield finding(
            file,
            line,
            "docker-pipe-shell",
            494,
            MEDIUM,
            SURE,
            "a download is run unchecked",
            "Download it, compare its SHA-256, then run it.",
        )
    if re.search(r"chmod\s+(-R\s+)?0?777", rest):
        yield finding(
            file,
            line,
            "world-writable",
            732,
            MEDIUM,
            SURE,
            "files become writable for everybody",
            "Give rights to the user that needs them.",
        )
    if re.search(r"(curl\s[^|;&]*(\s-k\b|--insecure)|wget\s[^|;&]*--no-check-certificate|--trusted-host)", rest):
        yield finding(
            file,
            line,
            "tls-not-verified",
            295,
            MEDIUM,
            SURE,
            "the server's certificate is not checked",
            "Leave verification on.",
        )


def _compose(file: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*privileged:\s*true", line):
            yield finding(
                file,
                number,
                "container-privileged",
                250,
                HIGH,
                SURE,
                "the container has all rights on its host",
                "Name the capabilities that it needs.",
            )
        if "/var/run/docker.sock" in line and not line.lstrip().startswith("#"):
            yield finding(
                file,
                number,
                "docker-socket",
                250,
                MEDIUM,
                LIKELY,
                "the container can command its host",
                "Do not mount the Docker socket.",
            )


def _line_of(text: str, wanted: str, after: int = 0) -> int:
    place = text.find(wanted, after)
    return text.count("\n", 0, place) + 1 if place >= 0 else 1


def _workflow(file: str, text: str) -> Iterator[Finding]:
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return
    if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict):
        return
    events = document.get("on", document.get(True))
    names = set(events if isinstance(events, dict | list) else [events])
    jobs = [job for job in document["jobs"].values() if isinstance(job, dict)]
    if names & {"pull_request_target", "workflow_run", "issue_comment"}:
        yield from _foreign_checkout(file, text, jobs)
    for number, line in enumerate(text.splitlines(), 1):
        yield from _uses(file, number, line)
        if re.search(r"ACTIONS_ALLOW_UNSECURE_COMMANDS:\s*['\"]?true", line):
            yield finding(
                file,
                number,
                "ci-unsecure-commands",
                94,
                HIGH,
                SURE,
                "any output can set variables of later steps",
                "Remove it.",
            )
    for job in jobs:
        for step in (step for step in job.get("steps") or () if isinstance(step, dict)):
            script = (
                step.get("run") or (step.get("with") or {}).get("script")
                if isinstance(step.get("with") or {}, dict)
                else step.get("run")
            )
            found = EVENT.search(str(script or ""))
            if found:
                yield finding(
                    file,
                    _line_of(text, found[0]),
                    "ci-script-injection",
                    94,
                    HIGH,
                    SURE,
                    "text that anyone can write becomes part of a script",
                    "Pass it through env and quote the variable.",
                )
    yield from _permissions(file, text, document, jobs)


def _foreign_checkout(file: str, text: str, jobs: list[dict[str, Any]]) -> Iterator[Finding]:
    for job in jobs:
        for step in (step for step in job.get("steps") or () if isinstance(step, dict)):
            reference = str((step.get("with") or {}).get("ref", "")) if isinstance(step.get("with") or {}, dict) else ""
            foreign = re.search(r"pull_request\.head|head_ref|workflow_run\.head|pull/", reference)
            script = re.search(
                r"gh pr checkout|git (fetch|checkout)[^\n]*(head\.(sha|ref)|head_ref|pull/)", str(step.get("run", ""))
            )
            if (foreign and "checkout" in str(step.get("uses", ""))) or script:
                place = _line_of(text, reference) if foreign else _line_of(text, script[0] if script else "")
                yield finding(
                    file,
                    place,
                    "ci-foreign-checkout",
                    829,
                    HIGH,
                    SURE,
                    "code of a stranger's pull request runs with this repository's secrets",
                    "Use pull_request, or do not check the request out.",
                )


def _uses(file: str, number: int, line: str) -> Iterator[Finding]:
    match = re.match(r"\s*-?\s*uses:\s*['\"]?([\w.-]+/[\w./-]+)@([\w./-]+)", line)
    if not match or re.fullmatch(r"[0-9a-f]{40}", match[2]):
        return
    official = match[1].split("/")[0] in {"actions", "github"}
    moving = match[2] in {"main", "master", "latest", "HEAD", "dev", "develop"}
    severity = LOW if official and not moving else MEDIUM
    yield finding(
        file,
        number,
        "ci-unpinned-action",
        829,
        severity,
        SURE,
        f"{match[1]}@{match[2]} can be changed by its owner",
        "Pin the commit's full SHA.",
    )


def _permissions(file: str, text: str, document: dict[Any, Any], jobs: list[dict[str, Any]]) -> Iterator[Finding]:
    everywhere = [document.get("permissions"), *(job.get("permissions") for job in jobs)]
    if "write-all" in everywhere:
        yield finding(
            file,
            _line_of(text, "write-all"),
            "ci-broad-permissions",
            732,
            MEDIUM,
            SURE,
            "every step may change everything in the repository",
            "Name the permissions that are needed.",
        )
    elif document.get("permissions") is None and not all("permissions" in job for job in jobs):
        yield finding(
            file,
            1,
            "ci-default-permissions",
            732,
            LOW,
            LIKELY,
            "the token's rights are those of the repository's settings",
            "Add permissions: contents: read.",
        )


__all__ = ["scan_configuration"]
