"""A scripted endpoint over real HTTP that notes when each request came and when its answer had gone out."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fake_model.fake_model import Act, FakeModel

BYTES_A_TOKEN = 4


@dataclass(frozen=True)
class Traffic:
    """Of one task."""

    gaps_ms: Sequence[float]
    """From the end of each answer to the next request."""
    prompts: Sequence[int]
    """Tokens of each request: messages and tools, four bytes a token."""
    fixed: int
    """Tokens that every request carries: the system's words and the tools."""
    cpu_ms: Sequence[float] = ()
    """Processor time of the loop's own thread, a turn each: what a loaded machine does not change."""

    @property
    def total(self) -> int:
        return sum(self.prompts)


class Endpoint(FakeModel):
    def __init__(self, acts: Sequence[Act]) -> None:
        super().__init__()
        self.script.extend(acts)
        self._came: list[float] = []
        self._went: list[float] = []

    def next_act(self, request: dict[str, Any], headers: dict[str, str]) -> Act:
        self._came.append(time.perf_counter())
        return super().next_act(request, headers)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        with super().at_work():
            yield
        self._went.append(time.perf_counter())

    def traffic(self) -> Traffic:
        gaps = [(came - went) * 1000 for went, came in zip(self._went, self._came[1:], strict=False)]
        return Traffic(gaps, [tokens_of([r["messages"], r.get("tools")]) for r in self.requests], _fixed(self.requests))


def _fixed(requests: Sequence[dict[str, Any]]) -> int:
    """Without the task: of a user's message only what stands before and after the task's words."""
    first = requests[0]
    system = [message for message in first["messages"] if message["role"] == "system"]
    frame = str(next(m["content"] for m in first["messages"] if m["role"] == "user")).replace(TASK, "")
    return tokens_of([system, frame, first.get("tools")])


def tokens_of(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) // BYTES_A_TOKEN


def calls(*given: tuple[str, dict[str, Any]]) -> Act:
    """An answer of tool calls, sent as fast as a quick model sends it."""
    made = [
        {"id": f"call_{time.perf_counter_ns()}_{number}", "name": name, "arguments": json.dumps(arguments)}
        for number, (name, arguments) in enumerate(given)
    ]
    return Act(tool_calls=tuple(made), pieces_late_s=0.001)


FILES = {
    "app/__init__.py": "",
    "app/main.py": "def one() -> int:\n    return 1\n\n\ndef two() -> int:\n    return 2\n",
    "README.md": "# Numbers\n",
    "softwright.json": "{}\n",
}
TASK = "Add three() to app/main.py, which returns 3, with a test in tests/test_main.py."
THREE = "\n\ndef three() -> int:\n    return 3\n"
TEST = "from app.main import three\n\n\ndef test_three() -> None:\n    assert three() == 3\n"
OURS = (
    calls(("list_files", {})),
    calls(("read_file", {"path": "app/main.py"})),
    calls(("search", {"pattern": "def two"})),
    calls(
        ("edit_file", {"path": "app/main.py", "edits": [{"old": "    return 2\n", "new": f"    return 2\n{THREE}"}]})
    ),
    calls(("write_file", {"path": "tests/test_main.py", "content": TEST})),
    calls(("read_file", {"path": "app/main.py"})),
    calls(("finish", {"summary": "three() is there, with its test."})),
)
"""Seven calls, one an answer."""
GROUPED = (
    calls(("list_files", {}), ("read_file", {"path": "app/main.py"}), ("search", {"pattern": "def two"})),
    calls(
        ("edit_file", {"path": "app/main.py", "edits": [{"old": "    return 2\n", "new": f"    return 2\n{THREE}"}]}),
        ("write_file", {"path": "tests/test_main.py", "content": TEST}),
        ("read_file", {"path": "app/main.py"}),
        ("finish", {"summary": "three() is there, with its test."}),
    ),
)
"""The same seven, together where they do not depend on one another, as our rules ask for."""


def bash(command: str) -> Act:
    return calls(("bash", {"command": command}))


MINI = (
    bash("find . -type f -not -path './.git/*'"),
    bash("cat app/main.py"),
    bash("grep -rn 'def two' ."),
    bash(f"cat >> app/main.py <<'EOF'\n{THREE}EOF"),
    bash(f"mkdir -p tests && cat > tests/test_main.py <<'EOF'\n{TEST}EOF"),
    bash("cat app/main.py"),
    bash("echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"),
)


def long_script(turns: int, *, mini: bool = False) -> list[Act]:
    """Reads and edits by turns, none like the one before, to an end."""
    acts: list[Act] = []
    for n in range(1, turns):
        line = f"VALUE_{n} = {n}\n" * 8
        if mini:
            write = f"cat > app/part_{n}.py <<'EOF'\n{line}EOF"
            acts.append(bash(write if n % 2 else f"cat app/part_{n - 1}.py"))
        elif n % 2:
            acts.append(calls(("write_file", {"path": f"app/part_{n}.py", "content": line})))
        else:
            acts.append(calls(("read_file", {"path": f"app/part_{n - 1}.py"})))
    return [*acts, MINI[-1] if mini else OURS[-1]]


__all__ = ["FILES", "GROUPED", "MINI", "OURS", "TASK", "Endpoint", "Traffic", "bash", "long_script", "tokens_of"]
