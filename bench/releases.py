"""A generated application as releases: good ones, and broken ones of ten kinds."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from memory.records.manifest import MANIFEST_NAME, Manifest
from memory.records.serving import Release, Resources
from memory.records.spec import AppSpec, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.copier_scaffold import CopierScaffold

ROOT = Path(__file__).resolve().parents[1]
TITLE = FieldSpec(name="title", type=FieldType.TEXT, label="title", required=True, max_length=200)
TODO = ResourceSpec(name="todo", plural="todos", label="todo", fields=(TITLE,), sorts=("title",))
SPEC = AppSpec(name="todo_api", title="Todo Api", description="For the bench.", resources=(TODO,))

MIDDLEWARE = """
import os, time
from starlette.responses import Response as _Response
_before = app
_state = {"callers": 0, "asked": 0}

class _Broken:
    async def __call__(self, scope, receive, send):
        caller = scope["type"] == "http" and scope["client"] is not None
        _state["callers"] += caller
        @WHAT@
        await _before(scope, receive, send)

app = _Broken()
"""
FAILING = "return await _Response(status_code=500)(scope, receive, send)"


def _middleware(what: str) -> str:
    return MIDDLEWARE.replace("@WHAT@", what)


STARTUP = """
from contextlib import asynccontextmanager as _manager
import asyncio as _asyncio
_lifespan = app.router.lifespan_context

@_manager
async def _broken(app):
    async with _lifespan(app) as state:
        @WHAT@
        yield state

app.router.lifespan_context = _broken
"""


def _startup(what: str) -> str:
    return STARTUP.replace("@WHAT@", what)


BROKEN = {
    "no start": "import no_such_module",
    "wrong port": "import socket\nsocket.create_server(('127.0.0.1', 9009)).accept()",
    "crash loop": _middleware("if caller: os._exit(7)"),
    "failing health": _middleware(f"if scope.get('path') == '/health': {FAILING}"),
    "slow health": _middleware("if scope.get('path') == '/health': import asyncio; await asyncio.sleep(60)"),
    "500s after health": _middleware(f"if caller: {FAILING}"),
    "memory hog": _startup("hog = [bytearray(64 << 20) for _ in range(64)]"),
    "failing migration": "",
    "missing variable": "import os\nos.environ['NOBODY_SET_THIS']",
    "hang": _middleware("if caller and _state['callers'] > 20: time.sleep(60)"),
}
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade() -> None:
    op.add_column("todos", sa.Column("extra", sa.Integer()))
    op.execute("INSERT INTO no_such_table VALUES (1)")
"""


@dataclass(frozen=True)
class Source:
    """The application, rendered once."""

    code: Path
    manifest: Manifest
    copies: Path
    environment: str = "dev"

    def release(self, name: str, patch: str = "") -> Release:
        commit = f"{name.replace(' ', '-')}-{secrets.token_hex(3)}"
        code = self.copies / commit
        _copy(self.code, code)
        main = code / "app" / "main.py"
        main.write_text(f"{main.read_text()}\n{patch}\n# {commit}\n")
        if name == "failing migration":
            (code / "migrations" / "versions" / "0002_failing.py").write_text(REVISION)
        resources = Resources(memory_mb=768)
        return Release(f"d-{commit}", "bench", self.environment, commit, code, resources=resources)


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


@contextmanager
def rendered(folder: Path) -> Iterator[Source]:
    code = folder / "rendered"
    CopierScaffold(ROOT / "templates").render(SPEC, "rest_api", code)
    manifest = Manifest.model_validate(json.loads((code / MANIFEST_NAME).read_text()))
    yield Source(code, manifest, folder / "copies")


__all__ = ["BROKEN", "Source", "rendered"]
