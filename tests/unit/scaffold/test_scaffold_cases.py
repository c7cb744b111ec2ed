"""What the generated tests go through keeps the rules between fields, where it is meant to be taken."""

from __future__ import annotations

from memory.records.spec import AppSpec, Comparison, FieldComparison, FieldSpec, FieldType, ResourceSpec
from tools.scaffold.answers import to_answers


def test_the_change_of_one_field_keeps_the_rules_between_fields() -> None:
    days = tuple(FieldSpec(name=name, type=FieldType.DATE, label=name) for name in ("begin", "end"))
    rule = FieldComparison(left="end", op=Comparison.GREATER, right="begin")
    loan = ResourceSpec(name="loan", plural="loans", label="loans", fields=days, comparisons=(rule,))
    spec = AppSpec(name="loans", title="Loans", description="", resources=(loan,))
    assert to_answers(spec, "1")["resources"][0]["cases"]["changed"]["name"] == "end"
