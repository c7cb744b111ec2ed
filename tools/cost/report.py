"""The whole answer to "what does it cost": this platform, the others, what could be saved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tools.cost.advice import Measured, advise
from tools.cost.book import PriceBook
from tools.cost.flyio import FlyPricing
from tools.cost.interface import Advice, CostError, Estimate, Pricing, Profile
from tools.cost.local import LocalPricing
from tools.cost.railway import RailwayPricing
from tools.cost.render import RenderPricing
from tools.cost.vercel import VercelPricing

DISCLAIMER = "From stored price lists with their own dates, not a quote: look a price up before you rely on it."
SAVINGS = ("over_provisioned", "cheaper_platform")


def pricings(book: PriceBook) -> dict[str, Pricing]:
    """By platform."""
    made = (LocalPricing(book), RenderPricing(book), RailwayPricing(book), FlyPricing(book), VercelPricing(book))
    return {pricing.platform: pricing for pricing in made}


def report(book: PriceBook, platform: str, profile: Profile, measured: Measured) -> dict[str, Any]:
    """JSON. Estimates whole ones first, cheapest first. Raises CostError for an unknown platform."""
    known = pricings(book)
    if platform not in known:
        raise CostError(f"platform: {platform!r} has no prices; known are {', '.join(known)}")
    estimates = ranked([pricing.estimate(profile) for pricing in known.values()])
    current = known[platform].estimate(profile)
    advice = advise(profile, measured, known[platform], estimates)
    return {
        "currency": "USD",
        "prices_gathered": book.gathered,
        "platform": platform,
        "profile": profile.model_dump(mode="json"),
        "measured": measured.model_dump(mode="json"),
        "current": estimate_document(current),
        "alternatives": [estimate_document(estimate) for estimate in estimates],
        "optimizations": [one.model_dump(mode="json") | {"saving_usd": _number(one.saving_usd)} for one in advice],
        "potential_savings_usd": _number(savings(advice)),
        "disclaimer": DISCLAIMER,
    }


def brief(book: PriceBook, platform: str, profile: Profile) -> dict[str, Any]:
    """Evidence for a deploy: USD a month, null where a part is unknown. Raises CostError for an unknown platform."""
    found = report(book, platform, profile, Measured())
    alternatives = {one["platform"]: one["usd_month"] for one in found["alternatives"] if one["platform"] != platform}
    current = found["current"]
    return {
        "platform": platform,
        "usd_month": current["usd_month"],
        "unknown": current["unknown"],
        "elsewhere_usd_month": alternatives,
        "prices_gathered": book.gathered,
    }


def ranked(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Those with unknown parts come after the whole ones: their sum says at least, not how much."""
    return sorted(estimates, key=lambda e: (not e.fits, bool(e.unknown), e.known_usd, e.platform))


def savings(advice: Sequence[Advice]) -> Decimal:
    """The best single one: they exclude each other."""
    found = [one.saving_usd for one in advice if one.kind in SAVINGS and one.saving_usd is not None]
    return max(found, default=Decimal(0))


def estimate_document(estimate: Estimate) -> dict[str, Any]:
    lines = [line.model_dump(mode="json") | {"usd": _number(line.usd)} for line in estimate.lines]
    for line in lines:
        line["price"]["usd"] = None if line["price"]["usd"] is None else float(line["price"]["usd"])
    return {
        "platform": estimate.platform,
        "plan": estimate.plan,
        "fits": estimate.fits,
        "usd_month": _number(estimate.known_usd) if estimate.complete else None,
        "usd_month_at_least": _number(estimate.known_usd) if estimate.fits else None,
        "unknown": list(estimate.unknown),
        "adjustment_usd": _number(estimate.adjustment_usd),
        "lines": lines,
        "notes": list(estimate.notes),
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 2)


__all__ = ["DISCLAIMER", "brief", "estimate_document", "pricings", "ranked", "report", "savings"]
