"""A registry of npm with packages of the test's own, on loopback."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

VERSIONS = ("1.0.0", "1.1.0", "1.2.0")
HOOK = {
    "package.json": {"name": "plain-hook", "type": "module", "exports": "./hook.js"},
    "hook.js": """import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent(`
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const text = await readFile(fileURLToPath(url), "utf8");
  const source = text.replace(/: (number|string)(\\\\[\\\\])?/g, "");
  return { format: "module", source, shortCircuit: true };
}`));
""",
}
"""Reads as much TypeScript as our fixtures have."""
CENTS = {
    "package.json": {
        "name": "cents-of",
        "type": "module",
        "exports": "./index.js",
        "scripts": {"postinstall": "touch run-by-npm"},
    },
    "index.js": "export const cents = (n) => Math.round(n * 100);\n",
}
Package = Mapping[str, Any]


class Registry:
    def __init__(self, url: str, packages: Mapping[str, Package]) -> None:
        self.url = url
        self.asked: list[str] = []
        self.tarballs = {f"/{name}/-/{name}-{v}.tgz": _packed(p, v) for name, p in packages.items() for v in VERSIONS}
        self._names = set(packages)

    def answer(self, path: str) -> bytes | None:
        self.asked.append(path)
        if path in self.tarballs:
            return self.tarballs[path]
        name = path.strip("/")
        return json.dumps(self._document(name)).encode() if name in self._names else None

    def _document(self, name: str) -> dict[str, Any]:
        versions = {}
        for number in VERSIONS:
            path = f"/{name}/-/{name}-{number}.tgz"
            digest = base64.b64encode(hashlib.sha512(self.tarballs[path]).digest()).decode()
            dist = {"tarball": self.url + path, "integrity": f"sha512-{digest}"}
            versions[number] = {"name": name, "version": number, "dist": dist, "hasInstallScript": True}
        times = {"created": "2019-01-01T00:00:00.000Z", **dict.fromkeys(VERSIONS, "2019-01-01T00:00:00.000Z")}
        return {"name": name, "dist-tags": {"latest": VERSIONS[-1]}, "versions": versions, "time": times}


def _packed(package: Package, version: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in package.items():
            text = content if isinstance(content, str) else json.dumps(content | {"version": version})
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return stream.getvalue()


class Handler(BaseHTTPRequestHandler):
    registry: ClassVar[Registry]

    def do_GET(self) -> None:
        answer = self.registry.answer(self.path.partition("?")[0])
        self.send_response(404 if answer is None else 200)
        self.end_headers()
        self.wfile.write(answer or b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was asked is kept."""


@contextmanager
def npm_registry() -> Iterator[Registry]:
    handler = type("Handler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    handler.registry = Registry(url, {"plain-hook": HOOK, "cents-of": CENTS})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield handler.registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


__all__ = ["Registry", "npm_registry"]
