"""What the requests of a suite cost is measured in its own run: statements for each row, and what became slower."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.qa.performing import performance_check
from memory.records.manifest import Manifest
from memory.records.report import Check, CheckOutcome
from tools.profiler.environments import folder_environment
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.sandbox.environments import UvEnvironments
from tools.testing.pytest_runner import PytestRunner

APP = """
from fastapi import FastAPI
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload
from sqlalchemy.pool import StaticPool

app = FastAPI()
engine = create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship()


Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add_all(Book(author=Author(name=f"author {n}")) for n in range(8))
    session.commit()


@app.get("/books")
def books() -> list[str]:
    with Session(engine) as session:
        return [book.author.name for book in session.scalars(QUERY)]


@app.get("/total")
def total() -> int:
    return sum(n % 7 for n in range(LOOPS))
"""
PLAIN, TOGETHER = "select(Book)", "select(Book).options(selectinload(Book.author))"
TESTS = """
import pytest
from fastapi.testclient import TestClient

from app.main import app


@pytest.mark.parametrize("_", range(6))
def test_all(_: int) -> None:
    with TestClient(app) as client:
        assert len(client.get("/books").json()) == 8
        assert client.get("/total").status_code == 200
        assert client.get("/unknown").status_code == 404
"""
MANIFEST = Manifest(template="none", template_version="1", asgi="app.main:app", database_variable=None)


async def suite(folder: Path, python: Path, query: str, loops: int) -> Check:
    project, sandbox = folder / "project", BubblewrapSandbox()
    text = APP.replace("QUERY", query).replace("LOOPS", str(loops))
    for name, source in {"app/__init__.py": "", "app/main.py": text, "tests/test_app.py": TESTS}.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(source)
    environments = UvEnvironments(folder / "environments", sandbox)
    given = folder_environment(project, python.parent.parent)
    return await PytestRunner(sandbox, environments, given=given).run(project, MANIFEST)


@pytest.mark.slow
async def test_statements_for_each_row_are_found_at_the_line_that_asks_and_slower_operations_told(
    tmp_path: Path, app_python: Path
) -> None:
    good = await suite(tmp_path / "good", app_python, TOGETHER, 1000)
    bad = await suite(tmp_path / "bad", app_python, PLAIN, 300_000)
    assert {good.outcome, bad.outcome} == {CheckOutcome.PASSED}, good.summary
    before = performance_check([good])
    assert before is not None
    assert (before.findings, before.evidence["score"]) == ((), 1.0)

    after = performance_check([bad], [good])
    assert after is not None
    found = {finding.rule: finding for finding in after.findings}
    assert set(found) == {"n-plus-one", "more-statements", "slower-operation"}
    line = next(n for n, text in enumerate(APP.splitlines(), 1) if "book.author.name" in text)
    assert (found["n-plus-one"].file, found["n-plus-one"].line) == ("app/main.py", line)
    assert "8 statements for one answer" in found["n-plus-one"].why
    assert "tests/test_app.py::test_all" in found["n-plus-one"].why
    assert "9 statements, 2 before" in found["more-statements"].why
    assert "GET /total" in [words.partition(":")[0] for words in after.evidence["slower"]]
    assert 0.5 < after.evidence["score"] < 0.7

    back = performance_check([good], [bad])
    assert back is not None
    assert "GET /total" in [words.partition(":")[0] for words in back.evidence["faster"]]
    assert back.findings == ()
