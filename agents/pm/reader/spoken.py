"""Fields named by a phrase: `name of the person`, `the date it was borrowed`, `whether it is paid`."""

from __future__ import annotations

import re

from agents.pm.reader.draft import FieldDraft, ResourceDraft, resource_name
from agents.pm.reader.making import PAIRS, one_moment
from agents.pm.reader.names import is_plural, plural_name, singular_name, slug
from agents.pm.reader.pointing import Pointing
from agents.pm.reader.rules import Match
from agents.pm.reader.runs import USUAL
from agents.pm.reader.spans import token_at
from agents.pm.reader.split import split_type
from agents.pm.reader.types import guess
from agents.pm.reader.wordset import word_set
from memory.records.spec import FieldType


class SpokenFields(Pointing):
    """Finds the name in a phrase."""

    def _of_the(self, resource: ResourceDraft, i: int, j: int, end: int) -> FieldDraft | None:
        """`name of the person` → `person_name`; `date of the next inspection` → `next_inspection_date`."""
        tokens = self.ledger.tokens
        if j + 2 >= end or tokens[j].low != "of" or tokens[j + 1].low not in ("the", "a", "an", "their", "its", "each"):
            return None
        stop = self.name_end(j + 2, end)
        owner = slug(self.ledger.text(j + 2, stop)) if stop > j + 2 else ""
        if owner.partition("_")[0] in ("form", "format", "pattern", "shape", "length", "type", "kind"):
            return None
        if not owner or resource_name(owner) == resource.name or j - i > 2:
            return None
        name, stated = split_type(slug(self.ledger.text(i, j)))
        full = slug(f"{singular_name(owner)}_{name}")
        if resource.find(full) is None:
            field = FieldDraft(full, self.ledger.text(i, stop), i, stop)
            if stated is not None:
                field.type, field.item, field.long = stated.type, stated.item, stated.long
            resource.fields.append(field)
        found = resource.find(full)
        self.ledger.use(i, stop)
        if found is not None:
            found.end = stop
        return found

    def _when_it(self, resource: ResourceDraft, i: int, j: int, end: int) -> FieldDraft | None:
        """`the date it was borrowed` → `borrowed_date`."""
        tokens = self.ledger.tokens
        lows = [token.low for token in tokens[j : min(end, j + 3)]]
        kind = tokens[j - 1].low
        said = len(lows) == 3 and lows[0] in ("it", "they") and lows[1] in _BEING and tokens[j + 2].kind == "word"
        if kind not in ("date", "time", "day") or j - i != 1 or not said:
            return None
        name = slug(f"{lows[2]}_{kind}")
        found = resource.find(name)
        if found is None:
            found = FieldDraft(name, self.ledger.text(i, j + 3), i, j + 3)
            resource.fields.append(found)
        found.end = j + 3
        self.ledger.use(i, j + 3)
        return found

    def _named_by_choices(
        self, resource: ResourceDraft, rules: list[Match], i: int, k: int, end: int, batch: list[FieldDraft]
    ) -> int:
        """`documents are either public or private`: a field that only its choices name."""
        field = FieldDraft("", self.ledger.text(i, k), i, k)
        for rule in rules:
            rule.apply(field)
        low = frozenset(choice.lower() for choice in field.choices)
        joined = slug("_or_".join(field.choices))
        field.name = _BY_CHOICES.get(low) or (joined if len(field.choices) < 4 and len(joined) < 40 else "kind")
        if resource.find(field.name) is not None:
            field.name = "kind"
        if not field.name or not field.choices or resource.find(field.name) is not None:
            return self._skip(i, end)
        resource.fields.append(field)
        batch.append(field)
        self.ledger.use(i, k)
        self.draft.assume(f"{resource.name}.{field.name} got its name from its choices, for none was given.")
        return self.modifiers(field, k, end)

    def _skip(self, i: int, end: int) -> int:
        raise NotImplementedError

    def _before_two_choices(self, i: int, j: int, end: int) -> int:
        """The end of `arm` in `arm left or right`; `j` where that does not stand."""
        tokens = self.ledger.tokens
        stop = self.name_end(j + 1, end) if j < end and tokens[j].low == "or" else 0
        if j - i < 2 or stop != j + 2 or not (stop >= end or tokens[stop].text in ",;.)" or tokens[stop].low == "and"):
            return j
        words = [tokens[j - 1].low, tokens[j + 1].low]
        plain = all(word not in USUAL | {"not", "none"} and guess(slug(word)).type is FieldType.TEXT for word in words)
        if not plain or guess(slug(self.ledger.text(i, j - 1))).type is not FieldType.TEXT:
            return j
        self.choices_at = j - 1
        return j - 1

    def _first_of_pair(self, resource: ResourceDraft, i: int, j: int, end: int, batch: list[FieldDraft]) -> int:
        """Past `first and` in `first and last name`, which are two fields; `i` where no such pair stands."""
        tokens = self.ledger.tokens
        if j != i + 1 or i + 3 >= end or tokens[i + 1].low not in ("and", "&", "/"):
            return i
        k = i + 2 + (tokens[i + 2].low in ("a", "an"))
        stop = self.name_end(k, end)
        if stop < k + 2 or PAIRS.get(tokens[i].low) != tokens[k].low:
            return i
        name = one_moment(slug(f"{tokens[i].low} {self.ledger.text(k + 1, stop)}"))
        if resource.find(name) is None:
            first = FieldDraft(name, name.replace("_", " "), i, i + 1)
            resource.fields.append(first)
            batch.append(first)
        self.ledger.use(i, k)
        return k

    def _for_whom(self, resource: ResourceDraft, i: int, j: int, end: int) -> int:
        """The end of `price for students`; `j` where nothing of the kind follows."""
        tokens = self.ledger.tokens
        numeric = guess(slug(self.ledger.text(i, j))).type in (FieldType.MONEY, FieldType.INTEGER, FieldType.NUMBER)
        if not numeric or j >= end or tokens[j].low != "for":
            return j
        stop = self.name_end(j + 1, end)
        ended = stop >= end or tokens[stop].text in ",;.)(" or tokens[stop].low == "and"
        said = self.ledger.text(j + 1, stop)
        if not j + 1 < stop <= j + 3 or not ended or resource_name(said) == resource.name:
            return j
        return stop if is_plural(tokens[stop - 1].low) or tokens[stop - 1].low == "staff" else j

    def _asked(self, field: FieldDraft, j: int) -> None:
        """`delayed?` at the end of a sentence that is no question itself: a flag."""
        tokens, first = self.ledger.tokens, j - 1
        if j >= len(tokens) or tokens[j].text != "?" or tokens[j].start != tokens[j - 1].end or field.type is not None:
            return
        while first > 0 and tokens[first - 1].text not in (".", "!", "?", ";"):
            first -= 1
        if tokens[first].low not in _ASKING and guess(field.name).type is FieldType.TEXT:
            field.type = FieldType.FLAG

    def _counted(self, field: FieldDraft, rule: Match) -> None:
        """`a maximum of 12 participants` counts them; `at least one ingredient`, `two or more options` list them."""
        listed = guess(plural_name(field.name))
        several = rule.kind == "post_min" and guess(field.name).type is FieldType.TEXT
        if listed.type is FieldType.LIST or several:
            field.name = field.name if several else plural_name(field.name)
            field.type, field.item = FieldType.LIST, listed.item or FieldType.TEXT
        else:
            field.type = FieldType.INTEGER

    def _who_did(self, resource: ResourceDraft, i: int, end: int, batch: list[FieldDraft]) -> int:
        """Past `who measured it`, which is the field `measured_by`; 0 where that does not stand."""
        tokens = self.ledger.tokens
        lows = [token.low for token in tokens[i : min(end, i + 3)]]
        ended = i + 3 >= end or tokens[i + 3].text in ",.;)(" or tokens[i + 3].low == "and"
        done = len(lows) == 3 and (lows[1].endswith("ed") or lows[1] in ("took", "made", "wrote", "did", "found"))
        if not done or lows[0] != "who" or lows[2] not in ("it", "them", "this") or not ended:
            return 0
        name = slug(f"{_PAST.get(lows[1], lows[1])} by")
        if resource.find(name) is None:
            resource.fields.append(FieldDraft(name, self.ledger.text(i, i + 3), i, i + 3))
            batch.append(resource.fields[-1])
        self.ledger.use(i, i + 3)
        return i + 3

    def _past_how(self, i: int, end: int) -> int:
        """Past `how I` in `how I felt`, `what I` in `what I ate`."""
        tokens = self.ledger.tokens
        if i + 2 >= end or tokens[i].low not in ("how", "what") or tokens[i + 2].kind != "word":
            return i
        who = _PRONOUNS if tokens[i].low == "how" else _PRONOUNS - {"it"}
        if tokens[i + 1].low not in who:
            return i
        self.ledger.use(i, i + 2)
        return i + 2

    def _whether(self, i: int, end: int) -> int:
        """Past `whether it is`."""
        k, tokens = i + 1, self.ledger.tokens
        while k < min(end, i + 5) and tokens[k].low in WHETHER:
            k += 1
        verb = next((at for at in range(k + 1, min(end, k + 4)) if tokens[at].low in _BEING), 0)
        while verb and verb + 1 < end and tokens[verb].low in _BEING:
            verb += 1
            k = verb
        return k

    def _past_flag_words(self, i: int, end: int) -> int:
        """Past `a flag indicating` in `a flag indicating whether it is vegetarian`; `i` where that does not stand."""
        found = _FLAG_FOR.match(self.ledger.low, self.ledger.tokens[i].start, self.ledger.tokens[end - 1].end)
        if found is None:
            return i
        stop = token_at(self.ledger, found.end())
        self.ledger.use(i, stop)
        return stop


_FLAG_FOR = re.compile(
    r"(?:an? )?(?:boolean|bool|flag|marker|checkbox|field|indicator)(?: flag| field)?"
    r"(?:(?: that| which)? (?:indicat|show|tell|say|mark|stat)[a-z]*| for)?\s+(?=(?:whether|if)\s)"
)
_ASKING = word_set("can could would will is are do does please hi hello hey may might shall should how what who i")
_PAST = {"took": "taken", "wrote": "written", "did": "done"}
_PRONOUNS = word_set("i we you it they he she")
_BY_CHOICES = {
    frozenset(pair.split()): name
    for pair, name in (
        ("public private", "visibility"), ("open closed", "status"), ("active inactive", "status"),
        ("male female", "sex"), ("new used", "condition"), ("paid unpaid", "payment_status"),
    )
}  # fmt: skip
_BEING = word_set("is was are were has have been be")
WHETHER = word_set("it is they are was were the a an or not has have had been")
