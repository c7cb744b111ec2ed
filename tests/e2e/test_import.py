"""A folder with code is imported, looked through for a change, and exported again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import LiveServer

pytestmark = pytest.mark.slow
FILES = {
    "pyproject.toml": '[project]\nname = "fares"\nversion = "0.3"\n',
    "fares/__init__.py": "from fares.prices import price\n",
    "fares/prices.py": "def price(km: float) -> float:\n    return 2 + km * 0.5\n",
    "tests/test_prices.py": "from fares import price\n\ndef test_price():\n    assert price(2) == 3\n\n"
    "def test_discount():\n    assert price(100) < 40\n",
    ".env": "TOKEN=not-to-be-taken\n",
}


def test_the_code_its_baseline_and_its_index(live_server: LiveServer, tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / "fares" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = live_server.cli("import", str(tmp_path / "fares"), "--json")
    assert done.returncode == 0, done.stderr
    assert ".env" in done.stderr
    project = json.loads(done.stdout)["project_id"]
    found = live_server.http.get(f"/api/projects/{project}/import").json()
    outcomes = {name.rpartition("::")[2]: how for name, how in found["baseline"]["tests"].items()}
    assert outcomes == {"test_price": "passed", "test_discount": "failed"}
    assert (found["stack"]["kind"], found["stack"]["name"]) == ("python", "fares")
    answer = live_server.http.post(f"/api/projects/{project}/impact", json={"request": "a discount on the price"})
    assert answer.json()["files"][0]["path"] == "fares/prices.py"
    assert "tests/test_prices.py" in json.dumps(answer.json()["tests"])
    assert live_server.cli("export", project, str(tmp_path / "out")).returncode == 0
    tracked = subprocess.check_output(["git", "-C", tmp_path / "out", "ls-files"], text=True).splitlines()
    assert tracked == sorted(set(FILES) - {".env"})
