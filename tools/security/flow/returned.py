"""What a web function gives back reaches a browser."""

from __future__ import annotations

import ast
import re

from tools.security.flow import tables
from tools.security.flow.machine import Frame, Machine
from tools.security.flow.sinks import SAFE_TYPES, judge, type_set
from tools.security.flow.values import Value

MARKUP = re.compile(r"<[a-zA-Z!/]")


def check_return(node: ast.Return, value: Value, frame: Frame, machine: Machine) -> None:
    """In a function that serves HTML: text, or a response made of text."""
    if frame.web != "html" or node.value is None:
        return
    body = value
    if value.items is not None and value.name == "tuple":
        body = value.items.get(0, value)
        if any(_harmless_type(item) for item in value.items.values()):
            return
    if body.items is not None or body.name in {"dict", "list"}:
        return
    if not body.taints or _is_response(body) or type_set(frame):
        return
    judge(tables.XSS, body, node, frame, machine)


def _harmless_type(value: Value) -> bool:
    if value.items is None:
        return False
    texts = [item.const for item in value.items.values() if isinstance(item.const, str)]
    return any(word in text for text in texts for word in SAFE_TYPES)


def _is_response(value: Value) -> bool:
    """Made by a call that escapes, or that is judged where it is made."""
    return bool(
        re.search(
            r"(render|Template|jsonify|redirect|send_file|send_from|json_response|JSONResponse|HttpResponse|JsonResponse|"
            r"RedirectResponse|HTMLResponse|FileResponse|StreamingResponse|stream|int|url_for|execute|fetch|query)\w*\(\)|"
            r"^(HTTP|web\.)|json\.dumps\(\)",
            value.name,
        )
    )


__all__ = ["check_return"]
