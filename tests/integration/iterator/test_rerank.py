"""A model puts the likely files in order, over HTTP and by command line; without an answer the order stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from memory.settings import Settings
from tests.fake_model.fake_model import FakeModel, serve

FILES = {
    "shop/cart.py": '"""The cart."""\n\n\ndef total(items):\n    return sum(item.price for item in items)\n',
    "shop/prices.py": '"""Prices, with tax."""\n\n\ndef price_of(item):\n    return item * 1.19\n',
    "shop/mail.py": "def send_receipt(address):\n    ...\n",
}
TEXT = "tax in prices of the cart"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in FILES.items():
        (tmp_path / "plain" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "plain" / path).write_text(text)
    return tmp_path / "plain"


def run(settings: Settings, model: FakeModel | None, *words: str) -> subprocess.CompletedProcess[str]:
    own = {"SOFTWRIGHT_HOME": str(settings.home), "DATABASE_URL": settings.database_url or "", "SOFTWRIGHT_MODEL": ""}
    if model is not None:
        own |= {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "k", "SOFTWRIGHT_MODEL": "m"}
    argv = [sys.executable, "-m", "server.cli", "impact", *words]
    return subprocess.run(argv, env={**os.environ, **own}, capture_output=True, text=True, timeout=60, check=False)


def test_the_order_of_the_model_and_of_none(settings: Settings, folder: Path, tmp_path: Path) -> None:
    plain = json.loads(run(settings, None, "--path", str(folder), TEXT, "--json").stdout)
    paths = [file["path"] for file in plain["files"]]
    assert paths[0] == "shop/prices.py"
    asked, out = tmp_path / "in.json", tmp_path / "out.json"
    asked.write_text(json.dumps([{"id": 1, "text": TEXT}, {"id": 2, "text": TEXT}]))
    with serve(FakeModel()) as model:
        model.says("2 is it.", '{"why": "it adds up", "order": [2]}', '{"order": [99]}', '{"order": []}')
        done = run(settings, model, "--path", str(folder), "--rerank", "--requests", str(asked), "--out", str(out))
        prompt = model.requests[0]["messages"][-1]["content"]
    assert done.returncode == 0, done.stderr
    ranked, same = json.loads(out.read_text())["results"]
    assert ranked["files"] == [paths[1], paths[0], *paths[2:]]
    assert same["files"] == paths
    assert "`order` has to name files by their numbers" in done.stderr
    assert TEXT in prompt
    assert "says: Prices, with tax." in prompt
    assert "defines: price_of" in prompt
    assert "def total(items):" not in prompt.partition("shop/cart.py")[0]
    refused = run(settings, None, "--rerank", "p1", TEXT)
    assert refused.returncode == 2
    assert "--rerank goes with --path" in refused.stderr
