"""Runs inside the sandbox, on our interpreter: every engine over the working directory, side by side, each with its own
time limit; one JSON object on stdout. An engine that dies is named, and its part is then not scanned."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from memory.records.report import Finding
from tools.security.bandit_output import parse_bandit
from tools.security.configuration import scan_configuration
from tools.security.engines import from_bandit, merged, parse_ruff, weighed
from tools.security.flow.analysis import FlowResult, analyse, by_place
from tools.security.interface import ScannerOutputError
from tools.security.readable_python import readable_if_needed
from tools.security.scripts.scan import scan_scripts
from tools.security.template_rules import TEMPLATES

FILE_BYTES = 2 << 20
FILES = 20_000
PYTHON = (".py", ".pyw")
SCRIPTS = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".vue")
SKIPPED = frozenset({".git"})
"""All else is looked at, whatever its name: code can be kept in `venv` as well."""
Known = dict[str, dict[str, list[Any]]]
"""File → engine → its findings."""
ERROR_CHARS = 300
BATCH = 3000
"""Files that are given to a tool by name at once."""


def main(patience_s: float, known: Known | None = None) -> dict[str, Any]:
    """`known`: what the engines that look at single files have found in those that are as they were."""
    files, not_scanned = tree()
    texts = read(files, not_scanned)
    held = {name: known[name] for name, _ in texts if known is not None and name in known}
    python = [(name, text) for name, text in texts if name.endswith(PYTHON)]
    anew = [name for name, _ in python if name not in held]
    engines: dict[str, str] = {}
    # Before the threads begin: CPython 3.11 does not parse in two of them at once.
    sources = dict(python)
    newer = {name: text for name in anew if (text := readable_if_needed(sources[name])) is not None}
    with ThreadPoolExecutor(3) as pool:
        outside = {
            "bandit": pool.submit(timed, lambda: bandit_of_all(anew, newer, patience_s)),
            "ruff": pool.submit(timed, lambda: ruff(anew, patience_s)),
        }
        flow, flow_s = timed(lambda: analyse(python, patience_s))
        scripts = [(name, text) for name, text in texts if is_script(name, text)]
        (script_findings, unreached), scripts_s = timed(lambda: scan_scripts(scripts, patience_s))
        rest, rest_s = timed(
            lambda: [found for name, text in texts if name not in held for found in scan_configuration(name, text)]
        )
        results: dict[str, tuple[list[Finding], dict[str, str]]] = {}
        for name, future in outside.items():
            results[name] = taken(name, future, engines)
    not_scanned |= flow.broken | results["bandit"][1] | results["ruff"][1] | unreached
    by_engine = {"bandit": results["bandit"][0], "ruff": results["ruff"][0], "rules": rest}
    learned = _learned([name for name, _ in texts if name not in held and name not in not_scanned], by_engine, engines)
    for told in held.values():
        for engine, entries in told.items():
            by_engine[engine] = [*by_engine[engine], *map(Finding.model_validate, entries)]
    findings, dropped = together(flow, by_engine["bandit"], by_engine["ruff"], [*by_engine["rules"], *script_findings])
    engines |= {"flow": f"ok, {flow_s:.2f} s", "scripts": f"ok, {scripts_s:.2f} s", "rules": f"ok, {rest_s:.2f} s"}
    return {
        "findings": [finding.model_dump(mode="json") for finding in findings],
        "scanned": len(texts) - len([name for name, _ in texts if name in not_scanned]),
        "not_scanned": sorted([name, why] for name, why in not_scanned.items()),
        "engines": engines,
        "proved_harmless": dropped,
        "known": len(held),
        "learned": learned,
    }


def _learned(names: list[str], by_engine: dict[str, list[Finding]], engines: dict[str, str]) -> Known:
    """Of single files; nothing where an engine has not come to its end."""
    if not all(word.startswith("ok") for word in engines.values()):
        return {}
    found: Known = {name: {engine: [] for engine in by_engine} for name in names}
    for engine, findings in by_engine.items():
        for finding in findings:
            if finding.file in found:
                found[finding.file][engine].append(finding.model_dump(mode="json"))
    return found


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.monotonic()
    return work(), time.monotonic() - started


def taken(name: str, future: Future[Any], engines: dict[str, str]) -> tuple[list[Finding], dict[str, str]]:
    try:
        (findings, missed), seconds = future.result()
    except (OSError, subprocess.SubprocessError, ScannerOutputError, ValueError, KeyError, TypeError) as error:
        engines[name] = f"{type(error).__name__}: {error}"[:ERROR_CHARS]
        return [], {f"({name})": engines[name]}
    engines[name] = f"ok, {seconds:.2f} s"
    return findings, missed


def together(
    flow: FlowResult, bandit: list[Finding], ruff: list[Finding], rest: list[Finding]
) -> tuple[list[Finding], int]:
    kept: list[Finding] = [*flow.findings, *rest]
    dropped = 0
    verdicts = by_place(flow)
    for finding in [*map(from_bandit, bandit), *ruff]:
        judged = weighed(finding, verdicts, finding.file not in flow.broken)
        if judged is None:
            dropped += 1
        else:
            kept.append(judged)
    return merged(kept), dropped


def tree() -> tuple[list[Path], dict[str, str]]:
    """Regular files that an engine reads; what is left out is named."""
    found: list[Path] = []
    left: dict[str, str] = {}

    def refuse(error: OSError) -> None:
        left[os.path.relpath(str(error.filename))] = f"it cannot be read: {error.strerror}"

    for folder, folders, names in os.walk(".", onerror=refuse):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(names):
            path = Path(folder, name)
            status = path.lstat()
            if not wanted(path) or not stat.S_ISREG(status.st_mode):
                continue
            if status.st_size > FILE_BYTES:
                left[str(path)] = f"larger than {FILE_BYTES:,} bytes"
            elif len(found) >= FILES:
                left["(the rest)"] = f"more than {FILES} files"
            else:
                found.append(path)
    return found, left


def is_script(name: str, text: str) -> bool:
    return name.endswith(SCRIPTS) or (name.endswith(TEMPLATES) and "<script" in text)


def wanted(path: Path) -> bool:
    name = path.name.lower()
    text = (*PYTHON, *SCRIPTS, *TEMPLATES, ".yml", ".yaml")
    return name.endswith((*text, "dockerfile", "containerfile")) or name.startswith(("dockerfile", "containerfile"))


def read(files: list[Path], left: dict[str, str]) -> list[tuple[str, str]]:
    texts = []
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            left[str(path)] = f"it cannot be read: {error.strerror}"
            continue
        texts.append((path.as_posix(), raw.decode("utf-8", "replace").removeprefix("\ufeff")))
    return texts


def bandit_of_all(files: list[str], copies: dict[str, str], patience_s: float) -> tuple[list[Finding], dict[str, str]]:
    """bandit reads what the interpreter can parse: of newer syntax it is given a copy in older words."""
    findings, left = bandit([name for name in files if name not in copies], patience_s)
    if copies:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in copies.items():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / name).write_text(text)
            more, more_left = bandit(list(copies), patience_s, Path(folder))
        findings, left = [*findings, *more], left | more_left
    return findings, left


def bandit(files: list[str], patience_s: float, folder: Path | None = None) -> tuple[list[Finding], dict[str, str]]:
    findings: list[Finding] = []
    left: dict[str, str] = {}
    for start in range(0, len(files), BATCH):
        some = files[start : start + BATCH]
        options = ("-f", "json", "-q", "--exit-zero", "--ignore-nosec", "--ini", "/dev/null", "-x", "./.git/")
        argv = (sys.executable, "-I", "-m", "bandit", *options, "--", *(f"./{name}" for name in some))
        done = ran(argv, patience_s, folder)
        result = parse_bandit(done, some, "tests")
        findings += result.findings
        left |= dict(line.split(": ", 1) for line in result.not_scanned)
    return findings, left


def ruff(files: list[str], patience_s: float) -> tuple[list[Finding], dict[str, str]]:
    findings: list[Finding] = []
    here = Path.cwd()
    for start in range(0, len(files), BATCH):
        options = (
            "check",
            "--isolated",
            "--select",
            "S",
            "--ignore-noqa",
            "--output-format",
            "json",
            "--exit-zero",
            "--no-cache",
        )
        some = [f"./{name}" for name in files[start : start + BATCH]]
        program = str(Path(sys.executable).with_name("ruff"))
        for finding in parse_ruff(ran((program, *options, "--no-force-exclude", *some), patience_s)):
            file = Path(finding.file)
            findings.append(
                finding.model_copy(
                    update={"file": file.relative_to(here).as_posix() if file.is_absolute() else file.as_posix()}
                )
            )
    return [finding for finding in findings if finding.rule != "S101"], {}


def ran(argv: tuple[str, ...], patience_s: float, folder: Path | None = None) -> bytes:
    done = subprocess.run(argv, capture_output=True, timeout=patience_s, check=False, cwd=folder)
    if done.returncode != 0:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise ValueError(f"it ended with code {done.returncode}: {last[:ERROR_CHARS]}")
    return done.stdout


if __name__ == "__main__":
    json.dump(main(float(sys.argv[1]), json.loads(sys.stdin.read() or "{}")), sys.stdout)
