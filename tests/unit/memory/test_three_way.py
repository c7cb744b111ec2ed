"""Files merged three ways: who changed what is kept, and what both changed is shown."""

from __future__ import annotations

from memory.three_way import Merged, three_way

BASE = b"class A:\n    one: int\n    two: int\n    three: int\n    four: int\n    five: int\n"


def merged(ours: bytes | None, theirs: bytes | None, path: str = "a.py", base: bytes | None = BASE) -> Merged:
    def files(content: bytes | None) -> dict[str, bytes]:
        return {} if content is None else {path: content}

    return three_way(files(base), files(ours), files(theirs))


def test_one_side_only() -> None:
    assert merged(BASE, BASE + b"# more\n").write == {"a.py": BASE + b"# more\n"}
    assert merged(BASE + b"# mine\n", BASE) == Merged()
    assert merged(BASE, None).delete == {"a.py"}
    assert merged(None, BASE, base=None).write == {"a.py": BASE}
    assert merged(None, BASE) == Merged(), "people removed it, and the change does not touch it"


def test_different_places_of_one_file() -> None:
    ours, theirs = BASE.replace(b"one", b"uno"), BASE.replace(b"five", b"cinque")
    assert merged(ours, theirs).write["a.py"] == ours.replace(b"five", b"cinque")


def test_the_same_lines_are_a_conflict_with_its_hunk() -> None:
    found = merged(BASE.replace(b"two", b"mine"), BASE.replace(b"two", b"other"))
    [conflict] = found.conflicts
    assert conflict.path == "a.py"
    assert [word in conflict.hunks[0] for word in ("mine", "two", "other")] == [True, True, True]


def test_an_edited_file_that_goes_and_the_other_way_round() -> None:
    assert "the change removes it" in merged(BASE + b"x = 1\n", None).conflicts[0].why
    assert "people removed the file" in merged(None, BASE + b"x = 1\n").conflicts[0].why


def test_two_additions_of_statements_are_both_kept() -> None:
    field, method = b"    six: int\n", b"\n    def total(self) -> int:\n        return 1\n"
    found = merged(BASE + method, BASE + field)
    assert (found.conflicts, found.write["a.py"]) == ((), BASE + field + method)


def test_two_additions_of_the_same_name_or_of_half_a_statement_conflict() -> None:
    assert merged(BASE + b"    six: str\n", BASE + b"    six: int\n").conflicts
    assert merged(BASE + b"    six: int = (\n", BASE + b"    seven: int\n").conflicts
    assert merged(BASE + b"mine\n", BASE + b"other\n", path="a.md").conflicts


def test_what_is_no_text() -> None:
    assert merged(b"\0a", b"\0b", base=b"\0").conflicts[0].hunks == ()


def test_an_addition_beside_a_changed_line_is_kept() -> None:
    method = b"\n    def total(self) -> int:\n        return 1\n"
    found = merged(BASE + method, BASE.replace(b"five", b"cinque"))
    assert (found.conflicts, found.write["a.py"]) == ((), BASE.replace(b"five", b"cinque") + method)
    assert merged(BASE + b"    five_: int\n", BASE.replace(b"    five: int\n", b"")).conflicts == ()
    assert merged(BASE + b"    cinque: int\n", BASE.replace(b"five", b"cinque")).conflicts
