"""Dockerfiles: what is built into an image, and as whom it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory.records.report import Finding
from tools.security.flow.secret_words import is_secret
from tools.security.found import HIGH, LIKELY, LOW, MEDIUM, SURE, finding

SECRET_NAME = re.compile(
    r"(pass(word|wd)?|secret(_key(_base)?)?|token|api_?key|access_?key|private_?key|credential)s?$", re.IGNORECASE
)
PIPED = re.compile(r"(curl|wget)[^|;&]*\|\s*(sudo\s+)?(ba|z|da)?sh\b")
UNVERIFIED = re.compile(
    r"(curl\s[^|;&]*(\s-\w*k\w*\b|--insecure)|wget\s[^|;&]*--no-check-certificate|--trusted-host"
    r"|(npm|yarn)\s+config\s+set\s+strict-ssl\s+false|GIT_SSL_NO_VERIFY|http\.sslVerify\s+false)"
)


def scan_dockerfile(file: str, text: str) -> Iterator[Finding]:
    stages: set[str] = set()
    user, user_line, start_line = "", 1, 0
    for line, word, rest in _instructions(text):
        if word == "FROM":
            user, start_line = "", 0
            words = [part for part in rest.split() if not part.startswith("--")]
            image = words[0] if words else ""
            if image.lower() not in stages and not image.startswith("$") and image != "scratch":
                yield from _image(file, line, image)
            if len(words) > 2 and words[1].lower() == "as":
                stages.add(words[2].lower())
        elif word == "USER":
            user, user_line = rest.split(":")[0], line
        elif word in {"CMD", "ENTRYPOINT"}:
            start_line = line
        elif word == "ADD" and re.search(r"https?://", rest) and "--checksum" not in rest:
            why, fix = (
                "a download goes into the image unchecked",
                "Use curl and compare its SHA-256, or ADD --checksum.",
            )
            yield finding(file, line, "docker-add-url", 494, MEDIUM, SURE, why, fix)
        elif word in {"ENV", "ARG"}:
            yield from _image_secrets(file, line, word, rest)
        elif word == "RUN":
            yield from commands(file, line, rest)
        elif word == "EXPOSE" and re.search(r"\b22\b", rest):
            yield finding(
                file, line, "docker-ssh", 284, LOW, LIKELY, "an SSH server in a container", "Use docker exec."
            )
        elif word == "VOLUME" and "docker.sock" in rest:
            why, fix = "the container can command its host", "Do not mount the Docker socket."
            yield finding(file, line, "docker-socket", 250, MEDIUM, LIKELY, why, fix)
    if user in {"root", "0"} or (not user and start_line):
        why, fix = "the container runs as root", "Add a USER line with an ordinary user."
        yield finding(file, user_line if user else start_line, "docker-root", 250, MEDIUM, SURE, why, fix)


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


def _image(file: str, line: int, image: str) -> Iterator[Finding]:
    tag = image.rpartition("/")[2].partition(":")[2]
    if "@sha256:" not in image and tag in {"", "latest"}:
        why, fix = f"{image} changes without notice", "Name a version or a digest."
        yield finding(file, line, "docker-latest", 1357, MEDIUM, SURE, why, fix)


def _image_secrets(file: str, line: int, word: str, rest: str) -> Iterator[Finding]:
    pairs = re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)", rest)
    if not pairs:
        name, _, value = rest.partition(" ")
        pairs = [(name.partition("=")[0], value)]
    for name, value in pairs:
        bare = value.strip("\"' ")
        if not SECRET_NAME.search(name):
            continue
        if not bare.startswith("$") and is_secret(bare):
            why = f"{name} is kept in the image ({len(bare)} characters, not shown)"
            yield finding(
                file, line, "docker-secret", 798, HIGH, SURE, why, "Give it at run time, or RUN --mount=type=secret."
            )
        elif word == "ARG":
            why, fix = f"what is given as {name} stays in the image's history", "Use RUN --mount=type=secret."
            yield finding(file, line, "docker-secret-argument", 538, MEDIUM, LIKELY, why, fix)


def commands(file: str, line: int, rest: str) -> Iterator[Finding]:
    """Of a shell, while an image is built."""
    if PIPED.search(rest):
        why, fix = "a download is run unchecked", "Download it, compare its SHA-256, then run it."
        yield finding(file, line, "docker-pipe-shell", 494, MEDIUM, SURE, why, fix)
    if re.search(r"chmod\s+(-R\s+)?0?777", rest):
        why, fix = "files become writable for everybody", "Give rights to the user that needs them."
        yield finding(file, line, "world-writable", 732, MEDIUM, SURE, why, fix)
    if UNVERIFIED.search(rest):
        why, fix = "the server's certificate is not checked", "Leave verification on."
        yield finding(file, line, "tls-not-verified", 295, MEDIUM, SURE, why, fix)
    if re.search(r"(^|[;&|]\s*)sudo\s+\w", rest):
        why, fix = "who takes over the container can become root", "Do it as root, before USER."
        yield finding(file, line, "docker-sudo", 250, LOW, LIKELY, why, fix)


__all__ = ["PIPED", "scan_dockerfile"]
