"""Logs of a bounded size, read over their rotated parts and followed across a rotation."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tools.deploy.local.logs import RotatingLog, follow, last_lines


def test_old_parts_go_first_and_the_end_is_read_over_all_parts(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    log = RotatingLog(path, max_bytes=100, files=3)
    for number in range(100):
        log.write(f"line {number:03}\n".encode())
    log.close()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["app.log", "app.log.1", "app.log.2"]
    assert all(file.stat().st_size <= 100 for file in files)
    assert path.stat().st_mode & 0o777 == 0o600
    assert last_lines(path, 15).splitlines() == [f"line {number:03}" for number in range(85, 100)]
    assert last_lines(path, 0) == ""
    assert last_lines(tmp_path / "none.log", 5) == ""


def test_a_log_is_continued_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    for words in (b"before\n", b"after\n"):
        log = RotatingLog(path, max_bytes=100, files=2)
        log.write(words)
        log.close()
    assert last_lines(path, 9) == "before\nafter\n"


async def test_a_follower_misses_nothing_when_the_file_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    log = RotatingLog(path, max_bytes=60, files=2)
    log.write(b"old\n")
    seen: list[str] = []

    async def read() -> None:
        async for piece in follow(path):
            seen.extend(piece.splitlines())
            if "line 9" in seen:
                return

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.05)
    for number in range(10):
        log.write(f"line {number}\n".encode())
    await asyncio.wait_for(reading, 10)
    log.close()
    assert seen == [f"line {number}" for number in range(10)]
