"""Dockerfiles, Compose, GitHub workflows and HTML templates: which rules look at a file. No templating is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from memory.records.report import Confidence, Finding
from tools.security.docker_rules import scan_dockerfile
from tools.security.found import HIGH, LIKELY, LOW, MEDIUM, SURE, finding
from tools.security.template_rules import TEMPLATES, scan_template
from tools.security.workflow_rules import scan_workflow

SOCKET = re.compile(r"^[^#]*(?<![\w.])/(var/)?run/docker\.sock\b")
UNCONFINED = re.compile(r"""^\s*-\s*['"]?(seccomp|apparmor)\s*[:=]\s*['"]?unconfined|^\s*-\s*['"]?label[:=]disable\b""")
POWERS = re.compile(r"""^\s*-\s*['"]?(CAP_)?(SYS_ADMIN|SYS_PTRACE|SYS_MODULE|DAC_READ_SEARCH|NET_ADMIN|ALL)['"]?\s*$""")
HOST = re.compile(r"""^\s*(pid|ipc|userns_mode|network_mode)\s*:\s*['"]?host\b""")


def scan_configuration(file: str, text: str) -> list[Finding]:
    path = PurePosixPath(file)
    name = path.name.lower()
    if "dockerfile" in name or "containerfile" in name:
        return list(scan_dockerfile(file, text))
    if path.suffix in {".yml", ".yaml"}:
        if ".github" in path.parts or _is_workflow(text):
            return list(scan_workflow(file, text))
        return list(_compose(file, text)) if re.search(r"^services\s*:", text, re.M) else []
    return list(scan_template(file, text)) if name.endswith(TEMPLATES) else []


def _is_workflow(text: str) -> bool:
    return re.search(r"^['\"]?on['\"]?\s*:", text, re.M) is not None and re.search(r"^jobs\s*:", text, re.M) is not None


def _compose(file: str, text: str) -> Iterator[Finding]:
    adds = False
    for number, line in enumerate(text.splitlines(), 1):
        adds = (adds and re.match(r"\s*(-|#|$)", line) is not None) or re.match(r"\s*cap_add\s*:", line) is not None
        if re.match(r"\s*privileged:\s*['\"]?true", line):
            why, fix = "the container has all rights on its host", "Name the capabilities that it needs."
            yield finding(file, number, "container-privileged", 250, HIGH, SURE, why, fix)
        elif SOCKET.match(line):
            why, fix = "the container can command its host", "Do not mount the Docker socket."
            yield finding(file, number, "docker-socket", 250, MEDIUM, LIKELY, why, fix)
        elif UNCONFINED.match(line):
            why, fix = "the kernel's guard over the container is off", "Leave it on."
            yield finding(file, number, "container-unconfined", 284, MEDIUM, SURE, why, fix)
        elif adds and (power := POWERS.match(line)):
            why = f"{power[2]} lets the container out to its host"
            yield finding(file, number, "container-powers", 250, MEDIUM, LIKELY, why, "Leave the capability out.")
        elif HOST.match(line):
            why, fix = "the container is not kept apart from its host", "Give it a space of its own."
            yield finding(file, number, "container-host-space", 250, LOW, Confidence.LOW, why, fix)


__all__ = ["scan_configuration"]
