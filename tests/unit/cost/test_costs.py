"""Prices with their sources, estimates against worked examples, and advice that says nothing it does not know."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tools.cost.advice import SHORTEST_MINUTES, Measured, advise, needed
from tools.cost.book import PRICES, PriceBook, load_prices
from tools.cost.interface import CostError, Profile
from tools.cost.local import LocalPricing
from tools.cost.report import pricings, ranked, report

BOOK = load_prices()
EXAMPLE = Profile(vcpu=0.5, memory_mb=512, egress_gb=20, postgres_gb=1)
DAY = SHORTEST_MINUTES
SURE = {"official", "undated", "secondhand", "inferred", "stale", "unconfirmed"}


def test_every_price_names_a_source_with_its_date_or_is_unknown() -> None:
    document = yaml.safe_load(PRICES.read_text())
    assert all({"what", "date", "sure"} <= source.keys() for source in document["sources"].values())
    seen = 0
    for place, entry in BOOK.entries():
        assert {entry.get("sure", "official")} <= SURE, place
        if "usd" in entry:
            seen += 1
            price = BOOK.price(entry)
            if price.usd is None:
                assert price.sure == "unconfirmed", place
            else:
                assert price.source or place == "local.host", place
                assert entry["unit"], place
    assert seen > 60


@pytest.mark.parametrize(
    ("platform", "usd", "plan", "unknown"),
    [
        ("render", "13.30", "starter", ("bandwidth",)),
        ("flyio", "41.87", "shared-cpu-1x/512", ()),
        ("railway", "19.65", "hobby", ()),
    ],
)
def test_worked_examples(platform: str, usd: str, plan: str, unknown: tuple[str, ...]) -> None:
    """Half a vCPU and 512 MB used, 20 GB out, a small PostgreSQL with 1 GB."""
    estimate = pricings(BOOK)[platform].estimate(EXAMPLE)
    assert (estimate.known_usd, estimate.plan, estimate.unknown) == (Decimal(usd), plan, unknown)


def test_what_is_unknown_is_never_zero() -> None:
    found = report(BOOK, "render", EXAMPLE.model_copy(update={"redis_mb": 256, "disk_gb": 5.0}), Measured())
    by_platform = {estimate["platform"]: estimate for estimate in found["alternatives"]}
    assert by_platform["render"]["usd_month"] is None
    assert by_platform["render"]["unknown"] == ["disk", "bandwidth"]
    assert by_platform["flyio"]["unknown"] == ["Redis (Upstash)"]
    assert by_platform["vercel"]["unknown"] == ["PostgreSQL", "Redis"]
    for estimate in found["alternatives"]:
        for line in estimate["lines"]:
            assert (line["usd"] is None) == (line["what"] in estimate["unknown"])
            assert line["usd"] != 0 or line["price"]["usd"] == 0


def test_whole_prices_come_first_and_cheapest_first() -> None:
    estimates = ranked([pricing.estimate(EXAMPLE) for pricing in pricings(BOOK).values()])
    assert [estimate.platform for estimate in estimates] == ["local", "railway", "flyio", "render", "vercel"]


def test_railways_fee_counts_against_use() -> None:
    small = Profile(vcpu=0.05, memory_mb=64, postgres_memory_mb=0, egress_gb=0)
    estimate = pricings(BOOK)["railway"].estimate(small)
    assert estimate.known_usd == 5
    assert estimate.adjustment_usd > 0


def test_vercel_is_priced_by_what_functions_use() -> None:
    busy = Profile(postgres_memory_mb=0, requests_month=100_000_000, cpu_ms_request=50, wall_ms_request=100)
    estimate = pricings(BOOK)["vercel"].estimate(busy)
    lines = {line.what: line.usd for line in estimate.lines}
    assert lines["invocations (millions)"] == Decimal("60.00")
    assert lines["active processor hours"] == Decimal("177.78")  # 1388.89 hours at 0.128
    assert lines["edge requests (millions)"] == Decimal("180.00")
    assert estimate.adjustment_usd == -20


def test_what_no_plan_gives_does_not_fit() -> None:
    huge = Profile(vcpu=60, memory_mb=200_000)
    fits = {p.platform: p.estimate(huge).fits for p in pricings(BOOK).values() if p.platform not in ("local", "vercel")}
    assert fits == {"render": False, "railway": True, "flyio": False}
    found = report(BOOK, "render", huge, Measured())
    assert found["current"]["usd_month"] is None
    assert found["current"]["usd_month_at_least"] is None


@given(
    vcpu=st.floats(0.1, 4),
    memory=st.integers(64, 8192),
    more=st.floats(1, 2),
    gb=st.floats(0, 500),
    n=st.integers(1, 9),
)
def test_more_never_costs_less(vcpu: float, memory: int, more: float, gb: float, n: int) -> None:
    small = Profile(vcpu=vcpu, memory_mb=memory, egress_gb=gb, instances=n)
    large = Profile(vcpu=vcpu * more, memory_mb=round(memory * more), egress_gb=gb * more, instances=n + 1)
    for pricing in pricings(BOOK).values():
        a, b = pricing.estimate(small), pricing.estimate(large)
        assert not b.fits or a.known_usd <= b.known_usd


def test_a_hosts_price_is_shared() -> None:
    local = LocalPricing(BOOK, cores=4, memory_bytes=8 << 30)
    assert local.estimate(Profile()).known_usd == 0
    given = Profile(vcpu=1, memory_mb=512, host_usd_month=40)
    assert local.estimate(given).known_usd == 10
    assert not local.estimate(given.model_copy(update={"instances": 5})).fits


def measured(p95: float, high_mb: float, *, p50: float | None = None, minutes: int = DAY) -> Measured:
    median = p95 / 2 if p50 is None else p50
    return Measured(
        minutes=minutes, cpu_cores_p50=median, cpu_cores_p95=p95, memory_mb_p95=high_mb, memory_mb_max=high_mb
    )


def advice(platform: str, profile: Profile, use: Measured) -> dict[str, Any]:
    known = pricings(BOOK)
    estimates = [pricing.estimate(profile) for pricing in known.values()]
    return {one.kind: one for one in advise(profile, use, known[platform], estimates)}


def test_nothing_is_said_about_size_before_a_day_was_measured() -> None:
    assert list(advice("render", Profile(), measured(0.01, 100, minutes=DAY - 1))) == ["not_measured"]
    assert needed(Profile(), Measured()) is None


def test_over_provisioning_is_told_with_what_it_saves() -> None:
    large = Profile(vcpu=2, memory_mb=4096)
    found = advice("render", large, measured(0.2, 300))
    assert found["over_provisioned"].saving_usd == 85 - 7
    assert found["over_provisioned"].evidence["plan_needed"] == "starter"
    assert report(BOOK, "render", large, measured(0.2, 300))["potential_savings_usd"] == 78


def test_too_little_is_told_and_not_called_a_saving() -> None:
    found = advice("render", Profile(vcpu=0.5, memory_mb=512), measured(0.45, 500))
    assert "under_provisioned" in found
    assert "over_provisioned" not in found
    assert "scale_out" in found
    assert found["under_provisioned"].saving_usd is None


def test_peaks_ask_for_scaling_with_the_load() -> None:
    steady = advice("railway", Profile(instances=3), measured(0.4, 300, p50=0.3))
    peaks = advice("railway", Profile(instances=3), measured(0.4, 300, p50=0.05))
    assert "autoscale" in peaks
    assert "autoscale" not in steady


def test_another_platform_is_named_only_from_a_whole_price_to_a_whole_price() -> None:
    use = measured(0.3, 350)
    assert advice("flyio", EXAMPLE, use)["cheaper_platform"].saving_usd == Decimal("41.87") - Decimal("19.65")
    assert "cheaper_platform" not in advice("render", EXAMPLE, use)


def test_a_price_that_is_missing_from_the_list_is_an_error_with_its_place() -> None:
    document = copy.deepcopy(yaml.safe_load(PRICES.read_text()))
    del document["flyio"]["egress"]
    with pytest.raises(CostError, match=r"flyio\.egress"):
        pricings(PriceBook(document))["flyio"].estimate(EXAMPLE)
    with pytest.raises(CostError, match="known are"):
        report(BOOK, "heroku", EXAMPLE, Measured())
