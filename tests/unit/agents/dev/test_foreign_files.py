"""What Dev is shown of a project that nobody here made."""

from __future__ import annotations

from agents.dev.foreign_files import BEGINNING, WHOLE, outline, shown, tree

LONG = "".join(f"def part_{n}(value):\n    return value + {n}\n\n\n" for n in range(600))


def test_short_files_are_whole_and_long_ones_an_outline_with_numbers() -> None:
    files = {"a.py": "A = 1\n", "long.py": LONG, "CHANGES.md": "# 2\n" + "word\n" * 2000, "empty.py": ""}
    found = dict(shown(files, ["long.py", "gone.py", "a.py", "empty.py", "CHANGES.md", "a.py"], "change part_7"))
    assert list(found) == ["long.py", "a.py", "CHANGES.md"]
    assert found["a.py"] == "A = 1\n"
    assert "29\tdef part_7(value):\n30\t    return value + 7" in found["long.py"], "what is named is shown"
    assert "def part_3(value):\n14" not in found["long.py"]
    assert len(found["long.py"]) <= WHOLE
    assert found["CHANGES.md"].endswith("(2001 lines)")
    assert len(found["CHANGES.md"]) < BEGINNING + 30


def test_the_outline_of_javascript() -> None:
    text = "export async function load(path) {\n}\nclass Cart {\n}\nexport default function () {}\n"
    assert outline(text, "").splitlines()[1:] == ["1\texport async function load(path) {", "3\tclass Cart {"]


def test_all_together_stay_within_the_limit() -> None:
    files = {f"{n}.py": "x = 1\n" * 1000 for n in range(9)}
    found = shown(files, list(files), "")
    assert len(found) >= 4
    assert sum(len(text) for _, text in found) <= 24_000


def test_the_tree_names_what_is_edited_by_hand() -> None:
    files = dict.fromkeys(["src/a.py", "src/b.py", ".github/x.yml", "poetry.lock", "README.md"], "x")
    assert tree(files) == "./: README.md\nsrc/: a.py b.py"
