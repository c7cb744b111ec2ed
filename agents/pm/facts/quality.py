"""Facts of what QA found: coverage, tests, security. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from agents.pm.facts.fact import Fact, Material, share, short
from memory.records.report import Check, QaReport

MAX_FILES = 5
MAX_NAMES = 40
MAX_FINDINGS = 10
TESTS = "tests"


def quality_facts(material: Material) -> tuple[Fact, ...]:
    report = material.report
    if report is None:
        words = "QA has not looked at this project yet."
        return tuple(Fact(about, words, "reports of the project", about) for about in ("coverage", TESTS, "security"))
    source = f"QA's report on commit {short(report.commit)}"
    check = next((check for check in report.checks if check.name == TESTS), None)
    return (
        Fact("coverage", _coverage(report, check), source, "coverage"),
        Fact("tests", _tests(material, check), source, TESTS),
        Fact("security", _security(report), source, "security"),
    )


def _coverage(report: QaReport, check: Check | None) -> str:
    if report.coverage is None:
        return f"Coverage was not measured: {check.summary if check else 'no tests were run'}."
    words = f"Coverage is {share(report.coverage)} of the lines."
    uncovered: Mapping[str, str] = (check.evidence.get("uncovered") if check else None) or {}
    if not uncovered:
        return f"{words} Every line that was counted is covered."
    largest = sorted(uncovered.items(), key=lambda item: (-_lines(item[1]), item[0]))
    shown = "; ".join(f"{path} lines {ranges}" for path, ranges in largest[:MAX_FILES])
    more = f"; and {len(largest) - MAX_FILES} more files" if len(largest) > MAX_FILES else ""
    missing = sum(_lines(ranges) for ranges in uncovered.values())
    return f"{words} No test reaches {missing} lines in {len(uncovered)} files: {shown}{more}."


def _lines(ranges: str) -> int:
    """How many lines `3-5,9` are."""
    count = 0
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            count += int(last) - int(first) + 1 if last.isdigit() else 1
    return count


def _tests(material: Material, check: Check | None) -> str:
    summary = f"{check.outcome.value}: {check.summary}." if check else "They were not run."
    if not material.tests:
        return summary
    names = [f"{path}: {', '.join(names)}" for path, names in sorted(material.tests.items()) if names]
    count = sum(len(names) for names in material.tests.values())
    shown: list[str] = []
    for line in names:
        if sum(text.count(",") + 1 for text in shown) > MAX_NAMES:
            shown.append(f"and {len(names) - len(shown)} more files")
            break
        shown.append(line)
    return f"{summary} {count} test functions in {len(names)} files:\n" + "\n".join(f"- {line}" for line in shown)


def _security(report: QaReport) -> str:
    checks = [
        f"{check.name}: {check.outcome.value} ({check.summary})" for check in report.checks if check.name != TESTS
    ]
    found = [finding for check in report.checks for finding in check.findings]
    words = f"The security score is {share(report.security_score)}. {'; '.join(checks)}."
    if not found:
        return f"{words} Nothing was found."
    shown = [f"- {f.severity.value} {f.file}:{f.line or 1} {f.rule}: {f.why}" for f in found[:MAX_FINDINGS]]
    return f"{words} {len(found)} findings:\n" + "\n".join(shown)


__all__ = ["quality_facts"]
