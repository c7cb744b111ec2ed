"""Nothing of a run leaves for LangSmith while LANGSMITH_TRACING is off, whatever older variables say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langsmith import utils

from graph.deps import Deps
from tests.integration.chat.test_chat_runs import asked, deps, fake_model, ready_project
from tests.integration.models.test_model_tracing import TRACING_KEY, Smith

__all__ = ["deps", "fake_model"]


@pytest.fixture
def smith(monkeypatch: pytest.MonkeyPatch) -> Iterator[Smith]:
    with Smith().served() as smith:
        for prefix in ("LANGSMITH", "LANGCHAIN"):
            monkeypatch.setenv(f"{prefix}_ENDPOINT", smith.url)
            monkeypatch.setenv(f"{prefix}_API_KEY", TRACING_KEY)
        monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
        utils.get_env_var.cache_clear()
        yield smith
    utils.get_env_var.cache_clear()


async def test_an_older_variable_switches_no_run_on(smith: Smith, deps: Deps, tmp_path: Any) -> None:
    project_id, _ = await ready_project(deps, tmp_path)
    run = await asked(deps, project_id, "why is coverage 71 %?")
    assert run["status"] == "succeeded"
    assert smith.paths == []
