from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.loop.loop_script import FILES, LoopPlace, Make, make_place


@pytest.fixture
def make(tmp_path: Path, database_url: str) -> Make:
    def place(files: dict[str, str] = FILES, name: str = "place") -> LoopPlace:
        return make_place(tmp_path / name, database_url, files)

    return place
