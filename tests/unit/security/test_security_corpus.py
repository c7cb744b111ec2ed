"""The corpus: what is vulnerable is found, its clean twin is left alone."""

from __future__ import annotations

import pytest

from bench.security_corpus import HALVES, cases, laid_out
from bench.security_tools import ours


@pytest.fixture(scope="module")
def flags(tmp_path_factory: pytest.TempPathFactory):
    some = [case for half in HALVES for case in cases(half)]
    return some, ours(laid_out(tmp_path_factory.mktemp("corpus"), some))


def test_nothing_vulnerable_is_missed(flags) -> None:
    some, found = flags
    assert len(some) >= 120
    assert [case.name for case in some if case.bad and not found.flags(case)] == []


def test_nothing_clean_is_flagged(flags) -> None:
    some, found = flags
    assert [case.name for case in some if not case.bad and found.flags(case)] == []
