"""Orders of a customer, found by an index."""

import sqlite3
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

DATABASE = Path("orders.db")
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600000)
INSERT INTO orders SELECT i, 'customer-' || (i % 20000), i % 500 FROM n
"""


@asynccontextmanager
async def lifespan(_app: FastAPI):
    with sqlite3.connect(DATABASE) as db:
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total INTEGER)")
        db.execute(FILL)
        db.execute("CREATE INDEX orders_by_customer ON orders (customer, total)")
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/customers/{number}/orders")
def orders(number: int) -> list[dict]:
    db = sqlite3.connect(DATABASE)
    try:
        rows = db.execute(
            "SELECT id, total FROM orders WHERE customer = ? ORDER BY total DESC", (f"customer-{number}",)
        ).fetchall()
    finally:
        db.close()
    return [{"id": key, "total": total} for key, total in rows]


@app.get("/newest")
def newest() -> dict:
    db = sqlite3.connect(DATABASE)
    try:
        return {"id": db.execute("SELECT max(id) FROM orders").fetchone()[0]}
    finally:
        db.close()
