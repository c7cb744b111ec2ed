"""The same guards for tests in JavaScript and TypeScript."""

from __future__ import annotations

import pytest

from agents.qa.contradicted import changed_beside, said_anew
from tools.testing.script_tests import parts_of

OLD = """
import { describe, it, expect, beforeEach } from "vitest";
import { make, type Thing } from "../src/thing";

const LIMIT: number = 3;
function helper(n: number): Thing { return make(n); }
beforeEach(() => { helper(0); });

describe("making", () => {
  it("makes one", () => { expect(helper(LIMIT)).toBe(1); }); // often
  it.each([[1, 2], [2, 4]])("doubles %i", (n, twice) => { expect(make(n)).toBe(twice); });
  describe("more", () => { it("makes two", async () => { expect(helper(2)).toBe(2); }); });
});
for (const word of ["a", "b"]) {
  it(`reads ${word}`, () => { expect(make(word)).toBe(word); });
}
"""


def test_its_parts_by_name() -> None:
    assert list(parts_of("a.test.ts", OLD)) == [
        "LIMIT",
        "helper",
        "beforeEach",
        "making",
        "making::makes one",
        "making::doubles %i",
        "making::more",
        "making::more::makes two",
        'for ( const word of [ "a" , "b" ] )',
        "reads ${word}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "beside"),
    [
        ("toBe(1)", "toBe(5)", []),
        ("toBe(twice)", "toBe(twice + 1)", []),
        ("[2, 4]]", "[2, 5]]", []),
        ("toBe(2)", "toBe(5)", ["making::more::makes two"]),
        ("toBe(word)", "toBe(1)", ["reads ${word}"]),
        ('["a", "b"]', '["a"]', ['for ( const word of [ "a" , "b" ] ) (it is gone)']),
        ("LIMIT: number = 3", "LIMIT: number = 4", ["LIMIT"]),
        ("return make(n)", "return make(0)", ["helper"]),
        ("helper(0)", "helper(1)", ["beforeEach"]),
        ('it("makes two"', 'it.skip("makes two"', ["making::more::makes two"]),
        ('describe("more"', 'describe.skip("more"', ["making::more"]),
        ('"makes two"', '"made two"', ["making::more::makes two (it is gone)"]),
        ('"makes one"', '"made one"', ["making::makes one (it is gone)"]),
        ("// often", "// seldom", []),
        ("  it.each", '\n  it("is new", () => {});\n  it.each', []),
        ("=> { helper(0); }", "=> { helper(0);", ["the file, which cannot be parsed"]),
    ],
)
def test_what_changes_beside(old: str, new: str, beside: list[str]) -> None:
    assert old in OLD
    allowed = frozenset({"making::makes one", "making::doubles 1"})
    assert changed_beside("a.test.ts", OLD, OLD.replace(old, new, 1), allowed) == beside


def test_a_name_of_javascript_keeps_its_brackets() -> None:
    old = b'test("parses [a]", () => {});\ntest("parses [b]", () => {});\n'
    changed = old.replace(b'[b]", () => {}', b'[b]", () => { no(); }')
    files, problems = said_anew(["t/a.test.js::parses [b]"], {"t/a.test.js": old}, {"t/a.test.js": changed})
    assert (list(files), problems) == (["t/a.test.js"], [])
    _, problems = said_anew(["t/a.test.js::parses [a]"], {"t/a.test.js": old}, {"t/a.test.js": changed})
    assert problems == ["t/a.test.js changes more than the request contradicts: parses [b]"]
