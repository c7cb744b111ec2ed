"""Which notes a planner is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from agents.pm.remembering import TOKENS, remembered
from memory.records.context import Note, NoteKind

START = datetime(2026, 1, 1, tzinfo=UTC)


def note(kind: NoteKind, text: str, day: int = 0) -> Note:
    return Note(kind=kind, text=text, run_id=f"run-{day}", at=START + timedelta(days=day))


REQUESTS = [note(NoteKind.REQUEST, f"add field number {n} to books (done)", n) for n in range(40, 0, -1)]
FINES = note(NoteKind.REQUEST, "Loans longer than 14 days cost a fine (done)")
EUROS = note(NoteKind.CONVENTION, "Money is in euros, with two digits.")
CAP = note(NoteKind.DECISION, "A fine is at most 10.00 (said to a plan for: fines)")


def test_what_shares_rare_words_with_the_request_comes_first_and_conventions_come_always() -> None:
    lines = remembered([*REQUESTS, FINES, EUROS, CAP], "Fines are doubled on Sundays").splitlines()
    assert lines[:3] == [
        f"decided: {CAP.text}",
        f"asked before: {FINES.text}",
        f"here: {EUROS.text}",
    ]
    assert not any("number" in line for line in lines)


def test_it_stays_within_its_tokens_and_shortens_what_is_long() -> None:
    long = note(NoteKind.CONVENTION, "fine " * 500)
    text = remembered([long, *REQUESTS, EUROS], "books and fines")
    assert len(text.encode()) <= TOKENS * 4
    assert max(map(len, text.splitlines())) < 320
    assert remembered([], "books") == ""


def test_the_same_words_are_one_note_and_a_request_is_its_runs() -> None:
    assert EUROS.key == note(NoteKind.CONVENTION, "money is in euros,  with two digits.", 9).key
    assert note(NoteKind.REQUEST, "the same", 1).key != note(NoteKind.REQUEST, "the same", 2).key
