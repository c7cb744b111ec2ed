"""A plugin of pytest, in the sandbox and on the project's interpreter: what each request of the suite costs.

Its text is written beside the suite's report, so it imports nothing of ours. It hooks Starlette, which FastAPI
is made of, and SQLAlchemy; a suite that uses neither is not measured.
"""

from __future__ import annotations

import contextvars
import inspect
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

MOST_TIMES, MOST_FORMS = 400, 60
MANY = 5
"""Statements of one form, from which on the place that asks is looked for."""
CURRENT: contextvars.ContextVar[Request | None] = contextvars.ContextVar("softwright_request", default=None)
HERE = f"{Path.cwd()}/"


class Request:
    def __init__(self) -> None:
        self.statements = 0
        self.forms: dict[str, list[Any]] = {}
        """SELECT → count, values seen, file and line of the fifth."""


class Measured:
    def __init__(self) -> None:
        self.operations: dict[str, dict[str, Any]] = {}
        self.test = ""

    def add(self, scope: dict[str, Any], request: Request, status: int, wall_ms: float, cpu_ms: float) -> None:
        path = getattr(scope.get("route"), "path", None)
        if path is None or not 200 <= status < 300:
            return
        row = self.operations.setdefault(f"{scope['method']} {path}", _row(scope))
        row["requests"] += 1
        if len(row["wall_ms"]) < MOST_TIMES:
            row["wall_ms"].append(round(wall_ms, 3))
            row["cpu_ms"].append(round(cpu_ms, 3))
            row["statements"].append(request.statements)
        for form, (count, values, place) in request.forms.items():
            known = row["forms"].get(form)
            if count >= MANY and len(values) > 1 and (known is None or known["count"] < count):
                row["forms"][form] = {"count": count, "of": request.statements, "place": place, "test": self.test}


MEASURED = Measured()


def _row(scope: dict[str, Any]) -> dict[str, Any]:
    code = getattr(inspect.unwrap(scope.get("endpoint") or _row), "__code__", None)
    file = code.co_filename.removeprefix(HERE) if code is not None else ""
    place = [file, code.co_firstlineno] if code is not None and not file.startswith("/") else ["", None]
    return {"place": place, "requests": 0, "wall_ms": [], "cpu_ms": [], "statements": [], "forms": {}}


def _asked(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
    request = CURRENT.get()
    if request is None:
        return
    request.statements += 1
    if not statement.lstrip()[:6].upper().startswith(("SELECT", "WITH")) or len(request.forms) > MOST_FORMS:
        return
    known = request.forms.setdefault(statement[:1000], [0, set(), ["", None]])
    known[0] += 1
    known[1].add(repr(parameters)[:200])
    if known[0] == MANY:
        known[2] = _place()


def _place() -> list[Any]:
    """The line of the project that asks."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(HERE) and "site-packages" not in name:
            return [name.removeprefix(HERE), frame.f_lineno]
        frame = frame.f_back
    return ["", None]


def _hook_requests(applications: Any) -> None:
    plain = applications.Starlette.__call__

    async def called(self: Any, scope: Any, receive: Any, send: Any) -> Any:
        if scope.get("type") != "http" or CURRENT.get() is not None:
            return await plain(self, scope, receive, send)
        request, status = Request(), [0]

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                status[0] = message["status"]
            await send(message)

        token = CURRENT.set(request)
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return await plain(self, scope, receive, sent)
        finally:
            CURRENT.reset(token)
            took = (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000
            MEASURED.add(scope, request, status[0], *took)

    applications.Starlette.__call__ = called


def pytest_runtestloop() -> None:
    """All modules are collected: what the application uses is loaded."""
    if "starlette.applications" not in sys.modules:
        return
    _hook_requests(sys.modules["starlette.applications"])
    if "sqlalchemy.engine" in sys.modules:
        engine = sys.modules["sqlalchemy.engine"].Engine
        import_module("sqlalchemy.event").listen(engine, "before_cursor_execute", _asked)


def pytest_runtest_logstart(nodeid: str) -> None:
    MEASURED.test = nodeid


def pytest_unconfigure(config: Any) -> None:
    if hasattr(config, "workerinput"):
        return  # of pytest-xdist: a part says little
    told = {"operations": MEASURED.operations, "busy_ms": _busy()}
    Path(__file__).with_name("requests.json").write_text(json.dumps(told))


def _busy() -> float:
    """What a fixed piece of work costs here and now: times of two runs are compared by it."""
    times = []
    for _ in range(4):
        began = time.process_time()
        sum(number * number % 7 for number in range(100_000))
        times.append((time.process_time() - began) * 1000)
    return min(times)
