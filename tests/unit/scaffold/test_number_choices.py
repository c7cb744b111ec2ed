"""Choices that are all whole numbers are numbers on the wire and in the database."""

from __future__ import annotations

import pytest

from memory.records.spec import FieldSpec, FieldType
from tools.scaffold.fields import annotation, column_types, default, python_type, whole_choices
from tools.scaffold.interface import UnsupportedSpec
from tools.scaffold.samples import refused_values
from tools.scaffold.schema.conversion import conversion
from tools.scaffold.schema.tables import Column


def spec(*choices: str, start: str | None = None) -> FieldSpec:
    return FieldSpec(name="minutes", type=FieldType.ENUM, label="minutes", choices=choices, default=start)


def column(field: FieldSpec) -> Column:
    return Column(name="minutes", type=column_types(field, indexed=False)[1], nullable=True, field=field)


@pytest.mark.parametrize(
    ("choices", "whole"),
    [
        (("15", "30", "60"), True),
        (("-1", "0", "1"), True),
        (("1", "two"), False),
        (("007", "008"), False),
        (("0.5", "1"), False),
        (("9999999999", "1"), False),
    ],
)
def test_only_plain_whole_numbers_count(choices: tuple[str, ...], whole: bool) -> None:
    assert whole_choices(spec(*choices)) is whole


def test_source_of_such_a_field() -> None:
    field = spec("15", "30", start="30")
    assert annotation(field, indexed=False) == "Literal[15, 30]"
    assert python_type(field) == "int"
    assert column_types(field, indexed=False)[0] == "BigInteger"
    assert default(field) == "30"


def test_texts_and_other_numbers_are_refused() -> None:
    assert list(refused_values(spec("15", "30"), indexed=False)) == [("type", "15"), ("choice", 31)]


def test_choices_that_become_words_bring_their_numbers_over() -> None:
    numbers, words = spec("15", "30"), spec("15", "30", "an hour")
    forth = conversion("lesson", column(numbers), column(words))
    assert forth.using == '"minutes"::text'
    back = conversion("lesson", column(words), column(numbers))
    assert back.using == '"minutes"::bigint'
    assert back.checks[0][0] == "CAST(\"minutes\" AS VARCHAR) NOT IN ('15', '30')"


def test_more_numbers_need_no_conversion() -> None:
    assert conversion("lesson", column(spec("15")), column(spec("15", "45"))).using == ""


def test_a_date_does_not_become_choices() -> None:
    day = FieldSpec(name="minutes", type=FieldType.DATE, label="minutes")
    with pytest.raises(UnsupportedSpec):
        conversion("lesson", column(day), column(spec("15")))
