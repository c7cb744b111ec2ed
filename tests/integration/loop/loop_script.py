"""A model that follows a script, and a project for it to work on. Its ledger outlives the process, like a gateway's."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from agents.loop.records import LoopDeps, LoopLimits, LoopTask
from memory.code import CodeStore
from memory.database import make_pool
from memory.records.model import Answer, Ask, ModelError, Role, ToolCall, Usage
from memory.snapshots import GitSnapshots
from memory.turns import PostgresTurns
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.workspace.commands import Commands, Means
from tools.workspace.tool import WorkspaceTools
from tools.workspace.workspace import PROTECTED, Workspace

AT = datetime(2026, 1, 1, tzinfo=UTC)
MAIN = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
FILES = {"app/__init__.py": "", "app/main.py": MAIN, "README.md": "# A\n", "softwright.json": "{}\n"}
Script = Sequence[Answer | ModelError]


def call(name: str, /, **arguments: Any) -> ToolCall:
    return ToolCall(id=f"id_{uuid.uuid4().hex[:8]}", name=name, arguments=arguments)


def answer(*calls: ToolCall, text: str = "", finish: str = "tool_calls") -> Answer:
    usage = Usage(prompt_tokens=100, completion_tokens=10)
    return Answer(text=text, tool_calls=calls, finish=finish, model="script", usage=usage, usd=Decimal("0.01"))


def edit(path: str, old: str, new: str, **more: Any) -> ToolCall:
    return call("edit_file", path=path, edits=[{"old": old, "new": new}], **more)


def finish(summary: str = "done", **more: Any) -> ToolCall:
    return call("finish", summary=summary, **more)


@dataclass
class ScriptedGateway:
    """The n-th answer of the script to the key `.../n`; every key that was answered stands in the ledger."""

    script: Script
    ledger: Path
    asked: list[Ask] = field(default_factory=list)

    async def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        number = int(ask.key.rpartition("/")[2])
        given = self.script[number - 1]
        if isinstance(given, ModelError):
            raise given
        before = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        if ask.key in before:
            return given.model_copy(update={"replayed": True})
        with self.ledger.open("a") as file:
            file.write(f"{ask.key}\n")
        return given

    @property
    def paid(self) -> list[str]:
        return self.ledger.read_text().splitlines() if self.ledger.exists() else []


@dataclass
class LoopPlace:
    """Everything of one loop, below one folder."""

    folder: Path
    run_id: str
    project_id: str
    base: str
    code: CodeStore

    @property
    def root(self) -> Path:
        return self.folder / "tree"

    @property
    def ledger(self) -> Path:
        return self.folder / "paid"

    def task(self, **limits: Any) -> LoopTask:
        given = LoopLimits(**limits)
        return LoopTask("dev/loop", Role.DEV, "You are Dev.", "Add three() to app/main.py.", self.base, given)

    def text(self, tree: str, path: str) -> str:
        entries = self.code.entries(self.project_id, tree)
        return self.code.blobs(self.project_id, [entries[path].id])[0].decode()

    @asynccontextmanager
    async def deps(
        self, database_url: str, script: Script, **more: Any
    ) -> AsyncIterator[tuple[LoopDeps, ScriptedGateway]]:
        """`more`: what is otherwise than usual in LoopDeps; `means`: of the commands; `protected`, `dangers`: files."""
        pool = make_pool(database_url, largest=2)
        await pool.open()
        gateway = ScriptedGateway(script, self.ledger)
        protected = (*PROTECTED, *more.pop("protected", ()))
        workspace = Workspace(self.root, protected=protected, dangers=more.pop("dangers", None))
        means = more.pop("means", None) or Means(BubblewrapSandbox(), NoSuite())
        parts = {
            "gateway": gateway,
            "toolbox": WorkspaceTools(workspace, Commands(workspace, means)),
            "snapshots": GitSnapshots(self.code, self.project_id, self.root),
            "turns": PostgresTurns(pool, self.run_id),
        }
        try:
            yield LoopDeps(**{**parts, **more}), gateway
        finally:
            await pool.close()


class NoSuite:
    async def run(self, project: Path, manifest: Any) -> Any:
        raise NotImplementedError


def make_place(folder: Path, database_url: str, files: dict[str, str] = FILES) -> LoopPlace:
    folder.mkdir(parents=True, exist_ok=True)
    project_id, run_id = str(uuid.uuid4()), str(uuid.uuid4())
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO projects (id, name) VALUES (%s, 'p')", (project_id,))
        query = "INSERT INTO runs (id, project_id, intent, input) VALUES (%s, %s, 'create', '{}')"
        connection.execute(query, (run_id, project_id))
    for name, text in files.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    code = CodeStore(folder / "repositories")
    code.create(project_id)
    base = code.commit(project_id, folder / "source", "Start", AT)
    return LoopPlace(folder, run_id, project_id, base, code)


Make = Callable[..., LoopPlace]


def dumped(ask: Ask) -> str:
    """All that a request says."""
    return json.dumps([[m.type, m.content, getattr(m, "tool_calls", None)] for m in ask.messages], default=str)
