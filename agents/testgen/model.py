"""Tests that a model writes for code that no test reaches. Whether they prove anything is not its word."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel

from agents.prompts.renderer import render
from agents.structured.ask import Failed, ask_for
from memory.records.model import ModelGateway, Role

KEY = "qa/coverage"
MAX_TOKENS = 6144
CODE_CHARS = 24_000
SPEC_CHARS = 12_000


class DraftTest(BaseModel):
    source: str


class DraftTests(BaseModel):
    tests: list[DraftTest] = []


@dataclass(frozen=True)
class Written:
    source: str = ""
    problem: str = ""


async def written_by_model(
    gateway: ModelGateway, key: str, document: Mapping[str, Any], texts: Mapping[str, str], head: str, fixture: str
) -> Written:
    """A module of the tests that can be parsed; `head` goes before them."""
    code = "\n\n".join(f"# {name}\n{text}" for name, text in texts.items())[:CODE_CHARS]
    task = render("qa_coverage_task", spec=json.dumps(document.get("paths", {}))[:SPEC_CHARS], code=code)
    messages = [SystemMessage(render("qa_coverage_system", fixture=fixture)), HumanMessage(task)]
    asked = await ask_for(gateway, key, Role.QA, messages, DraftTests, check=problems, max_tokens=MAX_TOKENS)
    if isinstance(asked, Failed):
        return Written(problem=f"no tests by a model: {asked.reason}")
    good = [test.source for test in asked.value.tests if not problem_of(test.source)]
    return Written(head + "".join(f"\n\n{source.strip()}\n" for source in good)) if good else Written()


def problems(draft: DraftTests) -> list[str]:
    found = [problem_of(test.source) for test in draft.tests]
    return [f"test {number}: {problem}" for number, problem in enumerate(found, 1) if problem]


def problem_of(source: str) -> str:
    """One function `test_...`, whose imports stand inside it; empty where it is that."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return f"it is no Python: {error.msg}, line {error.lineno}"
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return "one function each, and nothing beside it; imports stand inside"
    if not tree.body[0].name.startswith("test_"):
        return "its name has to begin with test_"
    return ""


__all__ = ["KEY", "DraftTests", "Written", "problem_of", "problems", "written_by_model"]
