"""An application's `/metrics` page, and what happened between two looks at it. The page is written by strangers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from memory.records.monitoring import Metric

REQUESTS = "http_requests_total"
SECONDS = "http_request_duration_seconds"
MOST_SAMPLES = 50_000


class NotReadable(Exception):
    """The page is no Prometheus text."""


@dataclass(frozen=True)
class Counters:
    """Sums over all routes but those that only we ask."""

    requests: float
    errors: float
    seconds: float
    buckets: Mapping[float, float] = field(default_factory=dict)
    """Count of answers by upper bound in seconds, each with those below."""


def counters(text: str, own_routes: Collection[str]) -> Counters | None:
    """None where the application does not count requests. Raises NotReadable."""
    requests = errors = total = 0.0
    buckets: dict[float, float] = {}
    counted = False
    try:
        for name, labels, value in _samples(text):
            if labels.get("route", "") in own_routes or not math.isfinite(value):
                continue
            if name == REQUESTS:
                counted = True
                requests += value
                errors += value if labels.get("status", labels.get("code", "")).startswith("5") else 0.0
            elif name == f"{SECONDS}_sum":
                total += value
            elif name == f"{SECONDS}_bucket":
                bound = float(labels.get("le", "nan"))
                buckets[bound] = buckets.get(bound, 0.0) + value
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise NotReadable(f"its metrics page is no Prometheus text: {error}") from error
    buckets = {bound: count for bound, count in buckets.items() if not math.isnan(bound)}
    return Counters(requests, errors, total, buckets) if counted or _has_family(text) else None


def _has_family(text: str) -> bool:
    """Before the first request the counter is announced and has no sample yet."""
    return "# TYPE http_requests" in text


def _samples(text: str) -> Iterable[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(text)
    samples = ((s.name, s.labels, s.value) for family in families for s in family.samples)
    return itertools.islice(samples, MOST_SAMPLES)


def since(before: Counters, now: Counters) -> Counters:
    """What was counted between the two. A counter that fell began anew: all of it counts."""
    if now.requests < before.requests or now.seconds < before.seconds:
        return now
    buckets = {bound: max(count - before.buckets.get(bound, 0.0), 0.0) for bound, count in now.buckets.items()}
    errors = now.errors - before.errors
    return Counters(now.requests - before.requests, max(errors, 0.0), now.seconds - before.seconds, buckets)


def measured(span: Counters) -> dict[str, float]:
    """Values by metric. Without a request there are no times, and no rate of errors."""
    values: dict[str, float] = {Metric.REQUESTS: span.requests}
    if span.requests > 0:
        values |= {Metric.ERRORS: span.errors, Metric.RESPONSE_MS: span.seconds * 1000}
        for metric, share in ((Metric.P50, 0.5), (Metric.P95, 0.95)):
            quantile = histogram_quantile(share, span.buckets)
            if quantile is not None:
                values[metric] = quantile * 1000
    return values


def histogram_quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """As in Prometheus: linear within a bucket; the last finite bound for what lies beyond it."""
    bounds = sorted(buckets)
    if not bounds or buckets[bounds[-1]] <= 0:
        return None
    rank = share * buckets[bounds[-1]]
    low = below = 0.0
    for bound in bounds:
        count = max(buckets[bound], below)
        if count >= rank:
            if math.isinf(bound):
                return low
            return low + (bound - low) * ((rank - below) / (count - below) if count > below else 1.0)
        low, below = bound, count
    return low


__all__ = ["Counters", "NotReadable", "counters", "histogram_quantile", "measured", "since"]
