"""Statements into resources: `books with title and author`, `each loan belongs to a book`, `comments on posts`."""

from __future__ import annotations

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import ResourceDraft, resource_name
from agents.pm.reader.kinds import Kinds
from agents.pm.reader.names import is_plural, singular, slug
from agents.pm.reader.noun_words import DO
from agents.pm.reader.relations import relation_at
from agents.pm.reader.remarks import BOTH_WAYS
from agents.pm.reader.rules import match_rule
from agents.pm.reader.sentence_words import (
    ACTORS,
    GENERIC_HEADS,
    HAVING,
    NEVER,
    OWNS,
    POSTS,
    RECORDS,
    SCENE,
    SETS,
    THING_WORDS,
    THROUGH,
    TO_DO,
    WE,
)
from agents.pm.reader.words import (
    APP_ADJECTIVES,
    APP_NOUNS,
    DETERMINERS,
    FIELD_NOUNS,
    FILLER,
    HAS_VERBS,
    MAKE_VERBS,
    QUANTIFIERS,
    RESOURCE_LEADS,
)


class SentenceReader(Kinds):
    # Statements

    def read(self, index: int, statement: Statement) -> None:
        self._together(statement)
        head = self.heads.get(statement.heading) if statement.heading is not None else None
        if head is not None:
            self.current = head
        start, end = statement.start, statement.end
        if not statement.heads and start + 2 < end and self.ledger.tokens[start + 1].text == ":":
            wished = self.ledger.tokens[start].low in ("features", "requirements", "functionality", "operations")
            self.ledger.use(start, start + 2 * wished)
            start += 2 * wished
        if self._wished(start, end) or self._of_it(start, end):
            return
        if statement.heads:
            self.heads[index] = self._heading(statement)
            return
        if head is not None:
            start = self._under_resource(head, start, end)
        if self._there_is(start, end) or self._these_are(start, end):
            return
        if self._has_one(start, end) or self._named_alone(start, end):
            return
        if self._to_or_from(start, end) and (stop := self._rule_sentence(start, start + 2, end)):
            start = stop
        if start < end and (
            self._defines_field(start, end)
            or self._continues(statement, head)
            or (head is None and not statement.bullet and self._bare_fields(start, end))
        ):
            start = self.fields.read(self.current, start, end) if self.current else start
        self._scan(start, end, expecting=head is None and (statement.bullet or start == 0))

    def _heading(self, statement: Statement) -> ResourceDraft | None:
        """The resource that a heading names; None for `Features:` and the like."""
        tokens, end = self.ledger.tokens, statement.end
        words = [token.low for token in tokens[statement.start : end] if token.kind == "word"]
        if words and all(word in GENERIC_HEADS or word in FILLER for word in words):
            self.ledger.use(statement.start, end)
            return self.current if set(words) & {"fields", "attributes", "properties", "columns"} else None
        i = statement.start
        while i < end and (tokens[i].low in DETERMINERS or not tokens[i].named):
            i += 1
        j = self.fields.name_end(i, end)
        rest = [token.low for token in tokens[j:end] if token.kind == "word" and token.low not in FIELD_NOUNS]
        if j > i and not rest and not set(words) & APP_NOUNS and tokens[i].low not in RESOURCE_LEADS:
            return self.resource(i, j)
        before = set(self.draft.resources)
        self._scan(statement.start, end, expecting=False)
        added = [name for name in self.draft.resources if name not in before]
        return self.draft.resources[added[-1]] if len(added) == 1 else self.current if added else None

    def _under_resource(self, head: ResourceDraft, start: int, end: int) -> int:
        j = self.fields.name_end(start, end)
        if self.fields.starts_resource(start, end) and not (j < end and self.ledger.tokens[j].text in ":("):
            return start
        if self.ledger.tokens[start].low in ("can", "users", "only"):
            return start
        return self.fields.read(head, start, end, bullet=True)

    # The scan of one statement

    def _scan(self, i: int, end: int, *, expecting: bool) -> None:
        while i < end:
            i, expecting = self._step(i, end, expecting)

    def _step(self, i: int, end: int, expecting: bool) -> tuple[int, bool]:
        tokens = self.ledger.tokens
        token = tokens[i]
        if i in self.expected or (
            token.low in THING_WORDS
            and i + 1 < end
            and tokens[i + 1].text in ":-="
            and not (i > 0 and tokens[i - 1].low in ("a", "an", "each"))
        ):
            expecting = True
        if self.masked[i]:
            return i + 1, expecting
        many = self._own_many(i, end)
        if many:
            return many, False
        relations, stop = relation_at(
            self.ledger, self.current.name if self.current else "", i, end, self.fields.name_end
        )
        if relations and self.current is not None and token.low not in ("for", "on"):
            self.draft.relations += relations
            self.ledger.use(i, stop)
            return self.fields.aimed_at(relations, stop, end), False
        if token.low in HAS_VERBS and i > 0 and tokens[i - 1].low in NEVER:
            return i + 1, False
        if (token.low in HAS_VERBS or token.text in ":(") and self.current is not None and not expecting:
            after = self.fields.read(self.current, i + 1, end)
            return max(after, i + 1), False
        if token.low in FIELD_NOUNS and self.current is not None and i + 1 < end and tokens[i + 1].low in (":", "are"):
            return max(self.fields.read(self.current, i + 2, end), i + 2), False
        if token.low in TO_DO and i == 0 and i + 1 < end and tokens[i + 1].low in ("a", "an", "your"):
            self.ledger.use(i, i + 1)
            return i + 1, True
        does = token.low in POSTS | TO_DO | {"place"} and expecting and i > 0 and i + 1 < end
        described = i + 2 < end and (tokens[i + 2].text in "(:" or tokens[i + 2].low in HAS_VERBS)
        if does and not described and tokens[i - 1].low in ("and", "can", "or") and is_plural(tokens[i + 1].low):
            self.ledger.use(i, i + 1)
            return i + 1, True
        if stop := self._default_sentence(i, end):
            return stop, expecting
        j = self.fields.name_end(i, end)
        if token.low in TO_DO and i > 0 and tokens[i - 1].low == "to" and j > i + 1:
            self.ledger.use(i, i + 1)
            return i + 1, True
        if j > i and not self._leads(i, j):
            return self._name(i, j, end, expecting)
        return i + 1, (expecting and token.low not in ("by", "from", "at", "per")) or token.low in RESOURCE_LEADS

    def _name(self, i: int, j: int, end: int, expecting: bool) -> tuple[int, bool]:
        """A name at [i, j): what stands after it says what it is."""
        tokens = self.ledger.tokens
        if (
            j + 1 < end
            and tokens[j].low == "of"
            and tokens[j - 1].low in SETS
            and (i == 0 or is_plural(tokens[max(self.fields.name_end(j + 1, end), j + 2) - 1].low))
        ):
            self.ledger.use(j - 1, j + 1)
            return j + 1, True
        if expecting and self._possessive(i, j, end):
            return j + 1, True
        rule_stop = self._rule_sentence(i, j, end)
        if rule_stop:
            return rule_stop, False
        stop = self._trim(i, j)
        k = j
        while k < end and not self.masked[k] and tokens[k].low in APP_NOUNS:
            joins = [token.low for token in tokens[k : min(end, k + 3)]]
            if joins[:1] == ["register"] and joins[1:2] in (["for"], ["in"]) and joins[2:] in (["a"], ["an"], ["one"]):
                break
            k += 1
        k = self._past_masked(k, end)
        low = tokens[k].low if k < end and not self.masked[k] else ""
        nxt = tokens[k + 1].low if k + 1 < end else ""
        if self._begins(i) and not self._known_thing(i, j) and (told := self._told_to_store(i, j, k, end)):
            return told, True
        if low == "to" and nxt in MAKE_VERBS and (told := self._for_them_to(i, j, k)):
            return told, True
        if low in ("can", "may") and k + 1 < end and self.masked[k + 1] and not self._known_thing(i, j):
            self._scene(i, k + 1)
            return k + 1, False
        if low in ("can", "may") and (made := self._deed(i, j, k, end) or self._makes(i, j, k, end)):
            return made, False
        if low in ("can", "may", "should", "must", "want", "wants", "will", "need"):
            if tokens[j - 1].low in ACTORS:
                self.ledger.use(j - 1, j)
                says = nxt in POSTS and k + 2 < end and tokens[k + 2].low in (*DETERMINERS, "new", "one")
                self.ledger.use(k + 1, k + 1 + says)
                return k + 1 + says, True
            if nxt in ("have", "contain", "include"):
                self.obliged = k + 1 if low == "must" else -1
                self.allowed = k + 1 if low in ("can", "may") else -1
                k, low = k + 1, nxt
                nxt = tokens[k + 1].low if k + 1 < end else ""
            elif nxt in MAKE_VERBS or nxt in ("add", "see", "view", "edit", "post", "upload"):
                return k + 1, True
        if (
            low == ","
            and nxt in ("which", "that", "who")
            and k + 2 < end
            and self.ledger.tokens[j - 1].low not in ACTORS
        ):
            each = tokens[k + 2].low in ("each", "all", "both", "can", "must")
            if k + 2 + each < end and tokens[k + 2 + each].low in HAS_VERBS:
                k, low = k + 1 + each, nxt
                nxt = tokens[k + 1].low
        where = k if (low, nxt) == (",", "where") else k - 1 if low == "where" else -1
        if where >= 0 and (has := self._where_it(j, where, end)):
            k, low = has, tokens[has].low
            nxt = tokens[k + 1].low if k + 1 < end else ""
        if low == "," and nxt in ("with", "having") and expecting:
            k, low = k + 1, nxt
            nxt = tokens[k + 1].low if k + 1 < end else ""
        if low == "," and nxt in ("each", "every") and k + 2 < end and tokens[k + 2].low in HAS_VERBS:
            k, low = k + 2, tokens[k + 2].low
            nxt = tokens[k + 1].low if k + 1 < end else ""
        if low == "to" and expecting and k + 2 < end and tokens[k + 2].text in ":(" and tokens[k + 1].kind == "word":
            self.ledger.use(k, k + 2)
            k, low = k + 2, tokens[k + 2].low
            i += 2 * (i + 2 < stop and tokens[i].low in ("list", "collection", "set") and tokens[i + 1].low == "of")
        comma = low == ","
        if (low in WE or (comma and nxt in WE)) and i > 1 and tokens[i - 1].low in ("each", "every", "a", "an"):
            keeps = next((at for at in range(k + 1 + comma, min(end, k + 6)) if tokens[at].low in RECORDS), 0)
            if keeps and tokens[i - 2].low in ("for", "of", "about"):
                self._scene(k, keeps + 1)
                return self._intro(i, j, keeps, end)
        if low in THROUGH and (colon := self._past_app(k + 1, end)):
            self.ledger.use(k, colon)
            k, low = colon, ":"
        past = low in WE and nxt in HAVING and self._ended(min(k + 3, end), end)
        if past and expecting and k + 2 < end + 1 and is_plural(tokens[j - 1].low):
            self._scene(k, min(k + 3, end))
            self.resource(i, stop)
            return min(k + 3, end), False
        if low in WE and (colon := self._past_clause(k, end)):
            self._scene(k, colon)
            k, low = colon, tokens[colon].low
        if low in ("consists", "consist") and nxt == "of":
            self.ledger.use(k, k + 1)
            k, low = k + 1, "of"
            nxt = tokens[k + 1].low if k + 1 < end else ""
        if low in ("that", "which", "who", "where", "each", "they") and (
            nxt in HAS_VERBS or nxt in ("belong", "belongs", "can", "reference")
        ):
            k, low = k + 1, nxt
            nxt = tokens[k + 1].low if k + 1 < end else ""
        if low in ("on", "for", "of", "about") and not expecting:
            expecting = self.fields.starts_resource(i, end)
        set_in = low in ("in", "at", "on", "of", "from") and nxt in ("a", "an", "our", "my", "the", "their")
        headed = low in SCENE and expecting and self._scene_before_colon(i, k, end)
        if headed:
            self._scene(k, headed)
            k, low = headed, ":"
        elif (low == "for" or set_in) and expecting and self._several(tokens[stop - 1].low):
            k, low = self._purpose(k, end, low)
        if low in DO and is_plural(tokens[j - 1].low) and nxt and is_plural(nxt):
            if self.draft.lookup(self.ledger.text(i, stop)) is not None or self._described(tokens[j - 1].low):
                self.ledger.use(stop - 1, stop)
            self.ledger.use(k, k + 1)
            return k + 1, True
        if k < end and BOTH_WAYS.match(self.ledger.low, tokens[k].start) and self.draft.resources and expecting:
            return self._both_ways(i, stop, k, end), False
        if k < end:
            found = self._with_verb(i, stop, k, end, expecting)
            if found is not None:
                return found
        if expecting and self._plausible(i, stop, k, end, low):
            resource = self.resource(i, stop)
            self._use_app_nouns(stop, k)
            after = self._on(resource, k, end)
            return after, after == k
        if self.draft.lookup(self.ledger.text(i, stop)) is not None:
            self.ledger.use(i, stop)
        elif (
            low in ("for", "to", "that", "which", "where")
            or k > j
            or stop < j
            or (k < end and self.masked[k])
            or (expecting and self._ended(k, end) and i > 0 and tokens[i - 1].low in APP_ADJECTIVES | DETERMINERS)
        ):
            self._topic(i, stop, j)
        return max(k, j), expecting

    def _with_verb(self, i: int, j: int, k: int, end: int, expecting: bool) -> tuple[int, bool] | None:
        tokens = self.ledger.tokens
        low = tokens[k].low
        if self.masked[k]:
            return None
        if did := self._does(i, j, k, end) or self._is_of(i, j, k, end):
            return did, False
        flag = self._flag_sentence(i, j, k, end)
        if flag:
            return flag, False
        relations, stop = relation_at(self.ledger, resource_name(self.ledger.text(i, j)), k, end, self.fields.name_end)
        if relations and low != "for":
            resource = self.resource(i, j)
            for relation in relations:
                relation.left = resource.name if resource else relation.left
            self.draft.relations += relations if resource else []
            self.ledger.use(k, stop)
            stop = self.fields.aimed_at(relations, stop, end)
            return (self.fields.read(resource, stop, end) if resource else stop), False
        if child := self._kind_of(i, j, k, end):
            return child, False
        many = self._many(resource_name(self.ledger.text(i, j)), k, end)
        if many:
            self.resource(i, j)
            return many, False
        if told := self._deals(i, j, k, end) or self._enrols(i, j, k, end) or self._are_put(i, j, k, end):
            return told, False
        by_choice = match_rule(self.ledger, k, end, typed=False) if low in ("is", "are") else None
        known = self.draft.lookup(self.ledger.text(i, j)) is not None or (expecting and is_plural(tokens[j - 1].low))
        if by_choice is not None and by_choice.kind == "enum" and known:
            resource = self.resource(i, j)
            return (self.fields.read(resource, k, end) if resource else k + 1), False
        if self._is_purpose(i, j, k, end):
            self._topic(i, j, k)
            return k + 1, True
        if (
            low in HAS_VERBS
            or (low == "of" and tokens[k - 1].low in ("consists", "consist"))
            or low in ("(", ":", "->", "=", "where", "whose")
            or (low == "-" and (expecting or self._dashed(j, k, end)))
        ):
            return self._intro(i, j, k, end)
        return None

    def _intro(self, i: int, j: int, k: int, end: int) -> tuple[int, bool]:
        """`books with ...`: the fields of a resource, or the resources of a topic."""
        tokens, at = self.ledger.tokens, k + 1
        while at < end and (
            tokens[at].low in DETERMINERS
            or (tokens[at].low in FIELD_NOUNS and not (at + 1 < end and tokens[at + 1].low in ("with", "(")))
            or tokens[at].low in (":", "are", "both", *QUANTIFIERS)
            or tokens[at].low == "and"
        ):
            at += 1
        told = at + 1 < end and tokens[at].low in ACTORS and tokens[at + 1].low in ("can", "may", "should", "must")
        if tokens[k].text == ":" and told:
            self._topic(i, j, k)
            return k + 1, True
        if self._only_shown(i, j, at, end):
            return at, False
        if at >= end or self.masked[at]:
            if self._plausible(i, j, k, end, ""):
                self.resource(i, j)
            else:
                self._topic(i, j, k)
            return at, False
        if (
            tokens[k].text == ":"
            and self.fields.starts_resource(at, end)
            and self._plausible(i, j, k, end, ":")
            and is_plural(slug(tokens[j - 1].low))
        ):
            if self._only_topic(i, j, at, end):
                self._topic(i, j, k)
            else:
                self.resource(i, j)
            self.current = None
            return k + 1, False
        if tokens[k].text in ("->", "=>") and self.fields.starts_resource(at, end):
            self._topic(i, j, k)
            return k + 1, True
        one = tokens[at].low == singular(tokens[j - 1].low) != tokens[j - 1].low
        if tokens[k].text == ":" and one and at + 1 < end and self._heads(at + 1, end):
            self.resource(i, j)
            self.current = None
            return k + 1, True
        if tokens[k].text == ":" and self._lists_things(j, at, end):
            self._topic(i, j, k)
            return k + 1, True
        if self._is_topic(i, j, at, end, app=k > j and tokens[k - 1].low in APP_NOUNS):
            self._topic(i, j, k)
            return k + 1, True
        resource = self.resource(i, j)
        self._use_app_nouns(j, k)
        if resource is None:
            return k + 1, False
        if self.obliged == k:
            return self._obliged(resource, k + 1, end), True
        if tokens[k].text == "(":
            close = self.fields.closing(k, end)
            self._nested(resource, k + 1, close)
            return self._on(resource, close + 1, end), True
        if tokens[k].low in ("has", "have") and (stop := self._one_of(resource, k, end)):
            return self.fields.read(resource, stop, end), False
        if tokens[k].low in OWNS:
            self._children(resource, at, end)
        return self.fields.read(resource, k + 1, end), True
