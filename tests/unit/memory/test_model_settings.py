from __future__ import annotations

from decimal import Decimal

import pytest

from memory.records.model import Role, Usage
from memory.records.spending import Price
from memory.settings import SettingsError, load_settings


def test_models_of_each_role_in_order(monkeypatch):
    monkeypatch.setenv("SOFTWRIGHT_MODEL", "good, cheap,good")
    monkeypatch.setenv("SOFTWRIGHT_MODEL_QA", "cheap")
    settings = load_settings()
    assert settings.models_of(Role.PM) == ("good", "cheap")
    assert settings.models_of(Role.QA) == ("cheap",)


def test_prices_in_usd_per_million(monkeypatch):
    monkeypatch.setenv("SOFTWRIGHT_PRICES", "meta/llama:70b=0.25/2, mine=0/0")
    settings = load_settings()
    price = settings.price_of("meta/llama:70b")
    assert price == Price(Decimal("0.25"), Decimal(2))
    assert price.of(Usage(prompt_tokens=1_000_000, completion_tokens=500_000)) == Decimal("1.25")
    assert settings.price_of("mine") == Price(Decimal(0), Decimal(0))
    assert settings.price_of("other") is None
    assert load_settings(prices="*=1/1").price_of("other") == Price(Decimal(1), Decimal(1))


def test_budgets_are_on_and_can_be_switched_off(monkeypatch):
    settings = load_settings()
    assert None not in (settings.budget_usd, settings.budget_tokens)
    assert None not in (settings.daily_budget_usd, settings.daily_budget_tokens)
    monkeypatch.setenv("SOFTWRIGHT_BUDGET_USD", "none")
    monkeypatch.setenv("SOFTWRIGHT_DAILY_BUDGET_TOKENS", "off")
    monkeypatch.setenv("SOFTWRIGHT_BUDGET_TOKENS", "0")
    settings = load_settings()
    assert (settings.budget_usd, settings.daily_budget_tokens, settings.budget_tokens) == (None, None, 0)


def test_limits_by_role_and_windows_by_model(monkeypatch):
    monkeypatch.setenv("SOFTWRIGHT_MAX_TOKENS", "*=4000,qa=500")
    monkeypatch.setenv("SOFTWRIGHT_CONTEXT_WINDOWS", "small=8192")
    settings = load_settings()
    assert (settings.longest_answer(Role.QA), settings.longest_answer(Role.DEV)) == (500, 4000)
    assert (settings.window_of("small"), settings.window_of("other")) == (8192, None)
    assert load_settings(max_tokens="77").longest_answer(Role.PM) == 77


@pytest.mark.parametrize(
    ("variable", "value", "part"),
    [
        ("SOFTWRIGHT_PRICES", "m=1", "0.25/2"),
        ("SOFTWRIGHT_PRICES", "m=-1/2", "0 or more"),
        ("SOFTWRIGHT_PRICES", "m=NaN/2", "0 or more"),
        ("SOFTWRIGHT_PRICES", "m", "model=0.25/2"),
        ("SOFTWRIGHT_BUDGET_USD", "-1", "greater than or equal to 0"),
        ("SOFTWRIGHT_BUDGET_USD", "NaN", "finite"),
        ("SOFTWRIGHT_BUDGET_TOKENS", "1.5", "valid integer"),
        ("SOFTWRIGHT_MAX_TOKENS", "dev=0", "whole one above 0"),
        ("SOFTWRIGHT_MAX_TOKENS", "boss=9", "boss is no role"),
        ("SOFTWRIGHT_CONTEXT_WINDOWS", "m=big", "whole one above 0"),
        ("OPENAI_BASE_URL", "localhost:11434", "https://host/path"),
    ],
)
def test_a_wrong_value_is_named(monkeypatch, variable, value, part):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{variable} is wrong: ")
    assert part in str(caught.value)


def test_keys_do_not_show_in_settings(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden-1")
    monkeypatch.setenv("LANGSMITH_API_KEY", "ls-hidden-2")
    assert "hidden" not in repr(load_settings())
