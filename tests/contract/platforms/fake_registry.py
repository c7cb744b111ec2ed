"""An image registry, as much of its protocol (version 2) as a push takes."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from tests.contract.platforms.fake_provider import TOKEN, App, Fake


@dataclass
class FakeRegistry(Fake):
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)

    def apps(self) -> dict[str, App]:
        return {}

    def registry(self, handler: Any, path: str, query: dict[str, str], raw: bytes) -> None:
        wanted = base64.b64encode(f"acme:{TOKEN}".encode()).decode()
        if handler.headers.get("authorization") != f"Basic {wanted}":
            return handler.say(401, b"{}", {"www-authenticate": 'Basic realm="registry"'})
        found = re.fullmatch(r"/v2/(?:(?P<name>.+)/(?P<kind>blobs|manifests)/(?P<ref>.*))?", path)
        assert found is not None
        name, kind, ref = found["name"], found["kind"], found["ref"] or ""
        if kind is None:
            return handler.say(200, b"{}", {})
        if kind == "manifests" and handler.command == "PUT":
            self.manifests[f"{name}:{ref}"] = raw
            return handler.say(201, b"", {"docker-content-digest": _digest(raw)})
        if ref.startswith("uploads/"):
            return self._upload(handler, name, ref, query, raw)
        known = self.blobs.get(ref) if kind == "blobs" else self.manifests.get(f"{name}:{ref}")
        headers = {"docker-content-digest": ref}
        return handler.say(404 if known is None else 200, b"" if handler.command == "HEAD" else known or b"", headers)

    def _upload(self, handler: Any, name: str, ref: str, query: dict[str, str], raw: bytes) -> None:
        upload = ref.removeprefix("uploads/") or self.new_id("u")
        self.uploads[upload] = self.uploads.get(upload, b"") + raw
        headers = {"location": f"/v2/{name}/blobs/uploads/{upload}", "docker-upload-uuid": upload}
        if handler.command != "PUT":
            headers["range"] = f"0-{max(len(self.uploads[upload]) - 1, 0)}"
            return handler.say(202, b"", headers)
        data = self.uploads.pop(upload)
        assert _digest(data) == query["digest"]
        self.blobs[query["digest"]] = data
        return handler.say(201, b"", headers | {"docker-content-digest": query["digest"]})


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


__all__ = ["FakeRegistry"]
