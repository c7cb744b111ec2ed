"""The commands that run the tests of a JavaScript or TypeScript project and leave a report.

vitest, jest and mocha report all files at once. node's own runner does not name the file of a test: a report a file.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.resources import files

from memory.records.execution import Command
from tools.testing.pytest_runner import REPORTS
from tools.testing.script_runner import Invocation, Runner

ORDER = "files.txt"
"""Names the test files, a line each, in the order of the reports."""
JSON_REPORT = "suite.json"
TOLD = 70
"""Exit codes from here on are ours, and the last line of the error output says why."""
SCRIPT_ENDINGS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
TYPED = (".ts", ".mts", ".cts", ".tsx")
BEGIN = f"""mkdir -p {REPORTS} || exit {TOLD}
command -v node >/dev/null || {{ echo "node is not installed" >&2; exit {TOLD + 1}; }}
"""
EACH = f"""number=0; worst=0
for file in "$@"; do
  [ -f "$file" ] || continue
  printf '%s\\n' "$file" >> {REPORTS}/{ORDER}
  node $OPTIONS --test --test-reporter=junit --test-reporter-destination={REPORTS}/node-$number.xml "$file" || worst=1
  number=$((number+1))
done
exit $worst"""
READS_TYPES = f"""node -e 'process.exit(process.features.typescript ? 0 : 1)' ||
  {{ echo "this node cannot read TypeScript, and the test script names no loader for it" >&2; exit {TOLD + 2}; }}
"""
ARGUMENTS = {
    Runner.VITEST: ("vitest run", f"--reporter=json --outputFile.json={REPORTS}/{JSON_REPORT}"),
    Runner.JEST: ("jest", f"--ci --json --outputFile={REPORTS}/{JSON_REPORT} --coverage=false --watchAll=false"),
    Runner.MOCHA: ("mocha", f"--reporter ./{REPORTS}/reporter.cjs"),
}
REPORTER = f"""cat > {REPORTS}/reporter.cjs <<'END_OF_REPORTER'
%s
END_OF_REPORTER
"""


def report_of(number: int) -> str:
    return f"node-{number}.xml"


def command(asked: Invocation, known: Sequence[str], tests: Sequence[str] = ()) -> Command:
    """`known`: the project's test files; `tests`: those to be run alone. A runner may run more than it is asked for."""
    plain = [path for path in tests or known if "\n" not in path and path.endswith(SCRIPT_ENDINGS)]
    before = "".join(f"( {line} ) >&2 || echo 'failed: a command before the tests' >&2\n" for line in asked.before)
    variables = {"CI": "1", "FORCE_COLOR": "0"}
    if asked.runner is Runner.NODE:
        return _by_node(asked, plain, before, variables)
    own, more = ARGUMENTS[asked.runner]
    reporter = REPORTER % files("tools.testing").joinpath("mocha_reporter.cjs").read_text().strip()
    begin = BEGIN + (reporter if asked.runner is Runner.MOCHA else "")
    alone = " --runTestsByPath" if tests and asked.runner is Runner.JEST else ""
    script = f"{begin}{before}{asked.line or own} {more}{alone} " + ('"$@"' if tests else "")
    return Command(("sh", "-c", script, "tests", *(plain if tests else ())), variables)


def _by_node(asked: Invocation, plain: Sequence[str], before: str, variables: dict[str, str]) -> Command:
    typed = any(path.endswith(TYPED) for path in plain) and not asked.options and not asked.built
    options = f"OPTIONS={shlex.quote(' '.join(asked.options))}\n"
    # made by the build: patterns that the shell opens once it is there
    named = f"set -- {' '.join(asked.built)}\n" if asked.built else ""
    script = f"{BEGIN}{READS_TYPES if typed else ''}{before}{options}{named}{EACH}"
    return Command(("sh", "-c", script, "tests", *plain), variables)


__all__ = ["JSON_REPORT", "ORDER", "SCRIPT_ENDINGS", "TOLD", "command", "report_of"]
