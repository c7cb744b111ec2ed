"""Watching a run to its end and telling how it ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from rich.text import Text

from server.cli.client import Client, Document
from server.cli.errors import FAILED, CommandError
from server.cli.screen import clean, print_json, progress, result
from server.cli.story import doing_after, line_of, share

INTERRUPTED = 130


def follow_to_end(client: Client, project_id: str, run_id: str, *, as_json: bool) -> None:
    """Shows a run's progress, then its outcome. Raises CommandError where it did not succeed."""
    began = time.monotonic()
    try:
        _show(client.follow(project_id, run_id))
    except KeyboardInterrupt:
        raise CommandError(
            f"stopped watching; the run goes on. Look at it: softwright show {project_id}", INTERRUPTED
        ) from None
    outcome = outcome_of(client, project_id, run_id, time.monotonic() - began)
    if as_json:
        print_json(outcome)
    elif outcome["status"] == "succeeded":
        result(_summary(outcome))
    if outcome["status"] != "succeeded":
        raise CommandError(
            _what_failed(outcome["status"], client.get(f"/api/runs/{quote(run_id)}"), project_id), FAILED
        )


def _show(events: Iterator[Document]) -> None:
    console = progress()
    with console.status("waiting for a worker") as status:
        for event in events:
            line = line_of(event)
            if line is not None:
                console.print(Text(clean(line)))
            doing = doing_after(event)
            if doing:
                status.update(doing)


def outcome_of(client: Client, project_id: str, run_id: str, took_s: float) -> Document:
    """The object that `--json` prints."""
    run = client.get(f"/api/runs/{quote(run_id)}")
    project = client.get(f"/api/projects/{quote(project_id)}")
    return {
        "project_id": project_id,
        "run_id": run_id,
        "status": run["status"],
        "url": _url(client, project_id, run_id),
        "commit": project.get("commit"),
        "coverage": project.get("test_coverage"),
        "security_score": project.get("security_score"),
        "not_understood": run.get("not_understood") or [],
        "spend": run.get("spend"),
        "took_s": round(took_s, 2),
    }


def _url(client: Client, project_id: str, run_id: str) -> str | None:
    """Where this run's deployment answers."""
    for deployment in client.items(f"/api/projects/{quote(project_id)}/deployments"):
        if deployment.get("run_id") in (run_id, None) and deployment.get("status") == "healthy":
            return str(deployment["deployment_url"])
    return None


def _summary(outcome: Mapping[str, Any]) -> str:
    where = outcome["url"] or "not deployed"
    lines = [f"{where}  (project {outcome['project_id']}, {outcome['took_s']:.1f} s)"]
    if outcome["coverage"] is not None:
        security = share(outcome["security_score"])
        lines.append(f"tests passed, coverage {share(outcome['coverage'])}, security score {security}")
    if outcome["commit"]:
        lines.append(f"commit {outcome['commit']}")
    return "\n".join(lines)


def _what_failed(status: str, run: Mapping[str, Any], project_id: str) -> str:
    if status == "waiting":
        return f"the run waits for an approval. Look at it: softwright show {project_id}"
    failed = [step for step in run.get("steps") or () if step.get("status") == "failed"]
    why = run.get("error") or (failed[-1].get("evidence") if failed else None) or "no reason is recorded"
    where = f" in {failed[-1].get('agent') or failed[-1].get('name')}" if failed else ""
    return f"the run {status}{where}: {clean(why).rstrip('.')}. Look at it: softwright show {project_id}"


__all__ = ["follow_to_end", "outcome_of"]
