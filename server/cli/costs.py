"""`softwright costs`: what a project costs by the month, here and elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.connection import Project, connected_to
from server.cli.screen import clean, print_json, result

UNKNOWN = "unknown"


def command(
    project: Project,
    platform: Annotated[str | None, typer.Option(help="What is looked at.  [default: where it runs]")] = None,
    vcpu: Annotated[float | None, typer.Option(help="Cores that it needs.")] = None,
    memory_mb: Annotated[int | None, typer.Option("--memory-mb", help="Memory that it needs.")] = None,
    instances: Annotated[int | None, typer.Option(help="How many run.")] = None,
    requests: Annotated[int | None, typer.Option(help="Requests a month.  [default: as measured]")] = None,
    egress_gb: Annotated[float | None, typer.Option("--egress-gb", help="What goes out a month.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what a project costs by the month on each platform, and what could be saved."""
    asked = {"platform": platform, "vcpu": vcpu, "memory_mb": memory_mb, "instances": instances}
    asked |= {"requests_month": requests, "egress_gb": egress_gb}
    given = {name: value for name, value in asked.items() if value is not None}
    with connected_to(project) as (client, project_id):
        report = client.post(f"/api/projects/{project_id}/costs", given)
    if as_json:
        print_json(report)
        return
    profile = report["profile"]
    result(
        f"{profile['vcpu']:g} vCPU, {profile['memory_mb']} MB, {profile['instances']} running, "
        f"{profile['requests_month']} requests and {profile['egress_gb']:g} GB out a month; USD a month:"
    )
    Console(markup=False, highlight=False).print(_table(report))
    result("\n".join(_remarks(report)))


def _table(report: Mapping[str, Any]) -> Table:
    table = Table(Column("platform"), Column("plan"), Column("USD a month", justify="right"), "of this", box=None)
    for estimate in report["alternatives"]:
        mark = " *" if estimate["platform"] == report["platform"] else ""
        cells = [estimate["platform"] + mark, estimate["plan"], amount(estimate), _parts(estimate)]
        table.add_row(*(clean(cell) for cell in cells))
    return table


def amount(estimate: Mapping[str, Any]) -> str:
    """A sum; where a part is unknown, what it is at least."""
    if not estimate["fits"]:
        return "does not fit"
    if estimate["usd_month"] is not None:
        return f"{estimate['usd_month']:.2f}"
    return f"{estimate['usd_month_at_least']:.2f} + {UNKNOWN}"


def _parts(estimate: Mapping[str, Any]) -> str:
    said = [f"{line['what']} {_usd(line['usd'])} ({line['price']['sure']})" for line in estimate["lines"]]
    if estimate["adjustment_usd"]:
        said.append(f"plan {estimate['adjustment_usd']:+.2f}")
    return ", ".join(said) or "; ".join(estimate["notes"])


def _usd(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.2f}"


def _remarks(report: Mapping[str, Any]) -> list[str]:
    said = []
    for one in report["optimizations"]:
        saving = f" (saves {one['saving_usd']:.2f} USD a month)" if one["saving_usd"] else ""
        said.append(f"- {one['text']}{saving}")
    return [*said, f"Prices gathered {report['prices_gathered']}. {report['disclaimer']}"]


__all__ = ["amount", "command"]
