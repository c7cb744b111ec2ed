"""LangSmith: told of calls when it is switched on, and of nothing at all when it is not."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langsmith import utils

from memory.settings import load_settings
from tests.integration.models.model_place import KEY, ModelPlace, ask

INGEST = {
    "use_multipart_endpoint": False,
    "size_limit": 100,
    "size_limit_bytes": 1_000_000,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 1,
    "scale_down_nempty_trigger": 4,
}
TRACING_KEY = "lsv2_test_5f0e7c21"


class Smith:
    """Takes what is sent to it, as LangSmith's API would."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[str] = []
        self.paths: list[str] = []

    @contextlib.contextmanager
    def served(self) -> Iterator[Smith]:
        smith = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                smith.paths.append(self.path)
                self._say(json.dumps({"version": "0.13.0", "batch_ingest_config": INGEST}).encode())

            def do_POST(self) -> None:
                smith.paths.append(self.path)
                smith.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8", "replace"))
                self._say(b"{}")

            def _say(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture
def smith(monkeypatch: pytest.MonkeyPatch) -> Iterator[Smith]:
    utils.get_env_var.cache_clear()
    with Smith().served() as smith:
        monkeypatch.setenv("LANGSMITH_ENDPOINT", smith.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", TRACING_KEY)
        monkeypatch.setenv("LANGSMITH_PROJECT", "mine")
        yield smith
    utils.get_env_var.cache_clear()


async def test_the_usual_variables_switch_it_on(
    models: ModelPlace, smith: Smith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    models.fake.says("Traced answer.")
    run_id = await models.run()
    gateway = await models.gateway(run_id=run_id)
    await gateway.ask(ask(words="Traced prompt."))
    await models.aclose()
    sent = "".join(smith.bodies)
    for part in ("Traced prompt.", "Traced answer.", '"mine"', run_id, '"project":"project-1"', '"agent":"dev"'):
        assert part in sent
    assert KEY not in sent
    assert TRACING_KEY not in sent


@pytest.mark.parametrize("variables", [{}, {"LANGSMITH_TRACING": "false"}, {"LANGCHAIN_TRACING_V2": "true"}])
async def test_nothing_leaves_while_it_is_off(
    models: ModelPlace, smith: Smith, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older variable, which nobody who reads our settings would look for, does not switch it on."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert not load_settings().langsmith_tracing
    answer = await (await models.gateway()).ask(ask(words="Private."))
    await models.aclose()
    assert answer.text == "Fine."
    assert smith.paths == []
