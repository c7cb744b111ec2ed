"""`softwright show`: one project with its latest run and its deployments."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

import typer

from server.cli.connection import Project, connected_to
from server.cli.decide import lines_of
from server.cli.screen import print_json, result
from server.cli.story import part_text, share

NOTES = 10


def command(
    project: Project,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show a project: its state, its latest run step by step, where it is deployed."""
    with connected_to(project) as (client, project_id):
        path = f"/api/projects/{project_id}"
        found = client.get(path)
        latest = next(client.items(f"{path}/runs", limit=1), None)
        run = client.get(f"/api/runs/{quote(latest['id'])}") if latest is not None else None
        imported = client.get(f"{path}/import") if found.get("template") == "imported" and found["commit"] else None
        notes = client.get(f"{path}/memory")["items"]
        deployments = list(islice(client.items(f"{path}/deployments", limit=20), 20))
    if as_json:
        print_json(
            {
                "project": found,
                "run": run,
                "deployments": deployments,
                "memory": notes,
                **({"import": imported} if imported else {}),
            }
        )
        return
    overview = imported["overview"].splitlines() if imported else []
    result(
        "\n".join(
            [
                *_project(found),
                *overview,
                *(run_lines(run) if run is not None else ()),
                *map(_deployment, deployments),
                *(f"remembered, {note['kind']}: {note['text']}" for note in notes[:NOTES]),
            ]
        )
    )


def _project(project: Mapping[str, Any]) -> list[str]:
    figures = [
        f"{name} {share(project[key])}"
        for name, key in (
            ("coverage", "test_coverage"),
            ("security", "security_score"),
            ("performance", "performance_score"),
        )
        if project.get(key) is not None
    ]
    facts = [project.get("type"), project.get("status"), *figures]
    return [
        f"{project['name']}  {project['id']}",
        ", ".join(str(fact) for fact in facts if fact),
        *([f"commit {project['commit']}"] if project.get("commit") else []),
    ]


def run_lines(run: Mapping[str, Any]) -> list[str]:
    """With what it waits for, and how that is decided."""
    lines = [f"run {run['id']}: {run['status']}"]
    if run["status"] == "waiting" and run.get("waiting"):
        lines += [f"  waits for: {line}" for line in lines_of(run["waiting"])]
        lines.append(f'  decide: softwright approve {run["id"]}, or softwright reject {run["id"]} "why"')
    for step in run.get("steps") or ():
        lines += [f"  {line}" for line in step_lines(step)]
    return lines + ([f"  {run['error']}"] if run.get("error") else [])


def step_lines(step: Mapping[str, Any]) -> list[str]:
    """A step of a run document: what it is, how it ended, and what it said. Checks of QA tell their figure."""
    evidence = step.get("evidence") or {}
    names = str(step.get("name", "")).split("/")
    title = f"{names[0]} {names[-1]}" if len(names) > 1 else names[0]
    if "outcome" in evidence:
        return [f"  {title}: {evidence['outcome']}, {evidence.get('summary', '')}"]
    said = [f"  assumed: {words}" for words in evidence.get("assumptions") or ()]
    said += [f"  not understood: {part_text(part)}" for part in evidence.get("not_understood") or ()]
    return [f"{title}: {step.get('status', '')}", *said]


def _deployment(deployment: Mapping[str, Any]) -> str:
    where = deployment.get("deployment_url") or ""
    return f"{deployment['environment']}: {deployment['status']} {where}  (deployment {deployment['id']})"


__all__ = ["command", "run_lines", "step_lines"]
