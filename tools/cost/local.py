"""One's own machine: its price, as far as it was given, by the share that the application takes of it."""

from __future__ import annotations

import os
from decimal import Decimal

import psutil

from tools.cost.book import CENT, PriceBook
from tools.cost.interface import Estimate, Line, Price, Pricing, Profile


class LocalPricing(Pricing):
    platform = "local"

    def __init__(self, book: PriceBook, *, cores: int | None = None, memory_bytes: int | None = None) -> None:
        """None: this machine's."""
        self._book = book
        self._cores = cores or os.cpu_count() or 1
        self._memory = memory_bytes or psutil.virtual_memory().total

    def estimate(self, profile: Profile) -> Estimate:
        free = self._book.entry("local", "host")
        if profile.host_usd_month is None:
            return Estimate(platform=self.platform, plan="own machine", lines=(), notes=(free["note"],))
        share = max(profile.vcpu / self._cores, profile.memory_mb * 2**20 / self._memory) * profile.instances
        usd = (Decimal(str(profile.host_usd_month)) * Decimal(str(min(share, 1.0)))).quantize(CENT)
        price = Price(usd=Decimal(str(profile.host_usd_month)), unit="month", sure="official", source="given by you")
        line = Line(what="share of the machine", quantity=round(min(share, 1.0), 4), usd=usd, price=price)
        return Estimate(platform=self.platform, plan="own machine", lines=(line,), fits=share <= 1.0)


__all__ = ["LocalPricing"]
