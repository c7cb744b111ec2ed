from __future__ import annotations

import pytest

from server.cli.errors import CommandError
from server.cli.waivers import explained, waivers_of


def test_reasons_by_check():
    assert waivers_of(None) == {}
    assert waivers_of(["dependencies=no network = no audit", "x= y "]) == {
        "dependencies": "no network = no audit",
        "x": "y",
    }


@pytest.mark.parametrize("option", ["", "dependencies", "dependencies=", "dependencies= ", "=why"])
def test_a_waiver_without_check_or_reason_is_wrong_use(option):
    with pytest.raises(CommandError, match="CHECK=REASON") as caught:
        waivers_of([option])
    assert caught.value.exit_code == 2


def test_a_refusal_of_production_says_how_to_go_on():
    refusal = CommandError("refused: production needs dependencies, or a waiver with a reason: unavailable")
    with pytest.raises(CommandError, match="--waive CHECK=REASON") as caught, explained("production"):
        raise refusal
    assert caught.value.exit_code == 1
    with pytest.raises(CommandError, match=r"it broke$"), explained("production"):
        raise CommandError("it broke")
