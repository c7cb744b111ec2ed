"""Which changes of the database a version that runs can live with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.deploy.migrations import Compared, compared, plan

MODEL = """
class Note(Base):
    __tablename__ = "notes"
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str | None] = mapped_column(Text)
"""
BREAKING = {
    "drop a used column": ('op.drop_column("notes", "title")', "drops the column notes.title"),
    "drop it in a batch": (
        'with op.batch_alter_table("notes") as batch:\n        batch.drop_column("title")',
        "drops the column notes.title",
    ),
    "drop a used table": ('op.drop_table("notes")', "drops the table notes"),
    "rename a table": ('op.rename_table("notes", "entries")', "renames the table notes"),
    "rename a column": ('op.alter_column("notes", "title", new_column_name="name")', "renames the column notes.title"),
    "retype": ('op.alter_column("notes", "title", type_=sa.Integer())', "changes the type of the column notes.title"),
    "required without default": (
        'op.add_column("notes", sa.Column("owner", sa.Integer(), nullable=False))',
        "adds without a default the required column notes.owner",
    ),
    "make required": ('op.alter_column("notes", "body", nullable=False)', "makes required the column notes.body"),
    "unique": ('op.create_unique_constraint("u", "notes", ["title"])', "adds a constraint to the table notes"),
    "unique index": ('op.create_index("i", "notes", ["title"], unique=True)', "adds a constraint to the table notes"),
    "in a helper": ("helper()\n\ndef helper():\n    op.drop_table('notes')", "drops the table notes"),
    "sql drop": ('op.execute("ALTER TABLE notes DROP COLUMN title")', "drops the column notes.title"),
    "sql rename": ('op.execute(sa.text("alter table notes rename title to name"))', "renames the column notes.title"),
    "sql after another": ('op.execute("UPDATE notes SET body = 1; DROP TABLE notes")', "drops the table notes"),
    "sql computed": ('op.execute(f"ALTER TABLE {name}")', "cannot be judged: execute of a computed statement"),
    "sql unknown": ('op.execute("VACUUM FULL")', "cannot be judged: VACUUM FULL"),
    "unknown operation": ('op.run_async(main)', "cannot be judged: op.run_async"),
}  # fmt: skip
LIVING = {
    "nothing": "pass",
    "a new table": 'op.create_table("tags", sa.Column("id", sa.Integer(), nullable=False))',
    "a table of the same release is changed": (
        'op.create_table("tags", sa.Column("id", sa.Integer()))\n    op.create_unique_constraint("u", "tags", ["id"])'
    ),
    "an optional column": 'op.add_column("notes", sa.Column("owner", sa.Integer(), nullable=True))',
    "a filled column": (
        'op.add_column("notes", sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.false()))'
    ),
    "an index": 'op.create_index("i", "notes", ["title"])',
    "a column that nobody uses": 'op.drop_column("notes", "legacy")',
    "a table that nobody uses": 'op.drop_table("old_stuff")',
    "required where it is always written": 'op.alter_column("notes", "title", nullable=False)',
    "rows": 'op.execute("UPDATE notes SET body = title")',
    "rows by table": "op.execute(notes.update().values(body='x'))",
    "rows by connection": 'op.get_bind().execute(sa.text("INSERT INTO notes (title) SELECT body FROM notes"))',
}


def trees(tmp_path: Path, upgrade: str, model: str = MODEL) -> Compared:
    for name in ("old", "new"):
        (tmp_path / name / "app").mkdir(parents=True)
        (tmp_path / name / "app" / "models.py").write_text(model)
        versions = tmp_path / name / "migrations" / "versions"
        versions.mkdir(parents=True)
        (versions / "0001_first.py").write_text('revision = "0001"\ndef upgrade():\n    op.drop_table("gone")\n')
    body = f'revision: str = "0002"\ndef upgrade():\n    {upgrade}\n\ndef downgrade():\n    op.drop_table("notes")\n'
    (tmp_path / "new" / "migrations" / "versions" / "0002_second.py").write_text(body)
    return compared(tmp_path / "old", tmp_path / "new")


@pytest.mark.parametrize("kind", BREAKING)
def test_what_breaks_the_running_version_is_named(tmp_path: Path, kind: str) -> None:
    upgrade, words = BREAKING[kind]
    found = trees(tmp_path, upgrade)
    assert found.new == ("0002",)
    assert [words in str(breaking) for breaking in found.breaking] == [True], found.breaking
    assert "Step 1: " in plan(found)
    assert "Step 2: " in plan(found)


@pytest.mark.parametrize("kind", LIVING)
def test_what_it_can_live_with_is_let_through(tmp_path: Path, kind: str) -> None:
    found = trees(tmp_path, LIVING[kind])
    assert (found.new, found.breaking) == (("0002",), ())


def test_a_contraction_is_allowed_once_nobody_uses_the_column(tmp_path: Path) -> None:
    drop = 'op.drop_column("notes", "title")'
    assert trees(tmp_path / "used", drop).breaking
    assert not trees(
        tmp_path / "unused", drop, MODEL.replace("    title: Mapped[str] = mapped_column(String(80))\n", "")
    ).breaking


def test_a_column_of_a_mixin_is_in_use(tmp_path: Path) -> None:
    model = "class Named:\n    title: Mapped[str]\nclass Note(Named, Base):\n    __tablename__ = 'notes'\n"
    assert trees(tmp_path, 'op.drop_column("notes", "title")', model).breaking


def test_without_a_new_revision_nothing_is_judged(tmp_path: Path) -> None:
    trees(tmp_path, "pass")
    same = compared(tmp_path / "new", tmp_path / "new")
    assert (same.migrates, same.breaking) == (False, ())
