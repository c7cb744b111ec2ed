"""What is known of a file is not looked at again, and counts as if it were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from memory.events import make_redis
from memory.records.manifest import Manifest
from memory.records.report import CheckOutcome
from memory.scan_cache import ScanCache
from tools.security.code_scanner import CodeScanner
from tools.security.secrets_scanner import SecretsScanner

FILES = {
    "app/main.py": "import pickle\n\n\ndef load(data):\n    return pickle.loads(data)\n",
    "app/other.py": "x = 1\n",
    "web/page.js": "document.body.innerHTML = location.hash;\n",
    "deploy/env.sh": "export KEY=" + "AKIA" + "Z7QX3RVD6LMK2NWP\n",
}


class Held:
    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self.held.get(key) for key in keys]

    async def put_many(self, found: Mapping[str, bytes], keep_s: int) -> None:
        self.held |= found


@pytest.mark.parametrize("kind", [CodeScanner, SecretsScanner])
async def test_only_what_changed_is_looked_at(
    kind: type[CodeScanner | SecretsScanner], sandbox, scanner_environment, build_tree, manifest: Manifest
) -> None:
    project: Path = build_tree(FILES)
    known = Held()
    scanner = kind(sandbox, scanner_environment, known=known)
    first = await scanner.scan(project, manifest)
    assert (first.outcome, first.evidence["known"]) == (CheckOutcome.FAILED, 0)
    held = len(known.held)
    assert not any(b"Z7QX3RVD6LMK2NWP" in value for value in known.held.values())

    again = await scanner.scan(project, manifest)
    assert again.findings == first.findings
    assert (again.evidence["known"], again.evidence["scanned"]) == (
        first.evidence["scanned"],
        first.evidence["scanned"],
    )
    assert len(known.held) == held

    (project / "app/other.py").write_text(
        f"import pickle\n\nSECRET_KEY = {'tr0ub4dor-and-3-more'!r}\npickle.loads(b'')\n"
    )
    changed = await scanner.scan(project, manifest)
    assert changed.evidence["known"] == first.evidence["scanned"] - 1
    assert {f.file for f in changed.findings} == {f.file for f in first.findings} | {"app/other.py"}
    plain = await kind(sandbox, scanner_environment).scan(project, manifest)
    assert changed.findings == plain.findings


async def test_the_cache_in_redis_and_one_that_is_gone(redis_url: str) -> None:
    redis = make_redis(redis_url)
    cache = ScanCache(redis)
    await cache.put_many({"a": b"1", "c": b"3"}, 60)
    assert await cache.get_many(["a", "b", "c"]) == [b"1", None, b"3"]
    assert await cache.get_many([]) == []
    await redis.aclose()
    gone = ScanCache(make_redis("redis://127.0.0.1:9/0"))
    await gone.put_many({"a": b"1"}, 60)
    assert await gone.get_many(["a"]) == [None]
