"""An application's page of metrics, also where it is odd."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from memory.records.monitoring import Metric
from tools.monitoring.exposition import Counters, NotReadable, counters, histogram_quantile, measured, since

OWN = ("/health", "/metrics")


def page(*requests: tuple[str, str, int, float]) -> str:
    """As the templates' applications write it."""
    registry = CollectorRegistry()
    count = Counter("http_requests", "Requests answered", ["method", "route", "status"], registry=registry)
    times = Histogram("http_request_duration_seconds", "Time to answer", ["method", "route"], registry=registry)
    for method, route, status, seconds in requests:
        count.labels(method, route, status).inc()
        times.labels(method, route).observe(seconds)
    return generate_latest(registry).decode()


def test_requests_are_counted_without_our_own() -> None:
    text = page(("GET", "/todos", 200, 0.01), ("POST", "/todos", 503, 0.2), *[("GET", "/health", 500, 9.0)] * 5)
    found = counters(text, OWN)
    assert found is not None
    assert (found.requests, found.errors) == (2, 1)
    assert found.seconds == pytest.approx(0.21)


def test_a_page_before_the_first_request_counts_zero_and_one_of_something_else_nothing() -> None:
    assert counters(page(), OWN) == Counters(0, 0, 0, {})
    assert counters("# TYPE other gauge\nother 1\n", OWN) is None


@pytest.mark.parametrize("text", ["<html>not found</html>", "a{b", 'http_requests_total{route="x"} many', "a 1 2x\n"])
def test_what_is_no_page_of_metrics_is_refused(text: str) -> None:
    with pytest.raises(NotReadable):
        counters(text, OWN)


def test_a_counter_that_fell_began_anew() -> None:
    before = counters(page(*[("GET", "/a", 200, 0.01)] * 9), OWN)
    now = counters(page(("GET", "/a", 500, 0.01)), OWN)
    assert before is not None
    assert now is not None
    span = since(before, now)
    assert (span.requests, span.errors) == (1, 1)


def test_without_requests_there_are_no_times_and_no_rate() -> None:
    assert measured(Counters(0, 0, 0)) == {Metric.REQUESTS: 0}


def test_values_of_a_span() -> None:
    text = page(*[("GET", "/a", 200, 0.004)] * 95, *[("GET", "/a", 500, 0.4)] * 5)
    found = counters(text, OWN)
    assert found is not None
    values = measured(since(Counters(0, 0, 0), found))
    assert values[Metric.ERRORS] == 5
    assert values[Metric.P50] < 5
    assert values[Metric.P95] <= 5.0
    assert values[Metric.RESPONSE_MS] == pytest.approx(95 * 4 + 5 * 400)


@given(st.lists(st.floats(0.0001, 12), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(seconds: list[float], share: float) -> None:
    bounds = [0.005, 0.05, 0.5, 1.0, 2.5, 10.0, float("inf")]
    buckets = {bound: float(sum(s <= bound for s in seconds)) for bound in bounds}
    rank = share * len(seconds)
    true = next(s for i, s in enumerate(sorted(seconds), 1) if i >= rank)
    found = histogram_quantile(share, buckets)
    assert found is not None
    upper = next(bound for bound in bounds if true <= bound)
    lower = max([bound for bound in bounds if bound < upper], default=0.0)
    assert lower <= found <= upper
