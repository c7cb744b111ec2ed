"""Fields named by a phrase: `name of the person`, `the date it was borrowed`, `whether it is paid`."""

from __future__ import annotations

import re

from agents.pm.reader.draft import FieldDraft, ResourceDraft, resource_name
from agents.pm.reader.modifiers import ModifierReader
from agents.pm.reader.names import singular_name, slug
from agents.pm.reader.spans import token_at
from agents.pm.reader.types import split_type
from agents.pm.reader.wordset import word_set


class SpokenFields(ModifierReader):
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
_BEING = word_set("is was are were has have been be")
WHETHER = word_set("it is they are was were the a an or not has been")
