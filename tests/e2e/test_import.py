"""A folder with code is imported, looked through for a change, and exported again."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import LiveServer
from tests.e2e.crash_server import eventually

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


def test_what_it_had_before_closes_no_gate_unless_its_policy_says_so(live_server: LiveServer, tmp_path: Path) -> None:
    weak = {"marks.py": "import hashlib\n\n\ndef mark(data):\n    return hashlib.md5(data).hexdigest()\n"}
    strict = weak | {"softwright.toml": '[gate]\nscope = "all"\n'}
    outcomes = {}
    for name, files in {"lenient": weak, "strict": strict}.items():
        for path, text in files.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text)
        done = live_server.cli("import", str(tmp_path / name), "--json")
        assert done.returncode == 0, done.stderr
        project = json.loads(done.stdout)["project_id"]
        run = live_server.http.post(f"/api/projects/{project}/security").json()["run"]["id"]
        ended = eventually(partial(over, live_server, run), "the end of the run")
        report = live_server.http.get(f"/api/projects/{project}/security").json()
        (found,) = [f for f in report["findings"] if f["rule"] == "weak-hash"]
        assert (found["file"], found["line"]) == ("marks.py", 5)
        outcomes[name] = (ended["status"], ended["error"] or "", report["checks"][0])
    assert outcomes["lenient"][0] == "succeeded"
    assert outcomes["lenient"][2]["summary"].endswith("1 were there before")
    assert outcomes["strict"][0] == "failed"
    assert "the gate is closed: vulnerabilities: 1 findings" in outcomes["strict"][1]


def over(server: LiveServer, run: str) -> dict[str, Any] | None:
    found: dict[str, Any] = server.http.get(f"/api/runs/{run}").json()
    return found if found["ended_at"] else None
