"""The price list, read once: every price with its source, its date and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tools.cost.interface import CostError, Line, Price

PRICES = Path(__file__).with_name("prices.yaml")
UNKNOWN = "unconfirmed"
CENT = Decimal("0.01")
Entry = Mapping[str, Any]


class PriceBook:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.gathered = str(document["gathered"])
        self._sources: Mapping[str, Entry] = document["sources"]

    def entry(self, platform: str, name: str) -> Entry:
        """Raises CostError."""
        found = self._document.get(platform, {}).get(name)
        if not isinstance(found, Mapping):
            raise CostError(f"{PRICES.name} has no {platform}.{name}; add it, with `usd: null` where it is not known")
        return found

    def plans(self, platform: str, name: str) -> Sequence[Entry]:
        """Cheapest first, those without a price last. Raises CostError."""
        found = self._document.get(platform, {}).get(name)
        if not isinstance(found, list):
            raise CostError(f"{PRICES.name} has no list {platform}.{name}")
        return sorted(found, key=lambda plan: (plan["usd"] is None, plan["usd"] or 0))

    def price(self, entry: Entry) -> Price:
        usd = entry.get("usd")
        source = self._sources.get(entry.get("source", ""), {})
        return Price(
            usd=None if usd is None else Decimal(str(usd)),
            unit=entry.get("unit", "month"),
            sure=UNKNOWN if usd is None else entry.get("sure") or source["sure"],
            source=source.get("what", ""),
            date=source.get("date"),
            note=entry.get("note", ""),
        )

    def line(self, what: str, quantity: float, entry: Entry) -> Line:
        """What a quantity costs by the month; unknown where its price is, unless nothing is needed of it."""
        price = self.price(entry)
        return Line(what=what, quantity=quantity, usd=cost(price.usd, quantity), price=price)

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Every price, by its place."""
        for platform, names in self._document.items():
            if isinstance(names, Mapping) and platform != "sources":
                for name, found in names.items():
                    for entry in found if isinstance(found, list) else [found]:
                        yield f"{platform}.{name}.{entry.get('id', '')}".rstrip("."), entry


def cost(usd: Decimal | None, quantity: float) -> Decimal | None:
    if quantity == 0:
        return Decimal(0)
    return None if usd is None else (usd * Decimal(str(quantity))).quantize(CENT)


def load_prices(path: Path = PRICES) -> PriceBook:
    """Blocking."""
    return PriceBook(yaml.safe_load(path.read_text()))


def smallest(plans: Sequence[Entry], **needs: float) -> Entry | None:
    """The cheapest plan that has at least so much of each; None where none has. One without a price comes last."""
    fitting = [plan for plan in plans if all(plan.get(key, 0) >= amount for key, amount in needs.items())]
    return fitting[0] if fitting else None


__all__ = ["PRICES", "Entry", "PriceBook", "cost", "load_prices", "smallest"]
