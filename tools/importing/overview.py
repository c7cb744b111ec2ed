"""A short page about an imported project, from facts alone. Pure."""

from __future__ import annotations

from memory.records.imported import Baseline, Stack, TestOutcome

SHOWN = 30


def overview(stack: Stack, baseline: Baseline) -> str:
    pinned = sum(bool(row.pinned) for row in stack.dependencies)
    languages = ", ".join(f"{name} ({count} files)" for name, count in stack.languages.items())
    facts = [
        ("Languages", languages or "none known"),
        ("Frameworks", ", ".join(stack.frameworks) or "none recognised"),
        ("Manifests", ", ".join((*stack.manifests, *stack.locks)) or "none"),
        ("Dependencies", f"{len(stack.dependencies)} declared, {pinned} pinned by a lock file"),
        ("Packages", ", ".join(stack.packages) or "none found"),
        ("Run", stack.run_command or "not known"),
        ("Test", f"{stack.test_command or 'not known'} ({len(stack.tests)} test files)"),
        ("Baseline", f"{baseline.state.value}: {baseline.summary}"),
    ]
    lines = [f"# {stack.name or 'Imported project'} {stack.version}".rstrip(), ""]
    lines += [f"- {name}: {words}" for name, words in facts]
    bad = [name for name, how in baseline.tests.items() if how in (TestOutcome.FAILED, TestOutcome.ERROR)]
    parts = {
        "Entry points": stack.entry_points,
        "Routes": stack.routes,
        "Failing before any change": bad,
        "Vary from run to run": baseline.flaky,
        "Could not be read": stack.notes,
    }
    for title, rows in parts.items():
        more = [f"- and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
        lines += ["", f"## {title}", "", *(f"- {row}" for row in rows[:SHOWN]), *more] if rows else []
    return "\n".join(lines) + "\n"


__all__ = ["overview"]
