from __future__ import annotations

import pytest

from tools.iterator.facts import from_document, to_document
from tools.iterator.imports import Modules
from tools.iterator.parsing import parse
from tools.iterator.roles import Role, language_of, role_of

PYTHON = b'''
import os
from .models import Todo, (User)
from app.db import session as s

@router.get("/todos/{id}")
async def read(id: int) -> Todo:
    def inner(): ...
    return s.get(id)

class Store(Base):
    """Holds things."""
    limit = 3

    def get(self): return self.limit

if True:
    def late(): ...
'''
SCRIPT = b"""
import { a } from './store'
const b = require("../lib/util")
export default class Cart extends Base { total(items: Item[]) { return 1 } clear = () => {} }
export const handler = async (request: Request) => { const local = () => 1; return local() }
export interface Item { price: number }
router.post('/carts', handler)
"""


def test_python() -> None:
    facts = parse("python", PYTHON)
    assert [(s.name, s.kind) for s in facts.symbols] == [
        ("read", "function"), ("Store", "class"), ("Store.get", "function"), ("late", "function"),
    ]  # fmt: skip
    read, store, get, _ = facts.symbols
    assert PYTHON.decode().split("\n")[read.start - 1].startswith("@router")
    assert "hold" in store.words
    assert "get" not in store.words
    assert facts.routes == (("GET /todos/{id}", "read"),)
    assert set(facts.imports) == {"os", ".models:Todo", ".models:User", "app.db:session"}
    assert get.start == get.end


def test_typescript() -> None:
    facts = parse("typescript", SCRIPT)
    assert [s.name for s in facts.symbols] == ["b", "Cart", "Cart.total", "Cart.clear", "handler", "Item"]
    assert facts.imports == ("./store", "../lib/util")
    assert ("POST /carts", "") in facts.routes


@pytest.mark.parametrize("content", [b"", b"\x00\xff def f(:", b"class", b"\n" * 50, "def größe(): ü".encode()])
@pytest.mark.parametrize("language", ["python", "javascript", "typescript", "tsx"])
def test_anything_is_parsed(language: str, content: bytes) -> None:
    facts = parse(language, content)
    assert from_document(to_document(facts)) == facts


def test_imports_find_their_files() -> None:
    modules = Modules(["src/app/models.py", "src/app/db/__init__.py", "src/app/db/session.py", "src/app/api.py",
                       "web/store/index.ts", "web/cart.ts"])  # fmt: skip
    assert modules.imported("src/app/api.py", [".models:Todo", "app.db:session", "os"]) == {
        "src/app/models.py",
        "src/app/db/session.py",
    }
    assert modules.imported("web/cart.ts", ["./store", "react"]) == {"web/store/index.ts"}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/cache.py", Role.SOURCE),
        ("tests/test_cache.py", Role.TEST),
        ("src/cart.spec.ts", Role.TEST),
        ("docs/conf.py", Role.OTHER),
        ("tools/cache.py", Role.SOURCE),
    ],
)
def test_roles(path: str, role: Role) -> None:
    assert role_of(path) is role
    assert language_of(path) is not None
    assert language_of("README.md") is None
