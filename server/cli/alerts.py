"""`softwright alerts`: what fires in a project, to whom it was told, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.connection import Project, connected_to
from server.cli.screen import clean, print_json, result

SHOWN = 50


def command(
    project: Project,
    state: Annotated[str | None, typer.Option(help="pending, firing or resolved.  [default: all]")] = None,
    acknowledge: Annotated[str | None, typer.Option(help="The id of an alert that you see to.")] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Set the channels: apprise addresses, one option each; '' for none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show a project's alerts; acknowledge one; set where they are sent."""
    with connected_to(project) as (client, project_id):
        path = f"/api/projects/{project_id}/alerts"
        if channel is not None:
            client.post(f"{path}/config", {"channels": [address for address in channel if address]})
        if acknowledge is not None:
            client.post(f"/api/alerts/{quote(acknowledge, safe='')}/acknowledge", {})
        answer = client.get(path, limit=SHOWN, **({"state": state} if state else {}))
    if as_json:
        print_json(answer)
        return
    if not answer["items"]:
        result("No alerts.")
    else:
        Console(markup=False, highlight=False).print(_table(answer["items"]))
    result("\n".join(_rest(answer)))


def _table(alerts: list[Mapping[str, Any]]) -> Table:
    table = Table(Column("id", no_wrap=True), "rule", "severity", "state", "environment", "since", box=None)
    for alert in alerts:
        cells = [*(alert[key] for key in ("id", "rule", "severity")), _state(alert), alert["environment"]]
        table.add_row(*map(clean, cells), str(alert["fired_at"] or alert["active_at"])[:19])
    return table


def _state(alert: Mapping[str, Any]) -> str:
    marks = ["acknowledged"] * bool(alert["acknowledged_at"]) + ["silenced"] * bool(alert["silenced"])
    return ", ".join([str(alert["state"]), *marks])


def _rest(answer: Mapping[str, Any]) -> list[str]:
    lines = []
    for channel in answer["channels"]:
        error = f"; last error: {channel['last_error']}" if channel["waiting"] or channel["failed"] else ""
        counts = f"{channel['sent']} sent, {channel['waiting']} waiting, {channel['failed']} failed"
        lines.append(f"channel {channel['shown']}: {counts}{error}")
    if not answer["channels"]:
        lines.append("No channel is set: nobody is told (softwright alerts ID --channel ADDRESS).")
    for done in islice(answer["remediations"], 5):
        lines.append(f"{done['action']} in {done['environment']}: {done['outcome']}. {done['detail']}")
    return lines


__all__ = ["command"]
