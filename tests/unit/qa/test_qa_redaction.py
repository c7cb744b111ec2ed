from __future__ import annotations

import hashlib

from agents.qa.redaction import HIDDEN, fingerprints, hide, redacted
from memory.records.report import Check, CheckOutcome, Confidence, Finding, Severity

SECRET, OTHER = "tr0ub4dor-ü", "AKIA" + "Z7QX3RVD6LMK2NWP"


def mark(value: str) -> dict[str, object]:
    return {"length": len(value), "digest": hashlib.sha256(value.encode()).hexdigest()[:8]}


def secrets(*values: str) -> Check:
    evidence = {"fingerprints": [mark(value) for value in values]}
    return Check(name="secrets", outcome=CheckOutcome.FAILED, summary="", evidence=evidence)


def test_hides_every_place_in_a_text() -> None:
    marks = fingerprints(secrets(SECRET, OTHER))
    assert hide(f"{SECRET}|{OTHER}|{SECRET}{SECRET}", marks) == f"{HIDDEN}|{HIDDEN}|{HIDDEN}{HIDDEN}"
    assert hide("nothing to see", marks) == "nothing to see"
    assert hide("", marks) == ""


def test_hides_in_every_part_of_a_check() -> None:
    finding = Finding(
        file="a.py", line=1, cwe=None, severity=Severity.LOW, confidence=Confidence.LOW, rule="r", tool="t", why=SECRET
    )
    evidence = {"failing": [{"excerpt": f"E  {SECRET}\n", "n": 1}], SECRET: True, "none": None}
    check = Check(
        name="tests", outcome=CheckOutcome.FAILED, summary=f"x {SECRET}", findings=(finding,), evidence=evidence
    )
    clean = redacted(check, fingerprints(secrets(SECRET)))
    assert SECRET not in clean.model_dump_json()
    assert clean.evidence["failing"] == [{"excerpt": f"E  {HIDDEN}\n", "n": 1}]
    assert (clean.name, clean.outcome, clean.findings[0].file) == ("tests", CheckOutcome.FAILED, "a.py")


def test_without_fingerprints_nothing_changes() -> None:
    check = Check(name="tests", outcome=CheckOutcome.PASSED, summary="fine")
    assert redacted(check, fingerprints(check)) is check
