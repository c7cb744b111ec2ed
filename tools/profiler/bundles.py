"""What a browser has to load: the files of a Vite build, from its manifest where it has one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from memory.records.performance import Kind, PerformanceFinding
from memory.untrusted_files import UntrustedFileError, read_untrusted, regular_files

FOLDERS = ("dist", "frontend/dist", "web/dist", "client/dist", "app/static/dist", "build")
CONFIGURATIONS = ("vite.config.ts", "vite.config.js", "vite.config.mjs", "vite.config.mts")
MANIFESTS = (".vite/manifest.json", "manifest.json")
KINDS = (".js", ".mjs", ".css")
FILE_BYTES = 20 << 20
MOST_FILES = 500
LARGE_BYTES = 500_000
"""From which on Vite itself warns of a chunk."""
INITIAL_GZIP_BYTES = 170_000
"""Of all that the first page needs: about a second on a slow phone's connection."""


def bundles_of(project: Path) -> dict[str, Any]:
    """Empty where there is no build."""
    for folder in FOLDERS:
        if (project / folder).is_dir() and any((project / folder).parent.glob("vite.config.*")):
            return _read(project, folder)
    return {}


def _read(project: Path, folder: str) -> dict[str, Any]:
    rows = []
    for path in [p for kind in KINDS for p in regular_files(project, folder, kind)][:MOST_FILES]:
        try:
            content = read_untrusted(project, path, FILE_BYTES)
        except UntrustedFileError as error:
            return {"folder": folder, "problem": str(error)}
        rows.append({"file": path, "bytes": len(content), "gzip": len(gzip.compress(content, 6))})
    rows.sort(key=lambda row: -int(str(row["bytes"])))
    first = _initial(project, folder)
    initial = [row for row in rows if first is None or row["file"] in first]
    return {
        "folder": folder,
        "files": rows,
        "bytes": sum(int(str(row["bytes"])) for row in rows),
        "gzip": sum(int(str(row["gzip"])) for row in rows),
        "initial_gzip": sum(int(str(row["gzip"])) for row in initial),
        "initial_known": first is not None,
    }


def _initial(project: Path, folder: str) -> set[str] | None:
    """Files of the entries and of what these import at once; None without a manifest."""
    for name in MANIFESTS:
        try:
            manifest = json.loads(read_untrusted(project, f"{folder}/{name}", FILE_BYTES))
        except (UntrustedFileError, ValueError):
            continue
        if isinstance(manifest, Mapping):
            return {f"{folder}/{file}" for file in _reached(manifest)}
    return None


def _reached(manifest: Mapping[str, Any]) -> Iterator[str]:
    waiting = [name for name, chunk in manifest.items() if isinstance(chunk, Mapping) and chunk.get("isEntry")]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        chunk = manifest.get(name)
        if name in seen or not isinstance(chunk, Mapping):
            continue
        seen.add(name)
        yield from (str(file) for file in (chunk.get("file"), *chunk.get("css", ())) if file)
        waiting += [str(other) for other in chunk.get("imports", ())]


def bundle_findings(bundles: Mapping[str, Any]) -> tuple[PerformanceFinding, ...]:
    found = [
        PerformanceFinding(
            kind=Kind.LARGE_BUNDLE,
            file=str(row["file"]),
            line=None,
            why=f"a chunk of {row['bytes'] / 1000:.0f} kB ({row['gzip'] / 1000:.0f} kB packed)",
            fix="split it: import() of routes and heavy libraries, or manualChunks for what rarely changes",
            estimated_gain=round(1 - LARGE_BYTES / row["bytes"], 3),
            figures={"bytes": row["bytes"], "gzip": row["gzip"]},
        )
        for row in bundles.get("files", ())
        if row["bytes"] > LARGE_BYTES and PurePosixPath(str(row["file"])).suffix != ".css"
    ]
    initial = bundles.get("initial_gzip", 0)
    if initial > INITIAL_GZIP_BYTES:
        why = f"the first page needs {initial / 1000:.0f} kB packed, {INITIAL_GZIP_BYTES / 1000:.0f} kB would be quick"
        found.append(
            PerformanceFinding(
                kind=Kind.LARGE_BUNDLE,
                file=str(bundles["folder"]),
                line=None,
                why=why,
                fix="load by import() what the first page does not show",
                estimated_gain=round(1 - INITIAL_GZIP_BYTES / initial, 3),
                figures={"initial_gzip": initial},
            )
        )
    return tuple(found)


__all__ = ["bundle_findings", "bundles_of"]
