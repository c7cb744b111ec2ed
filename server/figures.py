"""Measured figures beside what is on record: of deployments, of a project."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.metrics.store import MetricStore, Sums, figure
from memory.records.monitoring import Metric
from server.parts import Parts

SPAN = timedelta(hours=24)
Document = dict[str, Any]


async def with_figures(parts: Parts, documents: Sequence[Document]) -> list[Document]:
    """Deployment documents with what was measured in the last 24 hours; null where nothing was."""
    ids = [document["id"] for document in documents]
    sums = await MetricStore(parts.pool).sums(ids, datetime.now(UTC) - SPAN) if ids else {}
    return [document | _figures(parts, document, sums[document["id"]]) for document in documents]


async def with_figure(parts: Parts, document: Document) -> Document:
    (filled,) = await with_figures(parts, [document])
    return filled


def _figures(parts: Parts, document: Document, sums: Sums) -> Document:
    healthy = figure(sums, Metric.HEALTHY)
    path = f"/api/deployments/{document['id']}/monitoring/grafana.json"
    return {
        "uptime_percentage": None if healthy is None else round(100 * healthy, 3),
        "average_response_time": _rounded(figure(sums, Metric.RESPONSE_AVG)),
        "error_rate": _rounded(figure(sums, Metric.ERROR_RATE), 6),
        "monitoring_dashboard_url": f"{parts.settings.url}{path}" if document["deployment_url"] else None,
    }


def summary(sums: Sums, span: timedelta) -> Document:
    """All figures of one deployment over a span. Times in milliseconds, shares from 0 to 1."""
    requests = sums.get(Metric.REQUESTS)
    peak = {f"{m}_max": sums[m].high for m in (Metric.P95, Metric.CPU_USAGE, Metric.MEMORY_BYTES) if m in sums}
    means = (Metric.P50, Metric.P95, Metric.RESPONSE_AVG, Metric.ERROR_RATE, Metric.CPU_CORES, Metric.CPU_USAGE)
    values = {m.value: figure(sums, m) for m in (*means, Metric.MEMORY_BYTES, Metric.MEMORY_USAGE)}
    healthy = figure(sums, Metric.HEALTHY)
    return {
        **values,
        **peak,
        "requests": 0 if requests is None else round(requests.total),
        "requests_per_second": None if requests is None else requests.total / span.total_seconds(),
        "uptime_percentage": None if healthy is None else round(100 * healthy, 3),
    }


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)


__all__ = ["SPAN", "summary", "with_figure", "with_figures"]
