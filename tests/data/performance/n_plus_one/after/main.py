"""Authors and their books, read at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from fastapi import FastAPI

DATABASE = Path("library.db")


@contextmanager
def connected() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(DATABASE)
    try:
        yield connection
    finally:
        connection.close()


@asynccontextmanager
async def lifespan(_app: FastAPI):
    with connected() as db, db:
        db.execute("CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)")
        db.execute("CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT)")
        db.execute("CREATE INDEX books_by_author ON books (author_id)")
        db.executemany("INSERT INTO authors VALUES (?, ?)", [(n, f"Author {n}") for n in range(600)])
        db.executemany("INSERT INTO books VALUES (?, ?, ?)", [(n, n % 600, f"Book {n}") for n in range(2400)])
    yield


app = FastAPI(lifespan=lifespan)


def books_of(db: sqlite3.Connection, author_id: int) -> list[str]:
    rows = db.execute("SELECT title FROM books WHERE author_id = ?", (author_id,))
    return [title for (title,) in rows]


@app.get("/authors")
def authors() -> list[dict]:
    with connected() as db:
        found = db.execute("SELECT id, name FROM authors ORDER BY id").fetchall()
        books: dict[int, list[str]] = {key: [] for key, _ in found}
        for key, title in db.execute("SELECT author_id, title FROM books").fetchall():
            books[key].append(title)
        return [{"id": key, "name": name, "books": books[key]} for key, name in found]


@app.get("/authors/{author_id}")
def author(author_id: int) -> dict:
    with connected() as db:
        return {"id": author_id, "books": books_of(db, author_id)}
