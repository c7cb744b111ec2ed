"""softwright.toml: which findings close a project's gate, and which someone answers for until a day."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity, Waived
from memory.untrusted_files import UntrustedFileError, read_untrusted

POLICY_NAME = "softwright.toml"
POLICY_CHECK = "policy"
POLICY_BYTES = 256 << 10
LONGEST_WAIVER = timedelta(days=366)
"""From the day on which it is read: nobody answers for a finding for ever."""
REMEDIES = {
    "missing": "is missing: write it",
    "extra_forbidden": "is unknown: leave it out",
    "string_too_short": "is empty: write it",
    "date_type": "is no date: write it as 2027-01-31",
}


class PolicyError(Exception):
    """The file cannot be used; the message names each place and what to do there."""


def _plain_date(value: Any) -> Any:
    return "" if isinstance(value, datetime) or not isinstance(value, date) else value


Words = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Gate(Part):
    severity: Severity = Severity.MEDIUM
    confidence: Confidence = Confidence.MEDIUM
    """A finding closes the gate when both are at least this."""
    scope: Literal["all", "new"] | None = None
    """`new`: only what the commit before did not have. Without it: new for imported projects, all for the others."""


class Waiver(Part):
    reason: Words
    author: Words
    until: Annotated[date, BeforeValidator(_plain_date), Field(strict=True)]
    """The last day on which it counts."""
    rule: Words | None = None
    file: Words | None = None
    """A path or a pattern such as `app/legacy/*`."""
    fingerprint: Words | None = None

    def fits(self, finding: Finding) -> bool:
        return (
            self.rule in (None, finding.rule)
            and self.fingerprint in (None, finding.fingerprint)
            and (self.file is None or fnmatchcase(finding.file, self.file))
        )


class Policy(Part):
    gate: Gate = Gate()
    waivers: tuple[Waiver, ...] = ()

    def closes(self, finding: Finding) -> bool:
        """Whether it would close the gate if nobody answered for it."""
        levels, certain = list(Severity), list(Confidence)
        return levels.index(finding.severity) >= levels.index(self.gate.severity) and certain.index(
            finding.confidence
        ) >= certain.index(self.gate.confidence)

    def waiver_of(self, finding: Finding, today: date) -> Waiver | None:
        return next((w for w in self.waivers if w.until >= today and w.fits(finding)), None)

    def ended(self, finding: Finding, today: date) -> Waiver | None:
        return next((w for w in self.waivers if w.until < today and w.fits(finding)), None)


def parse_policy(content: bytes, today: date | None = None) -> Policy:
    """`today`: UTC's without one. Raises PolicyError."""
    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{POLICY_NAME} is no TOML: {error}") from error
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        raise PolicyError("; ".join(_problem(entry) for entry in error.errors())) from error
    vague = [n for n, waiver in enumerate(policy.waivers, 1) if not (waiver.rule or waiver.fingerprint)]
    if vague:
        remedy = "it names no finding: write the finding's rule, or its fingerprint"
        raise PolicyError("; ".join(f"{POLICY_NAME}, waiver {number}: {remedy}" for number in vague))
    last = (today or datetime.now(UTC).date()) + LONGEST_WAIVER
    far = [n for n, waiver in enumerate(policy.waivers, 1) if waiver.until > last]
    if far:
        remedy = f"until: is more than {LONGEST_WAIVER.days} days away: write {last} or an earlier day"
        raise PolicyError("; ".join(f"{POLICY_NAME}, waiver {number}, {remedy}" for number in far))
    return policy


def _problem(entry: Any) -> str:
    place = list(entry["loc"])
    if place[:1] == ["waivers"] and len(place) > 1:
        place[:2] = [f"waiver {int(place[1]) + 1}"]
    remedy = REMEDIES.get(entry["type"]) or ("is no date: write it as 2027-01-31" if place[-1:] == ["until"] else "")
    return f"{POLICY_NAME}, {', '.join(map(str, place))}: {remedy or entry['msg']}"


def read_policy(root: Path, today: date | None = None) -> tuple[Policy, Check | None]:
    """The project's policy and the check of it; without a file the usual one, and no check. Blocking.

    A file that cannot be used closes the gate: nobody knows what it was meant to let through.
    """
    if not (root / POLICY_NAME).exists() and not (root / POLICY_NAME).is_symlink():
        return Policy(), None
    try:
        policy = parse_policy(read_untrusted(root, POLICY_NAME, POLICY_BYTES), today)
    except (PolicyError, UntrustedFileError) as error:
        return Policy(), Check(name=POLICY_CHECK, outcome=CheckOutcome.FAILED, summary=str(error))
    gate = policy.gate
    words = f"the gate closes at {gate.severity.value} severity and {gate.confidence.value} confidence"
    summary = f"{words}; {len(policy.waivers)} waivers"
    return policy, Check(name=POLICY_CHECK, outcome=CheckOutcome.PASSED, summary=summary)


def waived(check: str, findings: Iterable[tuple[Finding, Waiver]]) -> tuple[Waived, ...]:
    return tuple(
        Waived(
            check=check,
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            file=finding.file,
            line=finding.line,
            reason=waiver.reason,
            author=waiver.author,
            until=waiver.until,
        )
        for finding, waiver in findings
    )


__all__ = ["POLICY_CHECK", "POLICY_NAME", "Policy", "PolicyError", "Waiver", "parse_policy", "read_policy", "waived"]
