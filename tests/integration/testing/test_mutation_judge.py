"""Tests that can fail are told from those that cannot, by mutants of what they run, in the sandbox."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from memory.records.manifest import Manifest
from tools.sandbox.bubblewrap import BubblewrapSandbox
from tools.security.interpreter import running_environment
from tools.testing.mutation_judge import JudgeError, Judging, MutationJudge

MANIFEST = Manifest(template="none", template_version="1", asgi="", packages=("shop",))
SHOP = """
    def price(count: int, each: int) -> int:
        if count >= 10:
            return count * each * 9 // 10
        return count * each


    def label(name: str) -> str:
        return name.strip().title()
"""
TESTS = """
    import pytest
    from shop.prices import label, price

    def test_discount_from_ten_on():
        assert price(9, 10) == 90
        assert price(10, 10) == 90

    def test_runs_and_asserts_nothing():
        price(3, 4)

    def test_is_always_true():
        assert price(3, 4) == price(3, 4)

    def test_type_only():
        assert isinstance(label(" a "), str) or True

    def test_label():
        assert label(" a b") == "A B"

    def test_wrong():
        assert label("x") == "y"

    @pytest.mark.skip
    def test_skipped():
        assert False

    def test_touches_nothing():
        assert 1 + 1 == 2
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {"shop/__init__.py": "", "shop/prices.py": SHOP, "tests/test_prices.py": TESTS}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    return tmp_path


async def test_tests_that_cannot_fail_are_named(project: Path) -> None:
    judge = MutationJudge(BubblewrapSandbox(), judging=Judging(mutants_each=6, total_s=60))
    found = await judge.judge(project, MANIFEST, running_environment())
    names = {name.partition("::")[2]: name for name in found.outcomes}
    assert {name.partition("::")[2] for name in found.proven} == {"test_discount_from_ten_on", "test_label"}
    assert {name.partition("::")[2] for name in found.idle} == {
        "test_runs_and_asserts_nothing",
        "test_is_always_true",
        "test_type_only",
        "test_touches_nothing",
    }
    assert found.outcomes[names["test_wrong"]] == "failed"
    assert found.outcomes[names["test_skipped"]] == "skipped"
    assert found.proven[names["test_label"]].startswith("shop/prices.py:9 ")
    assert 0 < found.killed <= found.mutants


async def test_a_suite_that_ends_the_process_is_not_judged(project: Path) -> None:
    (project / "tests" / "test_prices.py").write_text("import os\n\ndef test_x():\n    os._exit(0)\n")
    with pytest.raises(JudgeError, match="did not come to an end"):
        await MutationJudge(BubblewrapSandbox()).judge(project, MANIFEST, running_environment())
    with pytest.raises(JudgeError, match="no path below"):
        await MutationJudge(BubblewrapSandbox()).judge(project, MANIFEST, running_environment(), ("../x.py",))
