"""Starts the application, puts a short load on it, and writes what was seen as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from tools.profiler.inside.asgi import Application, NotStarted
from tools.profiler.inside.database import Database
from tools.profiler.inside.load import Load, Times
from tools.profiler.inside.operations import operations_of
from tools.profiler.inside.places import Places
from tools.profiler.inside.records import Activity, Notes
from tools.profiler.inside.samples import Samples
from tools.profiler.inside.summing import summed
from tools.profiler.inside.watching import Pulse, Sampler
from tools.profiler.inside.wsgi import FromWsgi, is_wsgi

OURS = ("tools", "memory")


def forget_ourselves(our_code: str) -> None:
    """The project may have packages of the same names."""
    sys.path[:] = [folder for folder in sys.path if folder != our_code]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]


def main(order: dict[str, Any]) -> None:
    """`order`: our_code (folder), asgi, factory, paths, report (file), times."""
    forget_ourselves(order["our_code"])
    report = Path(order["report"])
    report.parent.mkdir(parents=True, exist_ok=True)
    try:
        made = asyncio.run(_measured(order))
    except NotStarted as error:
        made = {"problem": f"the application did not start: {error}"}
    report.write_text(json.dumps(made))


async def _measured(order: dict[str, Any]) -> dict[str, Any]:
    root = Path.cwd()
    sys.path[0:0] = [str(root / path) for path in order["paths"]]
    places, activity, notes = Places(root), Activity(), Notes()
    database = Database(places, activity)
    database.hook_sqlite()
    began = time.perf_counter()
    target = loaded(order["asgi"], factory=order["factory"])
    imported = time.perf_counter()
    app = Application(target)
    await app.start()
    started = time.perf_counter()
    database.hook_loaded()
    try:
        document = document_of(target, (await app.ask("GET", "/openapi.json")).json())
        samples = Samples(document)
        load = Load(app, samples, operations_of(target, document, places), activity, Times(**order["times"]))
        beating = asyncio.create_task(Pulse(places, activity, notes).beat())
        await load.prepare()
        await load.measure()
        notes.lags.clear()
        await load.run_together()
        lags = sorted(notes.lags)
        with Sampler(places, activity, notes):
            await load.sample()
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    finally:
        await app.stop()
    times = {"import_ms": (imported - began) * 1000, "start_ms": (started - imported) * 1000}
    return summed(load, notes, lags) | {name: round(ms, 1) for name, ms in times.items()}


def loaded(name: str, *, factory: bool) -> Any:
    module, _, attribute = name.partition(":")
    try:
        found: Any = import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
        app: Any = found() if factory else found
    except Exception as error:  # an import of a stranger's code may raise anything
        last = traceback.format_exception_only(error)[-1].strip()
        raise NotStarted(f"{name} cannot be loaded: {last}"[:1500]) from error
    return FromWsgi(app) if is_wsgi(app) else app


def document_of(app: Any, answered: Any) -> dict[str, Any]:
    """Also where the application shows it to nobody."""
    if isinstance(answered, dict) and "paths" in answered:
        return answered
    told = getattr(app, "openapi", None)
    try:
        found = told() if callable(told) else {}
    except Exception:  # a stranger's document may not be makeable
        return {}
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
