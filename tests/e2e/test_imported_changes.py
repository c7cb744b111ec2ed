"""Projects that people wrote are imported, changed by a model, proven by their own tests, and turned back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.conftest import NewHome
from tests.e2e.crash_server import Server, kill, tree
from tests.e2e.modified_project import Imported, PatientGate, ended
from tests.e2e.thinking_model import ThinkingModel, calls
from tests.fake_model.fake_model import Act, serve
from tests.fake_model.tape import Asked, load
from tests.integration.sandbox.npm_registry import npm_registry

pytestmark = pytest.mark.slow
FINISH = ("finish", {"summary": "Done."})
FARES = {
    "pyproject.toml": '[project]\nname = "fares"\nversion = "0.3"\n',
    "src/fares/__init__.py": "from fares.prices import price\n",
    "src/fares/prices.py": "def price(km: float) -> float:\n    return 2 + km * 0.5\n",
    "tests/test_prices.py": "from fares import price\n\n\ndef test_price():\n    assert price(2) == 3\n\n\n"
    "def test_free_is_nothing():\n    assert price(0) == 2\n\n\ndef test_of_old():\n    assert price(1) == 0\n",
}
NIGHT = "def price(km: float, night: bool = False) -> float:\n    return (2 + km * 0.5) * (1.2 if night else 1)\n"
SHOP = {
    "package.json": json.dumps(
        {
            "name": "shop",
            "version": "1.0.0",
            "type": "module",
            "scripts": {"test": "node --import plain-hook --test"},
            "dependencies": {"cents-of": "^1.0.0"},
            "devDependencies": {"plain-hook": "^1.0.0"},
        }
    ),
    "src/total.ts": "export function total(prices: number[]): number {\n"
    "  return prices.reduce((sum, price) => sum + price, 0);\n}\n",
    "test/total.test.ts": 'import { describe, test } from "node:test";\nimport assert from "node:assert";\n'
    'import { total } from "../src/total.ts";\n\ndescribe("total", () => {\n'
    '  test("adds [1, 2]", () => assert.equal(total([1, 2]), 3));\n'
    '  test("is not rounded", () => assert.notEqual(total([0.1, 0.2]), 0.3));\n});\n',
}


RATES = {
    "pyproject.toml": '[project]\nname = "rates"\nversion = "1"\ndependencies = ["starlette"]\n',
    "rates/__init__.py": "",
    "rates/sums.py": "def gross(net: float) -> float:\n    return net * 1.2\n",
    "rates/main.py": "from starlette.applications import Starlette\n"
    "from starlette.responses import JSONResponse\nfrom starlette.routing import Route\n\n"
    "from rates.sums import gross\n\n\n"
    'async def one(request):\n    return JSONResponse({"net": 10, "gross": gross(10)})\n\n\n'
    'async def many(request):\n    return JSONResponse({"rates": [gross(n) for n in (1, 2)]})\n\n\n'
    'app = Starlette(routes=[Route("/one", one), Route("/many", many)])\n',
    "tests/test_sums.py": "from rates.sums import gross\n\n\ndef test_gross():\n    assert round(gross(10), 2) == 12\n",
}


def planned(detail: str, check: str, touches: list[str], contradicts: list[str]) -> Act:
    task = {"title": "The change", "detail": detail, "checks": [check]}
    return Act(text=json.dumps({"tasks": [task], "touches": touches, "contradicts": contradicts}))


def night(wanted: Asked, prompt: str) -> Act:
    """First without a test; QA sends it back."""
    if wanted.role != "dev":
        return planned("price(km, night=False): a fifth more at night.", "price(2, night=True) is 3.6", [], [])
    if "no test was added" in prompt and not wanted.step:
        test = "from fares import price\n\n\ndef test_night():\n    assert abs(price(2, night=True) - 3.6) < 1e-9\n"
        return calls(("write_file", {"path": "tests/test_night.py", "content": test}), ("run_tests", {}))
    if wanted.step:
        return calls(FINISH)
    assert "1 failed" in prompt, "what failed before is told"
    edit = {"old": FARES["src/fares/prices.py"].rstrip(), "new": NIGHT.rstrip()}
    return calls(("edit_file", {"path": "src/fares/prices.py", "edits": [edit]}), ("run_tests", {}))


def free(wanted: Asked, prompt: str, gut: bool = False) -> Act:
    """A request that says the opposite of a test."""
    name = "tests/test_prices.py::test_free_is_nothing"
    if wanted.role != "dev":
        assert "test_free_is_nothing" in prompt
        return planned("price(0) is 0.", "price(0) is 0", ["src/fares/prices.py"], [name])
    if wanted.step:
        return calls(FINISH)
    code = {"old": "    return (2 +", "new": "    if not km:\n        return 0\n    return (2 +"}
    test = {"old": "    assert price(0) == 2", "new": "    assert True" if gut else "    assert price(0) == 0"}
    edits = [("src/fares/prices.py", code), ("tests/test_prices.py", test)]
    return calls(*(("edit_file", {"path": path, "edits": [edit]}) for path, edit in edits), ("run_tests", {}))


def gutting(wanted: Asked, prompt: str) -> Act:
    return free(wanted, prompt, gut=True)


def breaking(wanted: Asked, prompt: str) -> Act:
    """Makes what is asked, and changes a test that stands in its way."""
    if wanted.role != "dev":
        return planned("price(km) costs 3 before the first kilometre.", "price(2) is 4", [], [])
    if wanted.step:
        return calls(FINISH)
    code = {"old": "(2 + km", "new": "(3 + km"}
    test = {"old": "price(2) == 3", "new": "price(2) == 4"}
    edits = [("src/fares/prices.py", code), ("tests/test_prices.py", test)]
    return calls(*(("edit_file", {"path": path, "edits": [edit]}) for path, edit in edits))


def rounded(wanted: Asked, prompt: str, gut: bool = False) -> Act:
    """Contradicts one test of two in a file."""
    name = "test/total.test.ts::total::is not rounded"
    if wanted.role != "dev":
        assert name in prompt
        return planned("total is rounded to cents.", "total([0.1, 0.2]) is 0.3", ["src/total.ts"], [name])
    if wanted.step:
        return calls(FINISH)
    code = [
        {"old": "export function", "new": 'import { cents } from "cents-of";\n\nexport function'},
        {"old": "return prices.reduce(", "new": "return cents(prices.reduce("},
        {"old": "price, 0);", "new": "price, 0)) / 100;"},
    ]
    said = {"old": "assert.notEqual(total([0.1, 0.2]), 0.3)", "new": "assert.equal(total([0.1, 0.2]), 0.3)"}
    other = {"old": "assert.equal(total([1, 2]), 3)", "new": "assert.ok(total([1, 2]))"}
    edits = [("src/total.ts", code), ("test/total.test.ts", [said, *([other] if gut else [])])]
    return calls(*(("edit_file", {"path": path, "edits": edit}) for path, edit in edits), ("run_tests", {}))


def hollow(wanted: Asked, prompt: str) -> Act:
    return rounded(wanted, prompt, gut=True)


def on_tape(wanted: Asked, prompt: str) -> Act:
    row = load("rates").find(wanted)
    assert row is not None, load("rates").refusal(wanted)
    return row.act()


ROLES = {
    "rates": on_tape,
    "night": night,
    "free": free,
    "gutting": gutting,
    "breaking": breaking,
    "rounded": rounded,
    "hollow": hollow,
}


@pytest.fixture(scope="module")
def server(new_home: NewHome) -> Iterator[Server]:
    with serve(ThinkingModel(ROLES)) as model, npm_registry() as registry:
        endpoint = {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
        endpoint |= {"npm_config_registry": registry.url}
        server = Server(new_home(), **endpoint, SOFTWRIGHT_DEV_ROUNDS="2")
        server.up()
        yield server
        server.cli("down")


@pytest.fixture(scope="module")
def fares(server: Server) -> Imported:
    return Imported(server, FARES)


def test_a_change_is_made_with_tests_that_fail_without_it(fares: Imported) -> None:
    done = fares.end(*fares.begin("A fifth more at night", model="night"))
    assert (done["status"], done["error"]) == ("applied", None)
    assert fares.read("src/fares/prices.py") == NIGHT.strip()
    assert done["touched_files"] == ["src/fares/prices.py", "tests/test_night.py"]
    checks = done["test_results"]["checks"]
    assert checks["tests"] == "passed: 3 tests passed, 1 fail as before"
    assert [step for step in fares.server.steps(done["run_id"]) if step.startswith("dev")] == ["dev", "dev/2"]


def test_a_test_that_the_request_contradicts_may_change_and_no_other(fares: Imported) -> None:
    before = fares.state()
    gutted = fares.end(*fares.begin("Who does not ride pays nothing", model="gutting"))
    assert gutted["status"] == "failed"
    assert "contradicted tests say nothing new, for they pass without the change" in gutted["error"]
    broken = fares.end(*fares.begin("The first kilometre costs more", model="breaking"))
    assert broken["status"] == "failed"
    assert "tests as they were before the change: 3 of 4 tests failed" in broken["error"]
    assert fares.state() == before
    done = fares.end(*fares.begin("Who does not ride pays nothing", model="free"))
    assert (done["status"], done["error"]) == ("applied", None)
    assert "assert price(0) == 0" in fares.read("tests/test_prices.py")


def test_it_is_turned_back(fares: Imported) -> None:
    last = fares.server.get(f"/api/projects/{fares.id}/modifications?limit=1")["items"][0]
    done = fares.roll_back(f"/api/modifications/{last['id']}/rollback")
    assert (done["status"], done["error"]) == ("applied", None)
    assert fares.read("src/fares/prices.py") == NIGHT.strip()


NODES = ("pm", "qa/%/answers", "dev", "qa/%/regression", "qa/2", "merge", "report")
"""Of a change in two rounds; where it dies in `intake` is no matter of what is changed."""
WHOLE = ("merge",)
"""Where the worker dies with all its processes; else the one that does the work."""


class ImportGate(PatientGate):
    """Nothing is deployed, and QA sends it back once."""

    CHECKPOINTS: ClassVar = {"intake": 3, "report": 10}


@pytest.mark.long
def test_a_change_on_tape_is_made_once_though_the_worker_dies_at_every_step(server: Server) -> None:
    """And what a route answers that no test covers, and the plan does not name, stays: the first try breaks one."""
    rates = Imported(server, RATES)
    old, seen = rates.main(), set()
    with ImportGate(server, rates.id) as gate:
        gate.close_at(NODES[0])
        begun = rates.begin(load("rates").body["request"], model="rates")
        for following in (*NODES[1:], None):
            gate.wait()
            kill(server.runner(rates.id), *tree(server.child("server.worker")))
            gate.forget_the_dead()
            seen.add(rates.main())
            if following is None:
                gate.open()
            else:
                gate.close_at(following)
    done = rates.end(*begun)
    assert (done["status"], done["error"]) == ("applied", None)
    assert seen == {old, rates.main()}
    assert rates.git(f"--git-dir={rates.repository}", "rev-parse", "main~2", at=None) == old, "a commit a round"
    steps = server.steps(done["run_id"])
    checks = [step["evidence"] for name, step in steps.items() if name.endswith("/regression")]
    assert ["GET /many: had rates.0 1.2; now 1.1" in check["summary"] for check in checks] == [True, False]
    assert "GET /one" not in checks[0]["summary"], "the plan says that it answers otherwise"
    assert checks[1]["evidence"]["recorded"] == {"answers": 2, "routes": 2, "by_no_test": ["GET /many", "GET /one"]}
    with server.database() as database:
        query = "SELECT state FROM model_calls WHERE run_id = %s"
        states = [row[0] for row in database.execute(query, (done["run_id"],)).fetchall()]
    assert states == ["answered"] * len(load("rates").rows), "no answer is paid twice"


def test_it_is_not_deployed_for_nothing_says_how_it_starts(fares: Imported) -> None:
    begun = fares.server.ask("POST", f"/api/projects/{fares.id}/deploy", json={"environment": "dev"}).json()
    run = ended(fares.server, begun["run"]["id"])
    assert (run["status"], "no softwright.json that says how it is started" in run["error"]) == ("failed", True)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_typescript_with_packages_of_npm_is_changed_under_the_same_guards(server: Server) -> None:
    shop = Imported(server, SHOP)
    baseline = server.get(f"/api/projects/{shop.id}/import")["baseline"]
    assert set(baseline["tests"].values()) == {"passed"}, baseline
    assert "test/total.test.ts::total::adds [1, 2]" in baseline["tests"]
    before = shop.state()
    refused = shop.end(*shop.begin("Round totals to cents", model="hollow"))
    assert refused["status"] == "failed"
    assert "test/total.test.ts changes more than the request contradicts: total::adds [1, 2]" in refused["error"]
    assert shop.state() == before
    done = shop.end(*shop.begin("Round totals to cents", model="rounded"))
    assert (done["status"], done["error"]) == ("applied", None)
    assert done["test_results"]["checks"]["tests"] == "passed: 2 tests passed"
    assert "cents(" in shop.read("src/total.ts")


def test_what_nothing_could_prove_is_not_begun(server: Server) -> None:
    manifest = json.loads(SHOP["package.json"]) | {"scripts": {"test": "karma start"}}
    project = Imported(server, SHOP | {"package.json": json.dumps(manifest)})
    done = project.end(*project.begin("Round totals to cents", model="rounded"))
    assert done["status"] == "failed"
    assert "nothing could prove a change of this project: its tests are run by `karma start`" in done["error"]
    assert "By hand, look first at src/total.ts" in done["error"]
    assert server.run(done["run_id"])["spend"]["tokens"] == 0
