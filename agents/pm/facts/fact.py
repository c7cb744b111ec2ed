"""A fact, the material that facts are made of, and which facts a question is about. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from memory.records.report import QaReport
from memory.records.serving import Serving
from memory.records.spending import Spend

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Fact:
    topic: str
    """A few words: `coverage of the last run`."""
    text: str
    source: str
    """Where it is kept, for the user to look it up: `run 12, step qa`."""
    about: str = ""
    """One of TOPICS, or empty."""

    def document(self) -> dict[str, str]:
        return {"topic": self.topic, "text": self.text, "source": self.source}


@dataclass(frozen=True)
class Written:
    """The commit that a run wrote, and what is in it."""

    commit: str
    run_id: str
    at: datetime
    changed: Mapping[str, str] = field(default_factory=dict)
    """Path → added, modified, deleted; of the whole skeleton in a project's first run."""


@dataclass(frozen=True)
class Material:
    """Rows of the store, newest first; what needs a process or a file comes as it was read."""

    project: Row
    runs: Sequence[Row]
    """Those that work; questions are left out."""
    steps: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """By run: of the latest, and of the latest that failed."""
    report: QaReport | None = None
    """On the project's commit."""
    deployments: Sequence[Row] = ()
    serving: Mapping[str, Serving | str] = field(default_factory=dict)
    """By deployment: as probed now, or why that could not be done."""
    spends: Mapping[str, Spend] = field(default_factory=dict)
    """By run."""
    models: Sequence[str] = ()
    written: Written | None = None
    tests: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Names of tests by file, at the project's commit."""
    log: tuple[str, str] | None = None
    """Deployment, and the end of what it wrote, without secrets."""
    costs: Mapping[str, Any] | None = None
    """The report of tools/cost, as JSON."""
    figures: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """By deployment, of the last day: times in milliseconds, shares from 0 to 1."""
    firing: Sequence[Row] = ()
    """Alerts."""
    performance: Row | None = None
    """The profiler's last report."""


TOPICS: Mapping[str, re.Pattern[str]] = {
    about: re.compile(rf"\b(?:{words})", re.IGNORECASE)
    for about, words in {
        "logs": r"logs?\b|log file|printed|output",
        "coverage": r"cover|uncovered",
        "hosting": r"render\b|fly(?:\.io)?\b|railway\b|vercel\b|host(?:ing|ed)?\b|cheaper|platforms?\b",
        "cost": r"cost|spen[dt]|price|pay\b|paid|budget|bill|tokens?\b|expensive|cheap|usd|money|dollars?",
        "not_understood": r"(?:did|do|does|didn'?t|not)\b.{0,20}\bunderst(?:an|oo)d|misunderst|left out|leave out"
        r"|ignored?|missing|skipped",
        "assumed": r"assum|took for granted|guess(?:ed)?",
        "failure": r"fail|broke|errors?\b|(?:went|go|is|gone) wrong|crash|problem",
        "change": r"chang|touch|modif|edited|diff\b|commit|last (?:run|time) do|did you (?:do|write)|which files|files",
        "tests": r"tests?\b|tested|checks\b|checked",
        "security": r"secur|vulnerab|secrets?\b|findings?|safe\b|scan|cves?\b",
        "up": r"(?:is|are) (?:it|the (?:app|api|application|service)) (?:up|down|ok|alive|live|running|online)"
        r"|up\b|online|live\b|reachable|health|urls?\b|address|where\b.{0,20}\b(?:is|can)|link\b|deployed",
        "speed": r"slow|fast|speed|latency|perform|response times?|how long",
        "versions": r"versions?|history|deployments?|releases?|rollback|roll back",
        "now": r"(?:what are|are) you (?:doing|working)|status|progress|waiting|wait for|how far|done yet|ready"
        r"|going on|happening",
        "plan": r"what (?:does|can) (?:it|the (?:app|api|application)) do|endpoints?|routes?|resources?|fields?|plan\b"
        r"|planned|accounts?|(?:the|this) (?:api|app|application)\b",
    }.items()
}


def topics_of(question: str) -> tuple[str, ...]:
    """In the order of the question's words."""
    found = {about: match.start() for about, pattern in TOPICS.items() if (match := pattern.search(question))}
    return tuple(sorted(found, key=lambda about: found[about]))


def stamp(at: datetime | None) -> str:
    return "at an unknown time" if at is None else at.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def short(commit: str | None) -> str:
    return commit[:12] if commit else "none"


def share(value: float | None) -> str:
    """As people write it; 0.7149 as 71.5 %."""
    return "unknown" if value is None else f"{round(value * 100, 1):g} %"


__all__ = ["TOPICS", "Fact", "Material", "Row", "Written", "share", "short", "stamp", "topics_of"]
