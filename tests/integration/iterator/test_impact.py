"""Impact through PostgreSQL: on a repository, on a folder, by command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from memory.database import Pool, make_pool
from memory.records.impact import accuracy
from memory.repositories.code_index import CodeIndexes
from memory.settings import Settings
from tools.iterator import index as index_module
from tools.iterator.analyser import LexicalImpact
from tools.iterator.index import Index
from tools.iterator.interface import IteratorError
from tools.iterator.sources import FolderSource, GitSource

FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": "from shop.prices import price_of\n\nclass Cart:\n    def total(self): return price_of(1)\n",
    "shop/prices.py": '"""Prices, with tax."""\n\n\ndef price_of(item):\n    return item * 1.19\n',
    "shop/mail.py": "def send_receipt(address):\n    ...\n",
    "web/cart.ts": "import { api } from './api'\nexport const showTotal = () => api.get('/total')\n",
    "web/api.ts": "export const api = { get: (path: string) => fetch(path) }\n",
    "tests/test_prices.py": "from shop.prices import price_of\n\n\ndef test_tax():\n    assert price_of(100) == 119\n",
    "README.md": "# Shop\n",
}


def git(folder: Path, *words: str) -> str:
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **who}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str, files: dict[str, str]) -> str:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    git(folder, "init", "-q")
    commit(folder, "Begin the shop", FILES)
    commit(folder, "Round the tax to cents", {"shop/prices.py": FILES["shop/prices.py"].replace("1.19", "1.190")})
    return folder


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    async with make_pool(settings.database_url or "") as pool:
        yield pool


async def test_files_symbols_reasons_tests_and_dependants(shop: Path, pool: Pool) -> None:
    analyser = LexicalImpact(Index(CodeIndexes(pool)))
    impact = await analyser.analyse(GitSource(shop / ".git", "HEAD", "p1"), "Lower the tax of `price_of` for books")
    best = impact.files[0]
    assert best.path == "shop/prices.py"
    assert [symbol.name for symbol in best.symbols] == ["price_of"]
    assert {reason.kind for reason in best.reasons} >= {"symbol", "words", "history"}
    assert impact.tests[0] == "tests/test_prices.py"
    assert sum(file.score for file in impact.files) == pytest.approx(1, abs=0.01)
    assert "shop/prices.py" in impact.expected()
    assert impact.commit == git(shop, "rev-parse", "HEAD")
    assert accuracy(("a", "b"), ("a",)).precision == 0.5


async def test_a_script_is_found_by_its_words(shop: Path, pool: Pool) -> None:
    analyser = LexicalImpact(Index(CodeIndexes(pool)))
    impact = await analyser.analyse(FolderSource(shop), "Show the total of the cart in the web page")
    assert impact.files[0].path == "web/cart.ts"


async def test_only_what_changed_is_parsed_again(shop: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    plain = index_module.parse
    monkeypatch.setattr(index_module, "parse", lambda language, text: parsed.append(text) or plain(language, text))
    store = CodeIndexes(pool)
    index = Index(store)
    await index.at(GitSource(shop / ".git", "HEAD", "p1"))
    assert len(parsed) == 7
    changed = commit(shop, "Greet in the receipt", {"shop/mail.py": "def send_receipt(address):\n    return 'Hello'\n"})
    git(shop, "rm", "-q", "web/api.ts")
    commit(shop, "Without the API", {})
    for ready in (index, Index(store)):
        code = await ready.at(GitSource(shop / ".git", "HEAD", "p1"))
        assert "web/api.ts" not in code.files
        assert [change.message for change in code.changes][:2] == ["Without the API", "Greet in the receipt"]
        assert code.changes[1].commit == changed
    assert len(parsed) == 8
    assert (await index.at(GitSource(shop / ".git", "HEAD", "other"))).files.keys() == code.files.keys()
    assert len(parsed) == 8, "facts are known by blob"


async def test_a_history_that_was_written_anew_is_read_anew(shop: Path, pool: Pool) -> None:
    index = Index(CodeIndexes(pool))
    await index.at(GitSource(shop / ".git", "HEAD", "p1"))
    git(shop, "commit", "-q", "--amend", "-m", "Another past")
    code = await index.at(GitSource(shop / ".git", "HEAD", "p1"))
    assert [change.message for change in code.changes] == ["Another past", "Begin the shop"]


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IteratorError, match="is no folder"):
        FolderSource(tmp_path / "nowhere")


def test_the_command_line_on_a_folder_without_git(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    asked, out = tmp_path / "in.json", tmp_path / "out.json"
    asked.write_text(json.dumps([{"id": 7, "text": "send receipt by mail"}, {"id": "b", "text": "tax in prices"}]))
    env = {**os.environ, "SOFTWRIGHT_HOME": str(settings.home), "DATABASE_URL": settings.database_url or ""}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "server.cli", "impact", *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)

    done = run("--path", str(folder), "--requests", str(asked), "--out", str(out))
    assert done.returncode == 0, done.stderr
    answer = json.loads(out.read_text())
    assert [(r["id"], r["files"][0]) for r in answer["results"]] == [(7, "shop/mail.py"), ("b", "shop/prices.py")]
    assert answer["results"][0]["functions"][0] == "shop/mail.py::send_receipt"
    assert answer["index_seconds"] >= 0

    shown = run("--path", str(folder), "tax in prices")
    assert shown.returncode == 0, shown.stderr
    assert "shop/prices.py" in shown.stdout
    assert "risk:" in shown.stdout
    asked.write_text("[{}]")
    wrong = run("--path", str(folder), "--requests", str(asked), "--out", str(out))
    assert wrong.returncode == 2
    assert "is to hold a list" in wrong.stderr
