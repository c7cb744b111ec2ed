"""The tests of a JavaScript project by node's own runner, a report a file: node does not name the file of a test."""

from __future__ import annotations

from collections.abc import Sequence

from memory.records.execution import Command
from tools.testing.pytest_runner import REPORTS

ORDER = "files.txt"
"""Names the test files, a line each, in the order of the reports."""
SCRIPT = f"""mkdir -p {REPORTS} || exit 70
command -v node >/dev/null || {{ echo "node is not installed" >&2; exit 71; }}
number=0; worst=0
for file in "$@"; do
  printf '%s\\n' "$file" >> {REPORTS}/{ORDER}
  node --test --test-reporter=junit --test-reporter-destination={REPORTS}/node-$number.xml "$file" || worst=1
  number=$((number+1))
done
exit $worst"""


def report_of(number: int) -> str:
    return f"node-{number}.xml"


def command(tests: Sequence[str]) -> Command:
    plain = [path for path in tests if "\n" not in path and path.endswith((".js", ".mjs", ".cjs"))]
    return Command(argv=("sh", "-c", SCRIPT, "tests", *plain))


__all__ = ["ORDER", "command", "report_of"]
