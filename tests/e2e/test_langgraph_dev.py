"""The same graph under `langgraph dev`, as Studio and the SDK drive it: thread, run, stream, state."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.conftest import NewHome
from tests.e2e.thinking_model import ThinkingModel, calls
from tests.fake_model.fake_model import Act, serve
from tests.fake_model.tape import Asked

pytest.importorskip("langgraph_cli", reason="the development server is not installed: it does not support this Python")

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "Build a REST API for notes with title and text"


def dev(wanted: Asked, prompt: str) -> Act:
    """The only agent that has a model here: it deletes what nobody asked to delete."""
    assert wanted.role == "dev"
    page = ("write_file", {"path": "docs/total.md", "content": "Lists have a total.\n"})
    first = calls(page, ("delete_file", {"path": "README.md"}))
    return (first, calls(("run_tests", {}), ("finish", {"summary": "Lists tell it."})))[wanted.step]


@pytest.fixture(scope="module")
def model() -> Iterator[ThinkingModel]:
    with serve(ThinkingModel({"dev": dev})) as model:
        yield model


@pytest.fixture(scope="module")
def dev_server(model: ThinkingModel, new_home: NewHome) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = new_home()
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "LANGSMITH_API_KEY")}
    env |= {"SOFTWRIGHT_HOME": str(home), "PYTHONPATH": str(ROOT), "LANGSMITH_TRACING": "false"}
    env |= {"OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "x", "SOFTWRIGHT_PRICES": "*=1/2"}
    env |= {"SOFTWRIGHT_MODEL_DEV": "dev"}
    program = [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload"]
    with (home / "dev.log").open("wb") as log:
        server = subprocess.Popen(
            [*program, "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{url}/ok", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                assert server.poll() is None, (home / "dev.log").read_text()[-3000:]
            time.sleep(0.1)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        subprocess.run([sys.executable, "-m", "server.cli", "down"], env=env, cwd=ROOT, check=False, timeout=60)


@pytest.mark.slow
async def test_a_thread_is_a_conversation(dev_server: str, model: ThinkingModel) -> None:
    """A question before there is anything, the application, a question, a deployment that waits for a word.

    And a change by a model, whose tool call waits for one.
    """
    async with get_client(url=dev_server) as client:
        thread = (await client.threads.create())["thread_id"]
        state, seen = await _say(client, thread, "is it up?")
        assert seen == ["intake"]
        assert "There is no project in this conversation yet" in state["messages"][-1]["content"]
        state, seen = await _say(client, thread, SENTENCE)
        assert state["error"] == ""
        assert seen == ["intake", "pm", "dev", "qa", "ops", "report"]
        assert state["messages"][-1]["content"] == f"Done: {state['url']}"
        await _answers(state["url"])
        url, run_id = state["url"], state["run_id"]
        state, seen = await _say(client, thread, "is it up?")
        assert seen == ["intake", "answer", "report"]
        assert f"dev at {url} is up" in state["messages"][-1]["content"]
        assert state["run_id"] != run_id
        state, seen = await _say(client, thread, "deploy to production")
        assert seen == ["intake", "__interrupt__"]
        state, seen = await _say(client, thread, "no, because it is Friday")
        assert seen == ["intake", "report"]
        assert state["messages"][-1]["content"] == "the deployment to production was rejected: it is Friday"
        state, seen = await _say(client, thread, "make it tell how many notes there are")
        assert seen == ["intake", "pm", "dev", "__interrupt__"]
        assert "delete_file deletes README.md, which was there before" in state["messages"][-1]["content"]
        state, seen = await _say(client, thread, "no, because people read it")
        assert seen == ["intake", "dev", "qa", "merge", "ops", "report"]
        assert state["error"] == ""
        assert "A person was asked and said no: people read it" in str(model.requests[-1]["messages"])
        assert len(model.requests) == 2


@pytest.mark.slow
async def test_a_plan_waits_in_the_thread_for_a_word(dev_server: str) -> None:
    """Refused with a comment it is made anew, refused without one the run ends; nothing is built."""
    async with get_client(url=dev_server) as client:
        thread = (await client.threads.create())["thread_id"]
        state, seen = await _say(client, thread, f"{SENTENCE}. Show me the plan first.")
        assert seen == ["intake", "pm", "__interrupt__"]
        told = state["messages"][-1]["content"]
        assert "This is the plan." in told
        assert "yes, go on" in told
        state, seen = await _say(client, thread, "no, because notes also have a colour")
        assert seen == ["intake", "pm", "__interrupt__"]
        assert "colour" in state["messages"][-1]["content"]
        state, seen = await _say(client, thread, "no")
        assert seen == ["intake", "report"]
        assert state["messages"][-1]["content"] == "the plan was rejected"


async def _answers(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as app:
        assert (await app.post(f"{url}/notes", json={"title": "a"})).status_code == 201


async def _say(client: LangGraphClient, thread: str, words: str) -> tuple[dict[str, Any], list[str]]:
    """The thread's state afterwards, and the nodes in the order of their updates."""
    seen: list[str] = []
    asked = {"messages": [{"role": "user", "content": words}]}
    async for part in client.runs.stream(thread, "softwright", input=asked, stream_mode="updates", durability="sync"):
        if part.event == "updates":
            seen += list(part.data)
    return dict((await client.threads.get_state(thread))["values"]), seen
