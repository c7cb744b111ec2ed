"""The place of a migration behind others, and which way leads from one commit's tables to another's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.pm.changes.reader import read_change
from agents.pm.reader.reader import read_request
from graph.steps.tables import TablesApart, move_between
from memory.code import CodeStore
from memory.records.change import Renames
from memory.records.serving import SchemaMove
from memory.records.spec import FieldSpec, FieldType
from tools.scaffold.interface import ScaffoldError
from tools.scaffold.schema.migration import FOLDER, SchemaChange, head_of, migration_file, schema_change

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPEC = read_request("Tasks with title and due date").spec


def version(revision: str, down: object) -> str:
    return f"revision: str = {revision!r}\ndown_revision = {down!r}\n"


def change(request: str) -> SchemaChange:
    reading = read_change(request, SPEC)
    found = schema_change(SPEC, reading.after, reading.change.renames)
    assert found is not None
    return found


def test_the_last_of_one_line() -> None:
    assert head_of({}) == (None, frozenset())
    line = {"a.py": version("1", None), "b.py": version("2", "1"), "c.py": version("3", ("2",))}
    assert head_of(line) == ("3", {"1", "2", "3"})
    with pytest.raises(ScaffoldError, match="2 last revisions"):
        head_of({**line, "d.py": version("4", "1")})
    with pytest.raises(ScaffoldError, match="cannot be read"):
        head_of({"a.py": "def ("})


def test_a_migration_stands_behind_the_last_one_under_a_revision_of_its_own() -> None:
    before = {"0001_initial.py": version("0001", None)}
    path, source = migration_file(change("add a note"), 'A "note"', before)
    assert path == f"{FOLDER}/0002_a_note.py"
    head, _ = head_of({**before, "0002_a_note.py": source})
    assert head is not None
    assert head.startswith("0002")
    other, _ = head_of({**before, "x.py": migration_file(change("add a remark"), "Other", before)[1]})
    assert other != head, "one that was taken back is not taken for the next of its number"
    assert migration_file(change("add a note"), "Other words", before)[1].split("\n", 1)[1] == source.split("\n", 1)[1]


def test_what_does_not_touch_the_tables_has_no_migration() -> None:
    reading = read_change("add search by title; 20 per page", SPEC)
    assert schema_change(SPEC, reading.after, reading.change.renames) is None


def test_strange_words_in_choices_and_defaults_are_only_words() -> None:
    mood = FieldSpec(
        name="mood",
        type=FieldType.ENUM,
        label="mood",
        choices=("it's", "100%d", "a :b", "🙂"),
        default="it's",
        required=True,
    )
    [task] = SPEC.resources
    after = SPEC.model_copy(update={"resources": (task.model_copy(update={"fields": (*task.fields, mood)}),)})
    found = schema_change(SPEC, after, Renames())
    assert found is not None
    _, source = migration_file(found, 'Mood """ \\', {})
    compile(source, "migration", "exec")
    assert "'it''s'" in source
    narrower = after.model_copy(update={"resources": (task.model_copy(update={
        "fields": (*task.fields, mood.model_copy(update={"choices": ("it's", "a :b")}))
    }),)})  # fmt: skip
    stricter = schema_change(after, narrower, Renames())
    assert stricter is not None
    assert "'a \\\\:b'" in migration_file(stricter, "Narrower", {})[1], "no parameter of a query"


def test_the_way_between_two_commits(tmp_path: Path) -> None:
    code = CodeStore(tmp_path / "repositories")
    code.create("p")

    def commit(name: str, *versions: tuple[str, object]) -> str:
        folder = tmp_path / name / FOLDER
        folder.mkdir(parents=True)
        for revision, down in versions:
            (folder / f"{revision}.py").write_text(version(revision, down))
        return code.commit("p", tmp_path / name, name, NOW)

    one, two = commit("one", ("1", None)), commit("two", ("1", None), ("2", "1"))
    other, none = commit("other", ("1", None), ("2x", "1")), commit("none")
    assert move_between(code, "p", one, two) == SchemaMove("1", "2", back=False)
    assert move_between(code, "p", two, one) == SchemaMove("2", "1", back=True)
    assert move_between(code, "p", two, two) is None
    assert move_between(code, "p", none, one) is None
    with pytest.raises(TablesApart, match="neither leads to the other"):
        move_between(code, "p", two, other)
