"""`softwright impact`: what a change in words would touch, in a project or in any folder."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from agents.models.outside import outside_runs
from agents.pm.reranking import MOST, rerank
from memory.database import make_pool
from memory.migrations import migrate
from memory.records.impact import Impact
from memory.repositories.code_index import CodeIndexes
from memory.repositories.code_vectors import CodeVectors
from memory.services.postgres import ensure_postgres
from memory.settings import Settings, load_settings
from server.cli.connection import connected_to
from server.cli.errors import WRONG_USE, CommandError
from server.cli.screen import clean, print_json
from tools.iterator.analyser import LexicalImpact
from tools.iterator.index import Index
from tools.iterator.interface import IteratorError
from tools.iterator.meaning import make_meaning
from tools.iterator.sources import FolderSource

Folder = Annotated[Path | None, typer.Option("--path", help="A folder with code, instead of a project.")]
Requests = Annotated[Path | None, typer.Option("--requests", help='JSON: [{"id": ..., "text": ...}].')]
Rerank = Annotated[
    bool, typer.Option("--rerank", help="With --path: let the model that is set put the first twenty in order.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Where the answers to --requests go (JSON).")]


def command(
    words: Annotated[list[str] | None, typer.Argument(help="ID and request; with --path the request alone.")] = None,
    path: Folder = None,
    requests: Requests = None,
    out: Out = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    reranked: Rerank = False,
) -> None:
    """Show which files, symbols and tests a change would touch. Nothing is changed."""
    given = list(words or [])
    if path is None:
        if len(given) != 2 or requests is not None:
            raise CommandError("name a project's id and a request, or a folder by --path", WRONG_USE)
        if reranked:
            raise CommandError("--rerank goes with --path: in a project, PM orders the files when it plans", WRONG_USE)
        with connected_to(given[0]) as (client, project_id):
            _show(client.post(f"/api/projects/{project_id}/impact", {"request": given[1]}), as_json)
        return
    if requests is not None:
        if out is None or given:
            raise CommandError("--requests needs --out FILE and no request of its own", WRONG_USE)
        answers = asyncio.run(_answer(path, _read(requests), reranked))
        out.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return
    if len(given) != 1 or not given[0].strip():
        raise CommandError("with --path DIR goes one request in quotes", WRONG_USE)
    _show(asyncio.run(_answer(path, [{"id": "", "text": given[0]}], reranked, whole=True)), as_json)


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        asked = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{file} cannot be read as JSON: {error}", WRONG_USE) from error
    if not isinstance(asked, list) or not all(map(_is_request, asked)):
        raise CommandError(f'{file} is to hold a list of {{"id": ..., "text": "..."}}', WRONG_USE)
    return [dict(request) for request in asked]


def _is_request(asked: object) -> bool:
    return isinstance(asked, dict) and isinstance(asked.get("text"), str) and "id" in asked


async def _answer(folder: Path, asked: list[dict[str, Any]], reranked: bool, *, whole: bool = False) -> dict[str, Any]:
    settings = load_settings()
    url = await asyncio.to_thread(ensure_postgres, settings)
    await migrate(url)
    async with make_pool(url) as pool:
        index = Index(CodeIndexes(pool))
        analyser = LexicalImpact(index, make_meaning(settings, CodeVectors(pool)))
        try:
            began = time.perf_counter()
            source = FolderSource(folder)
            (await index.at(source)).warm_up()
            seconds = time.perf_counter() - began
            impacts = await analyser.analyse_many(source, [request["text"] for request in asked])
            if reranked:
                impacts = await _reranked(settings, analyser, source, [a["text"] for a in asked], impacts)
        except IteratorError as error:
            raise CommandError(str(error)) from error
    if whole:
        return impacts[0].model_dump(mode="json")
    return {
        "index_seconds": round(seconds, 3),
        "results": [_result(a["id"], i) for a, i in zip(asked, impacts, strict=True)],
    }


async def _reranked(
    settings: Settings, analyser: LexicalImpact, source: FolderSource, texts: list[str], impacts: list[Impact]
) -> list[Impact]:
    """Where no model answers, the order stays, and that is said."""
    ordered = []
    async with outside_runs(settings) as gateway:
        for number, (text, impact) in enumerate(zip(texts, impacts, strict=True), 1):
            shown = await analyser.candidates(source, text, impact, MOST)
            told = await rerank(text, shown, gateway, key=f"impact/{number}")
            if told.fallback is not None:
                typer.echo(f"not ranked anew: {told.fallback.reason}", err=True)
            ordered.append(await analyser.reordered(source, impact, told.order))
    return ordered


def _result(id: Any, impact: Impact) -> dict[str, Any]:
    functions = sorted(
        ((symbol.score, f"{file.path}::{symbol.name}") for file in impact.files for symbol in file.symbols),
        reverse=True,
    )
    return {
        "id": id,
        "files": [file.path for file in impact.files],
        "functions": [name for _, name in functions],
        "seconds": impact.took_ms / 1000,
    }


def _show(impact: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(impact)
        return
    table = Table("share", "file", "symbols", "because", box=None, pad_edge=False)
    for file in impact["files"][:10]:
        because = "; ".join(
            reason["text"] if isinstance(reason, dict) else str(reason) for reason in file["reasons"][:3]
        )
        symbols = ", ".join(symbol["name"] for symbol in file["symbols"][:3])
        table.add_row(f"{file['score']:.0%}", clean(file["path"]), clean(symbols), clean(because))
    screen = Console(markup=False, highlight=False)
    screen.print(table)
    if impact["tests"]:
        screen.print(f"tests: {', '.join(map(clean, impact['tests'][:6]))}")
    if impact.get("dependants"):
        screen.print(f"depend on them: {', '.join(clean(d['path']) for d in impact['dependants'][:6])}")
    if impact.get("lacking"):
        screen.print(clean(impact["lacking"]))
    screen.print(f"risk: {impact['risk']['level']} ({'; '.join(impact['risk']['reasons'])})")


__all__ = ["command"]
