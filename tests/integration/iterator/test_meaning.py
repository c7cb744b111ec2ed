"""Vectors of an embedding endpoint over HTTP, kept in pgvector by blob; without its answer words rank alone."""

from __future__ import annotations

import base64
import json
import struct
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from memory.database import Pool, make_pool
from memory.repositories.code_index import CodeIndexes
from memory.repositories.code_vectors import CodeVectors
from memory.settings import Settings
from tools.iterator import meaning as meaning_module
from tools.iterator.analyser import LexicalImpact
from tools.iterator.index import Index
from tools.iterator.meaning import make_meaning, pieces_of
from tools.iterator.sources import FolderSource

TOPICS = (("price", "tax", "money", "levy"), ("mail", "send", "letter"), ("cart", "item"))
FILES = {
    "shop/prices.py": '"""Prices, with tax."""\n\n\ndef price_of(item):\n    return item * 1.19\n',
    "shop/mail.py": "def send_receipt(address):\n    ...\n",
    "shop/cart.py": "def total(items):\n    return sum(items)\n",
    "tests/test_mail.py": "def test_mail():\n    assert True\n",
}


class Endpoint(ThreadingHTTPServer):
    """Vectors that count the words of topics, in OpenAI's form."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.texts: list[str] = []
        self.broken = False
        self.asked = 0


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        self.server.texts += asked["input"]
        data = [{"object": "embedding", "index": n, "embedding": _vector(t)} for n, t in enumerate(asked["input"])]
        body = json.dumps(
            {"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )
        self.send_response(400 if self.server.broken else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *words: object) -> None:
        """Quiet."""


def _vector(text: str) -> str:
    counts = [float(sum(text.lower().count(word) for word in words)) for words in TOPICS]
    return base64.b64encode(struct.pack("<4f", *counts, 0.1)).decode()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    async with make_pool(settings.database_url or "") as pool:
        yield pool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / "code" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "code" / path).write_text(text)
    return tmp_path / "code"


async def test_vectors_find_what_words_do_not_and_fail_softly(
    settings: Settings, folder: Path, pool: Pool, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make_meaning(settings, CodeVectors(pool)) is None
    source, plain = FolderSource(folder), LexicalImpact(Index(CodeIndexes(pool)))
    url = f"http://127.0.0.1:{endpoint.server_port}/v1"
    own = settings.model_copy(update={"embedding_model": "m", "embedding_base_url": url})
    meaning = make_meaning(own, CodeVectors(pool))
    analyser = LexicalImpact(Index(CodeIndexes(pool)), meaning)
    assert (await plain.analyse(source, "a levy")).files == ()

    found = await analyser.analyse(source, "a levy")
    assert found.files[0].path == "shop/prices.py"
    assert found.lacking == ""
    assert len(endpoint.texts) == 4, "three sources and the request; tests are not embedded"
    assert endpoint.texts[0].startswith("shop/")

    endpoint.texts.clear()
    (folder / "shop/mail.py").write_text("def send_letter(address):\n    ...\n")
    await analyser.analyse(source, "a levy")
    assert [text.split("\n")[0] for text in endpoint.texts] == ["shop/mail.py", "a levy"]

    endpoint.broken = True
    words = "price of items in the cart"
    broken = await analyser.analyse(source, words)
    assert "the embedding endpoint failed (BadRequestError)" in broken.lacking
    assert broken.files == (await plain.analyse(source, words)).files
    asked = endpoint.asked
    assert (await analyser.analyse(source, words)).lacking
    assert endpoint.asked == asked, "an endpoint that failed rests"
    endpoint.broken = False
    monkeypatch.setattr(meaning_module.time, "monotonic", lambda: 1e9)
    assert (await analyser.analyse(source, words)).lacking == ""


def test_pieces_of_a_file() -> None:
    assert list(pieces_of("a.py", "")) == ["a.py\n"]
    long = "\n".join(f"line {number}" for number in range(100))
    first, second, third = pieces_of("a.py", long)
    assert first.startswith("a.py\nline 0\n")
    assert second.startswith("a.py\nline 40\n")
    assert third.endswith("line 99")
    assert all(len(piece) <= 1700 for piece in pieces_of("a.py", "x" * 10_000))
