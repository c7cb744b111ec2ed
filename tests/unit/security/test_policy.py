"""softwright.toml: what it lets through, for how long, and what it says of what it cannot use."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity
from tools.security.fingerprints import compared, identified
from tools.security.judging import judged
from tools.security.policy import Policy, PolicyError, parse_policy, read_policy

TODAY = date(2026, 11, 27)
WAIVER = '[[waivers]]\nrule = "weak-hash"\nreason = "checksums only"\nauthor = "ada@example.com"\nuntil = 2026-12-31\n'


def finding(line: int = 2, rule: str = "weak-hash", file: str = "app/a.py", **more: object) -> Finding:
    told = {"severity": Severity.MEDIUM, "confidence": Confidence.HIGH, "why": "md5 is broken", **more}
    return Finding(file=file, line=line, cwe=328, rule=rule, tool="softwright-flow", **told)


def check(*findings: Finding, **more: object) -> Check:
    outcome = CheckOutcome.FAILED if findings else CheckOutcome.PASSED
    told = {"outcome": outcome, "summary": f"{len(findings)} findings in 3 files", **more}
    return Check(name="vulnerabilities", findings=findings, **told)


def test_our_own_policy_can_be_used() -> None:
    policy, told = read_policy(Path(__file__).resolve().parents[3])
    assert told is not None
    assert told.outcome is CheckOutcome.PASSED, told.summary
    assert all((waiver.file or "").startswith("tests/") for waiver in policy.waivers)


def rule(check_: Check, policy: str = "", before: list[Check] | None = None, only_new: bool = False) -> Check:
    return judged([check_], parse_policy(policy.encode()), TODAY, before, only_new=only_new).checks[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("[gate\n", "is no TOML", id="no toml"),
        pytest.param("[gate]\nlevel = 3\n", "gate, level: is unknown: leave it out", id="unknown key"),
        pytest.param('[gate]\nseverity = "some"\n', "gate, severity: Input should be 'low', 'medium'", id="level"),
        pytest.param(WAIVER.replace('reason = "checksums only"\n', ""), "waiver 1, reason: is missing", id="reason"),
        pytest.param(WAIVER.replace("ada@example.com", " "), "waiver 1, author: is empty: write it", id="author"),
        pytest.param(WAIVER.replace("until = 2026-12-31", ""), "waiver 1, until: is missing: write it", id="no end"),
        pytest.param(WAIVER.replace("2026-12-31", '"soon"'), "until: is no date: write it as 2027-01-31", id="text"),
        pytest.param(WAIVER.replace('rule = "weak-hash"\n', ""), "waiver 1: it names no finding: write", id="vague"),
        pytest.param(WAIVER.replace("2026", "2099"), "waiver 1, until: is more than 366 days away: write", id="far"),
        pytest.param(WAIVER + WAIVER.replace("reason", "because"), "waiver 2, because: is unknown", id="second"),
    ],
)
def test_what_cannot_be_used_is_refused_with_place_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PolicyError, match=r"softwright\.toml") as error:
        parse_policy(text.encode())
    assert told in str(error.value)
    (tmp_path / "softwright.toml").write_text(text)
    policy, about = read_policy(tmp_path)
    assert policy == Policy()
    assert about is not None
    assert (about.outcome, about.summary) == (CheckOutcome.FAILED, str(error.value))


def test_a_link_is_no_policy_and_none_is_needed(tmp_path: Path) -> None:
    assert read_policy(tmp_path) == (Policy(), None)
    (tmp_path / "softwright.toml").symlink_to("/etc/hostname")
    _, about = read_policy(tmp_path)
    assert about is not None
    assert about.outcome is CheckOutcome.FAILED


def test_a_waiver_opens_the_gate_until_its_day() -> None:
    found = check(finding())
    judgement = judged([found], parse_policy(WAIVER.encode()), TODAY, None, only_new=False)
    assert judgement.checks[0].outcome is CheckOutcome.PASSED
    assert judgement.checks[0].summary.endswith("; 1 waived")
    (entry,) = judgement.waived
    assert (entry.rule, entry.reason, entry.author) == ("weak-hash", "checksums only", "ada@example.com")
    late = judged([found], parse_policy(WAIVER.encode()), date(2027, 1, 1), None, only_new=False)
    assert late.checks[0].outcome is CheckOutcome.FAILED
    assert "the waiver of weak-hash in app/a.py:2 ended on 2026-12-31: remove the cause" in late.checks[0].summary
    assert late.waived == ()


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ('file = "app/*"\n', CheckOutcome.PASSED),
        ('file = "lib/*"\n', CheckOutcome.FAILED),
        ('fingerprint = "0000"\n', CheckOutcome.FAILED),
    ],
)
def test_a_waiver_is_for_what_it_names(more: str, outcome: CheckOutcome) -> None:
    assert rule(check(finding()), WAIVER + more).outcome is outcome
    assert rule(check(finding(), finding(rule="sql-injection")), WAIVER + more).outcome is CheckOutcome.FAILED


def test_thresholds() -> None:
    low = check(finding(severity=Severity.LOW), outcome=CheckOutcome.PASSED)
    assert rule(low, '[gate]\nseverity = "low"\n').outcome is CheckOutcome.FAILED
    assert rule(check(finding()), '[gate]\nseverity = "high"\n').outcome is CheckOutcome.PASSED
    left = {"not_scanned": ["b.py: broken"], "not_scanned_count": 1}
    assert rule(check(finding(), evidence=left), WAIVER).outcome is CheckOutcome.INCOMPLETE


def test_only_what_is_new_counts_where_it_is_asked_for(tmp_path: Path) -> None:
    code = "import hashlib\nhashlib.md5(b'a')\n"
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text(code)
    old = identified(check(finding()), tmp_path)
    (tmp_path / "app/a.py").write_text("# moved\n\n" + code.replace("(b'a')", "( b'a' )") + "hashlib.md5(b'b')\n")
    same = identified(check(finding(4)), tmp_path)
    more = identified(check(finding(4), finding(5)), tmp_path)
    assert rule(same, before=[old], only_new=True).outcome is CheckOutcome.PASSED
    assert rule(same, before=[old], only_new=True).summary.endswith("; 1 were there before")
    assert rule(same, before=[old]).outcome is CheckOutcome.FAILED
    assert rule(same, before=None, only_new=True).outcome is CheckOutcome.FAILED, "nothing is known of before"
    ruled = rule(more, before=[old], only_new=True)
    assert ruled.outcome is CheckOutcome.FAILED
    assert ruled.evidence["closes_gate"] == [more.findings[1].fingerprint]
    left = {"not_scanned": ["b.py: broken"], "not_scanned_count": 1}
    broken = check(outcome=CheckOutcome.INCOMPLETE, evidence=left)
    assert rule(broken, before=[broken], only_new=True).outcome is CheckOutcome.PASSED
    assert rule(broken, before=[old], only_new=True).outcome is CheckOutcome.INCOMPLETE


def test_findings_are_known_again_after_lines_and_files_moved(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = md5(1)\ny = md5(2)\nx = md5(1)\n")
    (tmp_path / "b.py").write_text("\n\n  x = md5(1)\n")
    before = identified(check(*(finding(n, file="a.py") for n in (1, 2, 3))), tmp_path).findings
    assert len({f.fingerprint for f in before}) == 3
    after = identified(check(finding(3, file="b.py"), finding(2, file="a.py")), tmp_path).findings
    difference = compared(before, after)
    assert (len(difference.new), difference.unchanged) == (0, 2)
    assert [f.line for f in difference.fixed] == [3]
    assert len(compared([], after).new) == 2


def test_a_check_that_failed_for_something_else_stays_failed() -> None:
    failed = check(outcome=CheckOutcome.FAILED)
    assert rule(failed, before=[failed], only_new=True).outcome is CheckOutcome.FAILED
    absent = check(outcome=CheckOutcome.UNAVAILABLE)
    assert rule(absent, WAIVER) == absent
