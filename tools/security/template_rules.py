"""HTML templates: values that reach a page unescaped, or where escaping does not help; forms without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator

from memory.records.report import Finding
from tools.security.found import LIKELY, MEDIUM, finding

UNESCAPED = (
    (re.compile(r"\{\{[^}]*\|\s*safe\b[^}]*\}\}"), "the value is put into the page unescaped"),
    (re.compile(r"\{%-?\s*autoescape\s+(false|off)"), "values are put into the page unescaped"),
    (re.compile(r"\{\{\{(?!\{)[^}]+\}\}\}"), "the value is put into the page unescaped"),
    (re.compile(r"<%-\s*(?!include)[^%]+%>"), "the value is put into the page unescaped"),
    (re.compile(r"\sv-html\s*="), "the value becomes HTML"),
    (re.compile(r"\{@html\s"), "the value becomes HTML"),
    (re.compile(r"\|\s*raw\s*\}\}"), "the value is put into the page unescaped"),
    (re.compile(r"\bng-bind-html-unsafe|\[innerHTML\]\s*="), "the value becomes HTML"),
    (re.compile(r"!=\s*\w|!\{[^}]+\}"), "the value is put into the page unescaped"),
)
BAD_PLACES = (
    (
        re.compile(r"<(script|style)[^>]*>[^<]*\{\{(?![^}]*\|\s*(tojson|escapejs|json_script))[^}]+\}\}"),
        "escaping for HTML does not help inside a script",
    ),
    (
        re.compile(r"\son\w+\s*=\s*(['\"])[^'\"]*\{\{(?![^}]*\|\s*(tojson|escapejs))[^}]*\}\}"),
        "escaping for HTML does not help inside an event handler",
    ),
    (
        re.compile(
            r"(href|src)\s*=\s*['\"]?\s*\{\{(?!\s*(url_for|static|request\.url_for|[\w.]*url[\w.]*\())[^}]*(user|profile|link|website|homepage|next|query|input|param)[^}]*\}\}"
        ),
        "the address can be javascript:",
    ),
    (re.compile(r"<\w+[^>]*\s(?!\w*on)\w+=\{\{[^}]+\}\}"), "without quotes the value can add attributes"),
)
SAFE_INSIDE = re.compile(
    r"tojson|escapejs|bleach|sanitize|purify|csrf|url_for|static|nonce|_html\b|json_script|dumps|macro|caller\(|super\(|\|\s*markdown",
    re.I,
)


def scan_template(file: str, text: str) -> Iterator[Finding]:
    pug = file.endswith(".pug")
    script = False
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, why in UNESCAPED[:-1] if not pug else UNESCAPED[-1:]:
            match = pattern.search(line)
            if (
                match
                and not SAFE_INSIDE.search(match[0])
                and not (file.endswith(".vue") and re.search(r"sanitize|purify", line, re.I))
            ):
                yield finding(
                    file,
                    number,
                    "template-unescaped",
                    79,
                    MEDIUM,
                    LIKELY,
                    why,
                    "Remove the filter, or clean the value (nh3, bleach) where it has to be HTML.",
                )
                break
        script = (
            script or bool(re.search(r"<script(?![^>]*(\ssrc=|application/json|text/template))[^>]*>", line))
        ) and "</script" not in line.partition("<script")[0]
        for pattern, why in BAD_PLACES if not file.endswith((".vue", ".svelte", ".pug", ".ejs")) else ():
            match = pattern.search(line)
            if match and not SAFE_INSIDE.search(match[0]):
                yield finding(
                    file,
                    number,
                    "template-wrong-place",
                    79,
                    MEDIUM,
                    LIKELY,
                    why,
                    "Use tojson inside scripts, quote attributes, check addresses.",
                )
                break
        else:
            inside = (
                re.search(r"\{\{(?![^}]*\|\s*(tojson|escapejs|json_script|int|safe))([^}]+)\}\}", line)
                if script and "<script" not in line
                else None
            )
            if inside and not SAFE_INSIDE.search(inside[0]) and not file.endswith((".vue", ".svelte", ".hbs")):
                yield finding(
                    file,
                    number,
                    "template-wrong-place",
                    79,
                    MEDIUM,
                    LIKELY,
                    "escaping for HTML does not help inside a script",
                    "Use the tojson filter.",
                )
        if "</script" in line:
            script = False
    form = re.search(r"<form[^>]*method\s*=\s*['\"]?post", text, re.I)
    django = re.search(r"\{%\s*(load|extends|url|static)\b", text)
    if form and django and "{% url" in text and "csrf_token" not in text and "hx-" not in text:
        yield finding(
            file,
            text.count("\n", 0, form.start()) + 1,
            "form-without-csrf-token",
            352,
            MEDIUM,
            LIKELY,
            "other sites can post this form in a visitor's name",
            "Add {% csrf_token %}.",
        )


__all__ = ["scan_template"]
