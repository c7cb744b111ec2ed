"""Components of pages: what they are given as attributes, their state, and the values of forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from tools.security.scripts.linking import Linking
from tools.security.scripts.machine import Call
from tools.security.scripts.sources import page_text
from tools.security.scripts.syntax import Syntax
from tools.security.scripts.values import INPUT, NOTHING, Scope, Value, join

FORMS = re.compile(r"['\"](formik|react-final-form|react-hook-form|redux-form|@mantine/form)['\"]")
SUBMITTED = frozenset({"onSubmit", "validate", "handleSubmit", "onSubmitHandler"})
RENDERING = ("render", "componentDidMount", "componentDidUpdate")


class Components(Linking):
    @cached_property
    def table(self) -> dict[str, Callable[[Syntax, Scope], Value]]:
        return {**super().table, "jsx_element": self._jsx, "jsx_self_closing_element": self._jsx}

    def _jsx(self, node: Syntax, scope: Scope) -> Value:
        """Its text is escaped by whoever renders it."""
        opening = node.part("open_tag") or node
        attributes: dict[str, Value] = {}
        for kid in opening.kids:
            if kid.type == "jsx_attribute" and len(kid.kids) > 1:
                attributes[kid.kids[0].text] = self.evaluate(kid.kids[1], scope)
                self.check_node(kid, scope)
            elif kid.type in {"jsx_expression", "jsx_attribute"}:
                self.evaluate(kid, scope)
        for kid in node.kids if opening is not node else []:
            if kid.type not in {"jsx_opening_element", "jsx_closing_element", "jsx_text"}:
                self.evaluate(kid, scope)
        name = (opening.part("name") or opening).text
        if name[:1].isupper():
            self._rendered(name, attributes, scope)
        return NOTHING

    def _rendered(self, name: str, attributes: dict[str, Value], scope: Scope) -> None:
        if FORMS.search(self.tree.text):
            for key in SUBMITTED & attributes.keys():
                self._submitted(attributes[key])
        component = scope.find(name)
        if component is None or not self.following:
            return
        given = Value(kind="object", fields=attributes)
        if given.whole().level < INPUT:
            return
        if component.closure is not None:
            self.invoke(component.closure, [given])
        elif component.kind == "class":
            this = Value(kind="object", fields={**(component.fields or {}), "props": given})
            for method in RENDERING:
                if (closure := component.held(method).closure) is not None:
                    self.invoke(closure, [], this)

    def _submitted(self, value: Value) -> None:
        if value.closure is not None:
            self._deferred([value.closure], (page_text("the form's values"),))

    def _handed_on(self, called: Call) -> Value:
        this = called.scope.find("this")
        if called.spelled == "this.setState" and this is not None and called.arguments:
            told = called.argument(0)
            if told.closure is not None and self.following:
                told = self.invoke(told.closure, [this.held("state"), this.held("props")])
            state = Value(kind="object", fields=told.fields or {})
            called.scope.assign("this", this.with_field("state", join((this.held("state"), state))))
        return super()._handed_on(called)

    def _callbacks(self, called: Call) -> Value | None:
        if re.search(r"(^|\.)(handleSubmit|withFormik|useFormik)$", called.spelled) and FORMS.search(self.tree.text):
            for value in called.arguments:
                self._submitted(value)
                for key in SUBMITTED & (value.fields or {}).keys():
                    self._submitted(value.held(key))
        return super()._callbacks(called)


__all__ = ["Components"]
