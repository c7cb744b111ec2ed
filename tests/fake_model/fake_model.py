"""A model endpoint over real HTTP that does as it is told: answers, faults, and a provider's bill."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

TRUE = "true"
"""The usage that is on the bill."""


@dataclass(frozen=True)
class Act:
    """What happens to one request. The first field that is set decides: status, hang_s, raw, else an answer."""

    text: str = ""
    tool_calls: tuple[dict[str, Any], ...] = ()
    """{"id", "name", "arguments": str}"""
    finish: str | None = None
    refusal: str | None = None
    usage: Any = TRUE
    completion_tokens: int | None = None
    """On the bill; else by the length of the text."""
    usage_in_each_piece: bool = False
    cut_after: int | None = None
    """Pieces after which the stream ends without its end."""
    cut_clean: bool = False
    """As if that were the end; else the connection is torn."""
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    hang_s: float | None = None
    raw: str | None = None
    raw_type: str = "text/event-stream"
    pieces_late_s: float = 0.0


@dataclass
class Bill:
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    """That were charged."""

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


class FakeModel:
    def __init__(self) -> None:
        self.url = ""
        """Base URL, while it is served."""
        self.script: deque[Act] = deque()
        self.by_model: dict[str, deque[Act]] = {}
        self.always: Act = Act(text="Fine.")
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.bill = Bill()
        self.most_at_once = 0
        self.stopping = threading.Event()
        self._now = 0
        self._lock = threading.Lock()

    def says(self, *acts: Act | str, model: str | None = None) -> None:
        queue = self.script if model is None else self.by_model.setdefault(model, deque())
        queue.extend(Act(text=act) if isinstance(act, str) else act for act in acts)

    def next_act(self, request: dict[str, Any], headers: dict[str, str]) -> Act:
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            for queue in (self.by_model.get(request["model"]), self.script):
                if queue:
                    return queue.popleft()
            return self.always

    def until_asked(self, times: int, *, within_s: float = 60) -> None:
        """Blocking."""
        deadline = time.monotonic() + within_s
        while len(self.requests) < times:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1

    def charge(self, request: dict[str, Any], act: Act) -> dict[str, int]:
        """Writes it on the bill, as providers do when they begin to work, and returns the true usage."""
        limit = request.get("max_completion_tokens") or request.get("max_tokens") or 10**9
        said = act.text + "".join(call["arguments"] for call in act.tool_calls)
        completion = act.completion_tokens if act.completion_tokens is not None else -(-len(said) // 4)
        prompt = -(-len(json.dumps([request["messages"], request.get("tools")], ensure_ascii=False)) // 4)
        completion = min(completion, limit) if act.completion_tokens is None else completion
        with self._lock:
            self.bill.calls += 1
            self.bill.prompt_tokens += prompt
            self.bill.completion_tokens += completion
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        model = self.server.model
        act = model.next_act(request, dict(self.headers))
        with contextlib.suppress(ConnectionError), model.at_work():
            self._do(model, request, act)

    def _do(self, model: FakeModel, request: dict[str, Any], act: Act) -> None:
        if act.status is not None:
            body = act.body if act.body is not None else {"error": {"message": f"injected {act.status}"}}
            self._send(act.status, body if isinstance(body, str) else json.dumps(body), "application/json", act.headers)
            return
        usage = model.charge(request, act)
        if act.hang_s is not None:
            model.stopping.wait(act.hang_s)
            self.close_connection = True
        elif act.raw is not None:
            self._send(200, act.raw, act.raw_type)
        elif request.get("stream"):
            self._stream(request, act, usage)
        else:
            self._send(200, json.dumps(_whole(request, act, usage)), "application/json")

    def _send(self, status: int, body: str, kind: str, headers: dict[str, str] | None = None) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, request: dict[str, Any], act: Act, usage: dict[str, int]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        told = usage if act.usage == TRUE else act.usage
        for number, (delta, finish) in enumerate(_deltas(act)):
            if act.cut_after is not None and number >= act.cut_after:
                self._end(torn=not act.cut_clean)
                return
            if act.pieces_late_s:
                time.sleep(act.pieces_late_s)
            self._event(request, [{"index": 0, "delta": delta, "finish_reason": finish}], told, act.usage_in_each_piece)
        wanted = (request.get("stream_options") or {}).get("include_usage")
        if wanted and told is not None and not act.usage_in_each_piece:
            self._event(request, [], told, True)
        self._chunk(b"data: [DONE]\n\n")
        self._end(torn=False)

    def _event(self, request: dict[str, Any], choices: list[Any], usage: Any, with_usage: bool) -> None:
        body: dict[str, Any] = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": request["model"]}
        body["choices"] = choices
        if with_usage:
            body["usage"] = usage
        self._chunk(f"data: {json.dumps(body)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _end(self, *, torn: bool) -> None:
        if not torn:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = torn


def _deltas(act: Act) -> Iterator[tuple[dict[str, Any], str | None]]:
    yield {"role": "assistant", "content": ""}, None
    for word in re.findall(r"\S+\s*|\s+", act.text):
        yield {"content": word}, None
    for word in re.findall(r"\S+\s*", act.refusal or ""):
        yield {"refusal": word}, None
    for number, call in enumerate(act.tool_calls):
        head = {"index": number, "id": call.get("id", f"call_{number}"), "type": "function"}
        yield {"tool_calls": [{**head, "function": {"name": call["name"], "arguments": ""}}]}, None
        arguments = call["arguments"]
        for start in range(0, len(arguments), 10):
            part = {"index": number, "function": {"arguments": arguments[start : start + 10]}}
            yield {"tool_calls": [part]}, None
    yield {}, act.finish or ("tool_calls" if act.tool_calls else "stop")


def _whole(request: dict[str, Any], act: Act, usage: dict[str, int]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": act.text, "refusal": act.refusal}
    if act.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.get("id", f"call_{number}"),
                "type": "function",
                "function": {"name": call["name"], "arguments": call["arguments"]},
            }
            for number, call in enumerate(act.tool_calls)
        ]
    finish = act.finish or ("tool_calls" if act.tool_calls else "stop")
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"id": "c1", "object": "chat.completion", "created": 1, "model": request["model"], "choices": [choice]}
    return body | ({"usage": usage if act.usage == TRUE else act.usage} if act.usage is not None else {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, model: FakeModel) -> None:
        self.model = model
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is nothing to report."""


M = TypeVar("M", bound="FakeModel")


@contextlib.contextmanager
def serve(model: M) -> Iterator[M]:
    server = _Server(model)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        yield model
    finally:
        model.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


__all__ = ["TRUE", "Act", "Bill", "FakeModel", "serve"]
