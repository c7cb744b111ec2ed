"""Facts of Ops: what it would cost where, how fast it is and what stands in its way. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.pm.facts.fact import Fact, Material, Row

NAMES = {
    "local": "this machine",
    "render": "Render",
    "railway": "Railway",
    "flyio": "Fly.io",
    "vercel": "Vercel",
}
WORDS = {name: re.compile(rf"\b{words}\b", re.IGNORECASE) for name, words in (
    ("render", "render"), ("railway", "railway"), ("flyio", r"fly(?:\.io)?"), ("vercel", "vercel"),
)}  # fmt: skip
BUSY, FULL, FAILING, UNEVEN, SLOW_MS = 0.8, 0.9, 0.01, 4.0, 500.0
MOST_LINES, MOST_FINDINGS = 6, 3


def operating_facts(material: Material, question: str) -> tuple[Fact, ...]:
    named = [platform for platform, words in WORDS.items() if words.search(question)]
    return (*_costs(material.costs, named), *_speeds(material))


def _costs(report: Mapping[str, Any] | None, named: Sequence[str]) -> list[Fact]:
    """The platforms that the question names in full, then all of them side by side."""
    if report is None:
        return []
    source = f"price lists of {report['prices_gathered']}, which are no quote"
    found = {one["platform"]: one for one in report["alternatives"]}
    facts = [
        Fact(f"cost on {NAMES[platform]}", _in_full(found[platform]), source, "hosting")
        for platform in named
        if platform in found
    ]
    profile = report["profile"]
    size = f"{profile['vcpu']:g} vCPU, {profile['memory_mb']} MB, {profile['instances']} x"
    rows = [f"- {NAMES.get(one['platform'], one['platform'])}: {_amount(one)}" for one in report["alternatives"]]
    words = f"By the month, for {size} and {profile['requests_month']:,} requests:\n" + "\n".join(rows)
    return [*facts, Fact("cost on each platform", words, source, "hosting" if named else "cost")]


def _in_full(estimate: Mapping[str, Any]) -> str:
    lines = [f"{one['what']} {'unknown' if one['usd'] is None else one['usd']}" for one in estimate["lines"]]
    parts = ", ".join(lines[:MOST_LINES])
    notes = f" {'; '.join(estimate['notes'])}." if estimate["notes"] else ""
    name = NAMES.get(estimate["platform"], estimate["platform"])
    return f"On {name} it would cost {_amount(estimate)} by the month, plan {estimate['plan']}: {parts}.{notes}"


def _amount(estimate: Mapping[str, Any]) -> str:
    if not estimate["fits"]:
        return "nothing that is offered is large enough"
    if estimate["usd_month"] is not None:
        return f"{estimate['usd_month']:.2f} USD"
    return f"at least {estimate['usd_month_at_least']:.2f} USD; unknown: {', '.join(estimate['unknown'])}"


def _speeds(material: Material) -> list[Fact]:
    live = [row for row in material.deployments if row["id"] in material.serving]
    facts = [_speed(row, material.figures[row["id"]]) for row in live if row["id"] in material.figures]
    facts += [_firing(row) for row in material.firing[:MOST_FINDINGS]]
    if material.performance is not None:
        report = material.performance["report"]
        facts += [_finding(one, report["commit"]) for one in report.get("findings", [])[:MOST_FINDINGS]]
    return facts


def _speed(row: Row, figures: Mapping[str, float | None]) -> Fact:
    source = f"measurements of deployment {row['id']}, last 24 hours"
    requests = figures.get("requests") or 0.0
    if not requests:
        words = f"Nobody has asked {row['environment']} anything in the last 24 hours, so its speed was not measured."
        return Fact("speed as measured", words, source, "speed")
    told = [f"{requests:,.0f} requests"]
    told += [f"{name} {value:.0f} ms" for name, value in _times(figures)]
    told += [f"{name} {value * 100:.1f} %" for name, value in _shares(figures)]
    why = _why(figures)
    words = f"{row['environment']} in the last 24 hours: {', '.join(told)}. {why}"
    return Fact("speed as measured", words, source, "speed")


def _times(figures: Mapping[str, float | None]) -> list[tuple[str, float]]:
    names = {"half within": "p50", "95 % within": "p95", "in the last hour 95 % within": "p95_hour"}
    return [(name, value) for name, key in names.items() if (value := figures.get(key)) is not None]


def _shares(figures: Mapping[str, float | None]) -> list[tuple[str, float]]:
    names = {"failed": "error_rate", "processors used": "cpu_usage", "memory used": "memory_usage"}
    return [(name, value) for name, key in names.items() if (value := figures.get(key)) is not None]


def _why(figures: Mapping[str, float | None]) -> str:
    """What the figures say by themselves, the nearest cause first."""
    cpu, memory, errors = (figures.get(name) or 0.0 for name in ("cpu_usage", "memory_usage", "error_rate"))
    p50, p95 = figures.get("p50") or 0.0, figures.get("p95") or 0.0
    found = []
    if cpu >= BUSY:
        found.append("Its processors are busy: give it more of them, or more copies")
    if memory >= FULL:
        found.append("Its memory is nearly full: give it more")
    if errors >= FAILING:
        found.append("Many requests fail: look at its log")
    if p50 and p95 >= UNEVEN * p50:
        found.append("A few requests take much longer than the rest: look at the slowest operations, not at its size")
    elif p95 >= SLOW_MS and cpu < BUSY / 2:
        found.append("It is slow with idle processors: it waits for something, as for its database")
    return ". ".join(found) + "." if found else "Nothing of this is out of the ordinary."


def _firing(alert: Row) -> Fact:
    words = (
        f"The alert {alert['rule']} ({alert['severity']}) has been {alert['state']} since {alert['active_at']:%H:%M}."
    )
    return Fact("alert", words, f"alert {alert['id']}", "speed")


def _finding(finding: Mapping[str, Any], commit: str) -> Fact:
    words = " ".join(str(finding[key]) for key in ("why", "fix") if finding.get(key))
    place = f"{finding['file']}:{finding['line']} " if finding.get("file") else ""
    return Fact("profiler", f"{place}{words}", f"profile of commit {commit[:12]}", "speed")


__all__ = ["NAMES", "operating_facts"]
