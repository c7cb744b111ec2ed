"""How a project's own words for its tests are read."""

from __future__ import annotations

import pytest

from tools.testing.script_runner import Invocation, Runner, invocation

VITEST, JEST, MOCHA, NODE = Runner.VITEST, Runner.JEST, Runner.MOCHA, Runner.NODE


@pytest.mark.parametrize(
    ("scripts", "found"),
    [
        ({"test": "vitest"}, Invocation(VITEST, "vitest")),
        ({"test": "npx vitest run --coverage.enabled"}, Invocation(VITEST, "vitest run")),
        (
            {"test": "npm run lint && npm run test:unit", "lint": "eslint .", "test:unit": "jest -c j.json"},
            Invocation(JEST, "jest -c j.json"),
        ),
        (
            {"pretest": "tsc -p .", "test": "c8 --all mocha -r ts-node/register 'test/**/*.ts'"},
            Invocation(MOCHA, "mocha -r ts-node/register 'test/**/*.ts'", ("tsc -p .",)),
        ),
        (
            {"test": "run-s build unit", "build": "tsc", "unit": "cross-env A=1 jest"},
            Invocation(JEST, "A=1 jest", ("tsc",)),
        ),
        (
            {"test": "node --experimental-vm-modules node_modules/jest/bin/jest.js"},
            Invocation(JEST, "node --experimental-vm-modules node_modules/jest/bin/jest.js"),
        ),
        ({"test": "yarn unit --silent", "unit": "react-scripts test"}, Invocation(JEST, "react-scripts test --silent")),
        ({"test": "node --test"}, Invocation(NODE)),
        ({"test": "node --import tsx --test test/*.ts"}, Invocation(NODE, options=("--import", "tsx"))),
        ({"test": "tsx --test"}, Invocation(NODE, options=("--import", "tsx"))),
        (
            {"test": "npm run build && node --test dist/test/*.test.js", "build": "tsc"},
            Invocation(NODE, "", ("tsc",), (), ("dist/test/*.test.js",)),
        ),
        ({"test": "tape test/*.js"}, Invocation(NODE)),
        ({"test": "node build.js && mocha"}, Invocation(MOCHA, "mocha", ("node build.js",))),
        ({"test": 'echo "Error: no test specified" && exit 1'}, Invocation(NODE)),
        ({}, Invocation(NODE)),
        ({"test": "ava"}, None),
        ({"test": "npm run test"}, None),
    ],
)
def test_what_runs_the_tests(scripts: dict[str, str], found: Invocation | None) -> None:
    assert invocation(scripts, ["eslint"], ["test/a.test.ts"]) == found


def test_without_a_script_it_is_what_the_project_depends_on() -> None:
    assert invocation({}, ["typescript", "vitest"]) == Invocation(VITEST)
