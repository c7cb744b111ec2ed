from __future__ import annotations

import pytest

from tools.security.dependency_audit import groups
from tools.security.lock_file import Pin, parse_lock

COMPILED = """\
# This file was compiled
annotated-types==0.8.0 \\
    --hash=sha256:13b2 \\
    --hash=sha256:b2f7
    # via pydantic
Jinja_2[i18n]==2.10.post1 ; python_version >= "3.11" \\
    --hash=sha256:4372
tzdata==2026.1  # inline
"""


def test_pins_of_a_compiled_lock() -> None:
    lock = parse_lock(COMPILED)
    assert lock.pins == (
        Pin("annotated-types", "0.8.0", 2),
        Pin("jinja-2", "2.10.post1", 6),
        Pin("tzdata", "2026.1", 8),
    )
    assert lock.other == ()


@pytest.mark.parametrize(
    "line",
    ["flask", "flask>=1", "flask==2.*", "flask===2", "flask==2,<3", "-e .", "-r other.txt", "--no-index", "./x.whl",
     "flask @ file:///x", "flask==1 ; extra @ http://x", "git+https://x/y", "--hash=sha256:00", "flask==1 --pre"],
)  # fmt: skip
def test_anything_else_is_named(line: str) -> None:
    lock = parse_lock(f"six==1.17.0\n{line}\n")
    assert [pin.name for pin in lock.pins] == ["six"]
    assert lock.other == (f"line 2: {line}",)


def test_continuation_at_the_end_and_windows_lines() -> None:
    assert parse_lock("six==1.17.0 \\").pins == (Pin("six", "1.17.0", 1),)
    assert parse_lock("six==1.17.0\r\nattrs==1\r\n").pins == (Pin("six", "1.17.0", 1), Pin("attrs", "1", 2))


def test_each_version_of_a_package_gets_a_file_of_its_own() -> None:
    lock = parse_lock("six==1\nattrs==1\nsix==2\nsix==1\n")
    assert [[(p.name, p.version) for p in group] for group in groups(lock)] == [
        [("six", "1"), ("attrs", "1")],
        [("six", "2")],
    ]
