"""From figures to findings and a score, without an application."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memory.records.manifest import Manifest
from memory.records.performance import Kind, OperationFigures, PerformanceFinding
from tools.profiler.bundles import bundle_findings, bundles_of
from tools.profiler.comparing import compare
from tools.profiler.finding_apps import find_target
from tools.profiler.inside.samples import Samples
from tools.profiler.inside.summing import same_form
from tools.profiler.interface import RawReport, Sources
from tools.profiler.judging import report_of, score
from tools.profiler.loops import Source, advice

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BARE = Manifest(template="none", template_version="0", asgi="", packages=())


def operation(**more: Any) -> dict[str, Any]:
    return {
        "method": "GET",
        "path": "/rows",
        "handler": ("main.py", 3, "rows"),
        "asynchronous": False,
        "statuses": {"200": 3},
        "answered": True,
        "reason": "",
        "times_ms": [10.0, 10.0, 11.0],
        "same_answer": False,
        "statements": [],
        "blocked": [],
        "samples": [],
        "functions": [],
        **more,
    }


def statement(**more: Any) -> dict[str, Any]:
    return {
        "sql": "SELECT name FROM rows WHERE id = ?",
        "chain": [("main.py", 5, "rows")],
        "count": 1,
        "different": 1,
        "ms": 1.0,
        "slowest_ms": 1.0,
        "rows": 1,
        **more,
    }


def kinds(tmp_path: Path, **more: Any) -> list[Kind]:
    raw = RawReport.model_validate({"operations": [operation(**more)]})
    return [f.kind for f in report_of(raw, Sources(tmp_path), (), NOW).findings]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement(count=5, different=5)], [Kind.N_PLUS_ONE]),
        ([statement(count=4, different=4)], []),
        ([statement(count=3, different=1)], [Kind.REPEATED_QUERY]),
        ([statement(count=9, different=9, sql="PRAGMA foreign_keys")], []),
        ([statement(slowest_ms=31.0, ms=31.0)], [Kind.SLOW_QUERY]),
        ([statement(slowest_ms=90.0, slowest_cpu_ms=9.0, plan=["SCAN rows"])], []),
        ([statement(slowest_ms=150.0, slowest_cpu_ms=9.0, plan=["SCAN rows"])], [Kind.SLOW_QUERY]),
        ([statement(sql="WITH r(i) AS (SELECT ?) SELECT i FROM r", slowest_cpu_ms=11.0, plan=["SCAN r"])], []),
        ([statement(slowest_ms=11.0, slowest_cpu_ms=11.0, plan=["SCAN rows"])], [Kind.SLOW_QUERY]),
        ([statement(slowest_ms=11.0, slowest_cpu_ms=11.0, plan=["SEARCH rows USING INDEX by_id (id=?)"])], []),
        ([statement(slowest_ms=11.0, slowest_cpu_ms=11.0, plan=["SCAN rows USING INDEX by_name"])], []),
    ],
)
def test_statements(tmp_path: Path, statements: list[dict[str, Any]], expected: list[Kind]) -> None:
    assert kinds(tmp_path, statements=statements) == expected


def test_an_index_is_named_for_what_is_filtered_by(tmp_path: Path) -> None:
    sql = "SELECT id FROM orders WHERE customer = ? AND total > ? ORDER BY id"
    slow = statement(sql=sql, slowest_ms=90.0, slowest_cpu_ms=90.0, plan=["SCAN orders"])
    raw = RawReport.model_validate({"operations": [operation(statements=[slow])]})
    (finding,) = report_of(raw, Sources(tmp_path), (), NOW).findings
    assert finding.fix.endswith("CREATE INDEX ON orders (customer, total)")


def test_statements_that_differ_by_values_alone_have_one_form() -> None:
    assert same_form("SELECT *\n FROM t WHERE id IN (?, ?,?) AND n = 5") == same_form(
        "SELECT * FROM t WHERE id IN (?, ?) AND n = 77"
    )


def test_a_line_waits_or_computes(tmp_path: Path) -> None:
    place = [("main.py", 9, "rows")]
    assert kinds(tmp_path, blocked=[[place, 90.0, 1.0]]) == [Kind.BLOCKING_CALL]
    assert kinds(tmp_path, blocked=[[place, 50.0, 1.0]]) == []  # 17 ms a request


def test_the_score_falls_with_latency_and_with_what_was_found() -> None:
    def at(p95: float) -> OperationFigures:
        return OperationFigures(operation="GET /rows", requests=9, median_ms=p95, p95_ms=p95)

    def finding(gain: float, *, measured: bool = True) -> PerformanceFinding:
        return PerformanceFinding(
            kind=Kind.HOT_LOOP, file="a", line=1, why="", fix="", estimated_gain=gain, measured=measured
        )

    assert score([at(20)], []) == score([at(100)], []) == 1.0
    assert score([at(1000)], []) == 0.5
    assert score([at(50_000)], []) == 0.0
    assert score([at(20), at(1000)], []) == 0.75
    assert score([at(20)], [finding(0.5)]) == 0.8
    assert score([at(20)], [finding(0.5), finding(0.5)]) == 0.64
    assert score([at(20)], [finding(0.0, measured=False)]) == 0.98


@pytest.mark.parametrize(
    ("before", "after", "faster", "slower"),
    [
        ([40.0] * 5, [10.0] * 5, 1, 0),
        ([10.0] * 5, [40.0] * 5, 0, 1),
        ([10.0] * 5, [11.0] * 5, 0, 0),
        ([9, 10, 30], [9, 18, 40], 0, 0),
    ],
)
def test_only_what_lies_beyond_noise_is_a_difference(
    tmp_path: Path, before: list[float], after: list[float], faster: int, slower: int
) -> None:
    first, second = (
        report_of(RawReport.model_validate({"operations": [operation(times_ms=times)]}), Sources(tmp_path), (), NOW)
        for times in (before, after)
    )
    found = compare(first, second)
    assert (len(found["faster"]), len(found["slower"])) == (faster, slower)


def test_loops_and_what_is_slow_in_them() -> None:
    source = Source("def f(a, b):\n    for x in a:\n        if x in b:\n            pass\n    return [y for y in a]\n")
    loop = source.loop_at(3)
    assert loop is not None
    assert (loop.first, loop.last) == (2, 4)
    assert "set or dict" in advice(loop)
    assert source.loop_at(2) is None
    assert source.loop_at(2, head=True) == loop
    assert source.loop_at(5) is not None
    assert Source("def (").loop_at(1) is None


@pytest.mark.parametrize(
    ("files", "asgi", "factory"),
    [
        ({"main.py": "from fastapi import FastAPI\napp = FastAPI()\n"}, "main:app", False),
        ({"src/shop/api.py": "import fastapi\napi: fastapi.FastAPI = fastapi.FastAPI()\n"}, "shop.api:api", False),
        (
            {"app/main.py": "def make():\n    return FastAPI()\napp = make()\n", "x.py": "a = FastAPI()\n"},
            "app.main:app",
            False,
        ),
        ({"app/__init__.py": "def create(debug=False):\n    app = FastAPI()\n    return app\n"}, "app:create", True),
    ],
)
def test_applications_are_found(tmp_path: Path, files: dict[str, str], asgi: str, factory: bool) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = find_target(tmp_path, BARE)
    assert (found.asgi, found.factory) == (asgi, factory)
    assert find_target(tmp_path, BARE, "other:app").asgi == "other:app"


def test_samples_fit_their_schema() -> None:
    document = {"components": {"schemas": {"Tag": {"type": "string", "enum": ["a", "b"]}}}}
    schema = {
        "type": "object",
        "required": ["name", "tag", "count", "when", "parts", "note"],
        "properties": {
            "name": {"type": "string", "minLength": 12, "maxLength": 14},
            "tag": {"$ref": "#/components/schemas/Tag"},
            "count": {"type": "integer", "minimum": 3, "maximum": 5, "multipleOf": 2},
            "when": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]},
            "parts": {"type": "array", "minItems": 2, "items": {"type": "number", "exclusiveMinimum": 0}},
            "note": {"allOf": [{"type": "string"}, {"pattern": "^[a-z]+[0-9]+$"}]},
            "left_out": {"type": "string"},
        },
    }
    value = Samples(document).value(schema, 1)
    assert set(value) == set(schema["required"])
    assert 12 <= len(value["name"]) <= 14
    assert (value["tag"], value["count"], value["when"]) == ("b", 4, "2026-01-02")
    assert len(value["parts"]) == 2
    assert min(value["parts"]) > 0
    assert value["note"] == "note1"


def test_bundles_of_a_vite_build(tmp_path: Path) -> None:
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "vite.config.ts").write_text("export default {}")
    words = "".join(f"const v{n}={hash(str(n))};" for n in range(40_000))
    (assets / "index.js").write_text(words)
    (assets / "later.js").write_text("export {}")
    manifest = {
        "src/main.ts": {"isEntry": True, "file": "assets/index.js", "dynamicImports": ["later"]},
        "later": {"file": "assets/later.js"},
    }
    (tmp_path / "dist" / ".vite").mkdir()
    (tmp_path / "dist" / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    found = bundles_of(tmp_path)
    assert found["initial_gzip"] == len(gzip.compress(words.encode(), 6))
    assert found["bytes"] == len(words) + 9
    assert {f.file for f in bundle_findings(found)} == {"dist/assets/index.js", "dist"}
    assert bundles_of(tmp_path / "dist") == {}


@pytest.mark.parametrize(
    ("given", "advised"),
    [
        ({"same_answer": True, "times_ms": [40.0, 43.0, 45.0]}, True),
        ({"same_answer": False, "times_ms": [40.0, 43.0, 45.0]}, False),
        ({"same_answer": True, "times_ms": [4.0, 4.3, 4.5]}, False),
        ({"same_answer": True, "times_ms": [40.0, 43.0, 45.0], "method": "POST"}, False),
    ],
    ids=["idempotent, slow, repeated", "another answer", "quick", "not idempotent"],
)
def test_caching_is_advised_for(tmp_path: Path, given: dict[str, Any], advised: bool) -> None:
    raw = RawReport.model_validate({"operations": [operation(**given)]})
    found = report_of(raw, Sources(tmp_path), (), NOW).findings
    assert [f.kind for f in found] == ([Kind.CACHING] if advised else [])
    if advised:
        (finding,) = found
        assert (finding.file, finding.line, finding.figures) == ("main.py", 3, {"ms": 43.0})
        assert "ETag" in finding.fix
