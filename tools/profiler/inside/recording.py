"""Asks an application what it offers, or what another version of it was asked, and writes the answers down.

Each run has the application as it is after its import, and an empty database: they differ in what is made by chance.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

from tools.profiler.inside.asgi import Application, NotStarted
from tools.profiler.inside.asking import Asking
from tools.profiler.inside.main import document_of, forget_ourselves, loaded
from tools.profiler.inside.operations import operations_of
from tools.profiler.inside.places import Places


def main(order: dict[str, Any]) -> None:
    """`order`: our_code (folder), asgi, factory, paths, report (file), script (steps of before, or none), total_s."""
    forget_ourselves(order["our_code"])
    report = Path(order["report"]).absolute()
    report.parent.mkdir(parents=True, exist_ok=True)
    root = Path.cwd()
    sys.path[0:0] = [str(root / path) for path in order["paths"]]
    try:
        target = loaded(order["asgi"], factory=order["factory"])
        first = _in_child(target, order, order["script"], report)
        again = _in_child(target, order, first["steps"], report) if order["script"] is None else None
    except NotStarted as error:
        report.write_text(json.dumps({"problem": f"the application did not start: {error}"}))
        return
    report.write_text(json.dumps({"steps": first["steps"], "again": [] if again is None else again["steps"]}))


def _in_child(target: Any, order: dict[str, Any], script: list[Any] | None, report: Path) -> dict[str, Any]:
    """In a process of its own, over the data that the import left. Raises NotStarted."""
    made, data, kept = report.with_name("run.json"), report.parent, report.parent.with_name(".softwright-kept")
    if kept.exists():
        shutil.rmtree(data)
        shutil.copytree(kept, data)
    else:
        shutil.copytree(data, kept)
    child = os.fork()
    if child == 0:
        try:
            told = asyncio.run(_run(target, script, order["total_s"]))
        except BaseException as error:  # whatever a stranger's code raises is told, and the process ends here
            told = {"problem": traceback.format_exception_only(error)[-1].strip()[-1500:]}
        made.write_text(json.dumps(told))
        os._exit(0)
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(made.read_text()) if made.exists() else {"problem": "its process died"}
    if "problem" in found:
        raise NotStarted(found["problem"])
    return found


async def _run(target: Any, script: list[Any] | None, total_s: float) -> dict[str, Any]:
    app = Application(target)
    await app.start()
    try:
        document = document_of(target, (await app.ask("GET", "/openapi.json")).json())
        asking = Asking(app, document, operations_of(target, document, Places(Path.cwd())), total_s)
        return {"steps": await (asking.first() if script is None else asking.again(script))}
    finally:
        await app.stop()


if __name__ == "__main__":
    main(json.loads(sys.stdin.read()))
