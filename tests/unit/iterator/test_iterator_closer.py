"""Parts of a file, traits of terms, and the closer look at the first files."""

from __future__ import annotations

import time

import pytest

from tools.iterator.closer import FRAME, LEXICAL, LOOKED_AT, frame_of
from tools.iterator.codebase import Codebase
from tools.iterator.details import DETAILS, details_of
from tools.iterator.facts import from_document, to_document
from tools.iterator.fields import by_field
from tools.iterator.history import Change
from tools.iterator.model import MODEL
from tools.iterator.parsing import parse
from tools.iterator.parts import PARTS_OF_CODE, parts_of
from tools.iterator.ranking import rank_files
from tools.iterator.request import read_request
from tools.iterator.signals import SIGNALS, gather
from tools.iterator.traits import TRAITS, terms_to_weigh, traits_of

PYTHON = '''
from shop.money import Price

LIMIT = 3

def total(items, max_weight=None):
    """Sum of a basket."""
    label = "gross amount"  # rounded
    return Price(items)
'''
SCRIPT = """
import { Price } from './money'
/* Sum of a basket */
export const limit = 3
function total(items, maxWeight) { return new Price(items, `gross ${items}`) }
"""


@pytest.mark.parametrize(("language", "text"), [("python", PYTHON), ("typescript", SCRIPT)])
def test_terms_by_where_they_stand(language: str, text: str) -> None:
    parts = parts_of(language, text)
    assert tuple(parts) == PARTS_OF_CODE
    assert {"limit", "item", "weight"} <= parts["declared"].keys()
    assert parts["comments"].keys() >= {"sum", "basket"}
    assert "gros" in parts["strings"] or "gross" in parts["strings"]
    assert parts["imported"]["pric"] == 2, "in the import and where it is used"
    assert "pric" not in parts["own"]
    assert "basket" not in parts["own"]


@pytest.mark.parametrize("piece", ["/*", "'''", "`\\", '"\\', "from a import (\n", "import {", "def f(", "= (", "\n"])
@pytest.mark.parametrize("language", ["python", "typescript"])
def test_text_that_never_closes_costs_no_more_than_its_length(language: str, piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    began = time.process_time()
    parts_of(language, text)
    assert time.process_time() - began < 5, "a pattern that goes back over the whole text takes minutes"


def test_parts_are_kept_with_the_facts() -> None:
    facts = parse("python", PYTHON.encode())
    assert from_document(to_document(facts)) == facts
    assert facts.parts["strings"]


def test_the_model_has_a_weight_for_each_that_is_given() -> None:
    assert set(MODEL.signals) == set(SIGNALS)
    assert set(MODEL.details) == set(DETAILS)
    assert {field.name for field in MODEL.fields} > set(PARTS_OF_CODE)
    inputs = len(LEXICAL) + len(DETAILS) + len(MODEL.fields) + 1 + len(FRAME)
    assert len(MODEL.straight) == inputs
    assert all(len(unit.inputs) == inputs for unit in MODEL.units)
    assert all(len(row) == len(TRAITS) for row in (MODEL.norm, *(field.by_trait for field in MODEL.fields)))


def codebase(most: int = 40) -> Codebase:
    texts = {f"shop/part_{number}.py": f"def part_{number}(basket): return basket\n" for number in range(most)}
    texts["shop/weight.py"] = "def heaviest(basket, max_weight):\n    return max_weight\n"
    texts["shop/user.py"] = "from shop.weight import max_weight, heaviest\n\nprint(heaviest, max_weight)\n"
    files = {path: parse("python", text.encode()) for path, text in texts.items()}
    return Codebase(files, [Change("1", 1, "Weigh each basket", ("shop/weight.py", "shop/gone.py"))])


def test_a_file_that_declares_a_name_is_before_one_that_imports_it() -> None:
    code, request = codebase(), read_request("Baskets: `max_weight` may be None\n\nThe basket is weighed in kg.")
    evidence = gather(code, request)
    ranked = rank_files(code, request, evidence)
    paths = list(ranked)
    assert paths[0] == "shop/weight.py"
    assert sum(ranked.values()) == pytest.approx(1)
    assert len(paths) > LOOKED_AT, "those that are not looked at follow"
    fields = by_field(code, request, evidence, paths[:LOOKED_AT])
    assert all(len(row) == len(MODEL.fields) for row in fields.values())
    declared = next(place for place, field in enumerate(MODEL.fields) if field.name == "declared")
    assert (
        fields["shop/weight.py"][declared] > fields["shop/part_1.py"][declared] > 0 == fields["shop/user.py"][declared]
    )
    assert len(frame_of(code, request)) == len(FRAME)
    details = details_of(code, request, evidence, paths[:3])
    assert all(len(row) == len(DETAILS) for row in details.values())
    assert details["shop/weight.py"][DETAILS.index("lately alike")] == 1.0


def test_traits_of_a_term() -> None:
    code, request = codebase(3), read_request("Limit `max_weight` of a Basket\n\nThe basket is heavy.")
    terms = terms_to_weigh(code, request)
    traits = {
        term: dict(zip(TRAITS, row, strict=True))
        for term, row in zip(terms, traits_of(code, request, terms), strict=True)
    }
    assert traits["_max_weight"]["quoted"] == traits["_max_weight"]["whole name"] == 1.0
    assert traits["limit"]["in no file"] == traits["limit"]["in title"] == 1.0
    assert traits["basket"]["capital"] == 1.0
    assert traits["basket"]["times in body"] > 0 == traits["limit"]["times in body"]
    assert traits["heavy"]["in title"] == 0.0
    assert traits["limit"]["early in title"] > traits["basket"]["early in title"]
    nothing = read_request("?")
    assert rank_files(code, nothing, gather(code, nothing)) == {}
