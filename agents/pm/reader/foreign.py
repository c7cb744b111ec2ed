"""Parts of a request that belong to something else than an API's data: told, never dropped."""

# ruff: noqa: E501 (tables of phrases stay one a line)
from __future__ import annotations

import re

from agents.pm.reader.clauses import Statement
from agents.pm.reader.draft import Draft
from agents.pm.reader.spans import token_at
from agents.pm.reader.text import Ledger

_KINDS: tuple[tuple[str, str], ...] = (
    (r"(?:mobile(?! (?:number|phone|no|tel))|ios|android|iphone|flutter|react native)(?: (?:app|application|client|backend|version))?(?: (?:and|or|/) (?:ios|android|mobile)(?: app)?)?", "no mobile client is made: only the HTTP API for it is built now"),
    (r"(?:web ?app(?:lication)?|web[- ]?site|(?:with )?(?:a |an )?(?:react|vue|angular|svelte|next\.js|nextjs|html|web|responsive|javascript|typescript)(?: ?js)? ?(?:frontend|front-end|front end|ui|user interface|client|app|pages?|interface|dashboard)|frontend|front-end|(?:user interface|gui)|single[- ]page app(?:lication)?)", "no pages are made: only the HTTP API is built now"),
    (r"(?:data pipeline|etl(?: pipeline| job)?|ingestion pipeline|batch pipeline)", "no pipeline is made: only the HTTP API for the data is built now"),
)  # fmt: skip

_REASONS: tuple[tuple[str, str], ...] = (
    (r"(?:(?:using|use|with|in|on|via|written in|backed by|built (?:with|in|on)|powered by|store(?:d)? in|for)\s+)?(?:mongo(?:db)?|mysql|mariadb|dynamodb|cassandra|firebase|firestore|oracle|redis|elasticsearch|neo4j|supabase|sql server)(?: database| db)?", "the app keeps its data in SQLite, or in PostgreSQL by DATABASE_URL"),
    (r"(?:(?:using|use|with|in|written in|built (?:with|in|on))\s+)(?:node(?:\.?js)?|express(?:\.?js)?|golang|go|rust|java|spring(?: boot)?|django(?: rest framework)?|flask|rails|ruby(?: on rails)?|php|laravel|c#|\.net|kotlin|graphql|typescript|nestjs|elixir|scala)", "the app is written in Python with FastAPI"),
    (r"(?:graphql|grpc|soap)(?: api| endpoints?)?", "the app speaks JSON over HTTP (REST)"),
    (r"(?:(?:with|using|via|through|and|accept|take|process)\s+)?(?:stripe|paypal|square|braintree|online|credit card|card)(?:\s+(?:payments?|integration|checkout|billing|and paypal))+|(?:with|using|via|through)\s+(?:stripe|paypal)", "payments are not taken; the data can be stored"),
    (r"(?:and\s+)?(?:(?:send|sends|sending|receive|receives)\s+){1,3}(?:(?:out|an?|daily|weekly|automatic)\s+)*(?:(?:e-?mail|sms|push|text|slack|reminder|notification)\s*)*(?:e-?mails?|reminders?|notifications?|sms|newsletters?|alerts?)(?: (?:to|when|before|after|for)(?: [a-z][\w-]*){1,6})?", "messages are not sent; only the data is kept"),
    (r"notify [a-z][\w ]{0,60}", "messages are not sent; only the data is kept"),
    (r"(?:e-?mail|sms|push|slack|whatsapp) (?:notifications?|reminders?|alerts?)", "messages are not sent; only the data is kept"),
    (r"(?:deploy(?:ed|ing|able)?|host(?:ed|ing)?|run(?:ning)?)\s+(?:it\s+)?(?:on|to|in|with)\s+(?:aws|azure|gcp|google cloud|heroku|kubernetes|docker|vercel|netlify|render|fly\.io|railway|the cloud|lambda)(?: [a-z]+)?", "where it runs is chosen when it is deployed, not in the plan"),
    (r"(?:admin |analytics |live |reporting )?dashboards?(?: (?:with|for|showing|of)(?: [a-z][\w-]*){1,5})?", "no dashboard is made; the API gives the data"),
    (r"(?:with\s+)?(?:user\s+)?roles\s*[:(]\s*[a-z]+(?:(?:,| and| or|/|, and) ?[a-z]+)*\)?|role[- ]based (?:access(?: control)?|permissions?)|rbac|admin(?:istrator)?s? (?:can|may|should|must) [a-z][\w ]{0,60}|only admins? (?:can|may) [a-z][\w ]{0,60}|permissions", "there are no roles: every account has the same rights"),
    (r"rate[- ]?limit(?:s|ed|ing)?(?: of)?(?: (?:to )?\d+(?: requests?)?(?: (?:per|a|an|/) ?[a-z]+)?)?|\d+ requests per [a-z]+", "requests are not limited by the app"),
    (r"(?:upload(?:s|ed|ing)?|attach(?:ing)?)\s+(?:of\s+)?(?:an?\s+|their\s+)?(?:images?|photos?|files?|pictures?|avatars?|videos?|documents?|attachments?|pdfs?)|(?:image|photo|file|avatar|video|picture) uploads?", "files are not stored; a URL field can point to one"),
    (r"web-?sockets?|real-?time(?: updates?| notifications?| chat| sync)?|live updates|server-sent events", "the app answers requests only; it pushes nothing"),
    (r"(?:oauth2?|sso|single sign-?on|saml|(?:google|github|facebook|social|apple) (?:login|sign-?in|auth(?:entication)?))(?: (?:with|via|login) ?[a-z]*)?", "accounts use e-mail and password with tokens"),
    (r"two-factor(?: authentication)?|2fa|mfa", "accounts use e-mail and password with tokens"),
    (r"(?:pdf|excel|xlsx|xml)(?: (?:export|import|reports?|invoices?|download)s?)?|(?:export|import)(?:s|ed)?(?: [a-z]+)? (?:to|as|from|in) (?:pdf|excel|xlsx|xml|json)", "only CSV can be imported and exported"),
    (r"(?:which is |that is |is |are |being )?(?:automatically )?(?:calculated|computed|derived|summed(?: up)?)(?: (?:automatically|from|as|by|based)(?: [a-z0-9*+/][\w*+/-]*){1,8})?", "computed values are not made; the field is kept as it is sent"),
    (r"(?:the )?[a-z]+ (?:is|equals|=) (?:the )?[a-z][\w]* (?:times|multiplied by|plus|minus|divided by|\*) [a-z][\w]*(?: [a-z]+)?", "computed values are not made; the field is kept as it is sent"),
    (r"multi-?language|i18n|internationali[sz]ation|soft delet(?:e|es|ion)|audit (?:log|trail)s?|caching|webhooks?(?: (?:for|on|when)(?: [a-z]+){1,4})?|machine learning|ai[- ]powered|recommendations?|statistics|reports?(?: (?:of|on|for|about)(?: [a-z]+){1,4})?", "this is not part of what the API template makes"),
)  # fmt: skip

_COMPILED = [(re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), reason) for pattern, reason in (*_KINDS, *_REASONS)]
_DATA_WORDS = re.compile(r"\s*(?:with|:|\(|has|have)")


def scan_foreign(ledger: Ledger, draft: Draft, masked: list[bool], statement: Statement) -> None:
    """Refuse, with its reason, every part of a statement that is about something the API does not do."""
    tokens = ledger.tokens
    start, end = tokens[statement.start].start, tokens[statement.end - 1].end
    for pattern, reason in _COMPILED:
        for found in pattern.finditer(ledger.low, start, end):
            a, b = token_at(ledger, found.start()), token_at(ledger, found.end())
            if a >= b or any(masked[a:b]) or _is_data(ledger, found) or _is_choice(ledger, found, start):
                continue
            ledger.refuse(a, b, reason)
            masked[a:b] = [True] * (b - a)


def _is_choice(ledger: Ledger, found: re.Match[str], start: int) -> bool:
    """`(frontend, backend, ops)`: one of several in brackets or between slashes is a value, not a wish."""
    before, after = ledger.low[start : found.start()], ledger.low[found.end() : found.end() + 5]
    listed = _BEFORE_CHOICE.search(before) is not None and _AFTER_CHOICE.match(after) is not None
    alone = before.endswith("(") and after.startswith(")")
    return listed and not alone and (before.count("(") > before.count(")") or "/" in before[-1:] + after[:1])


_BEFORE_CHOICE = re.compile(r"(?:[(,/|:]|\bor)\s*$")
_AFTER_CHOICE = re.compile(r"\s*(?:[),/|]|or\b)")


def _is_data(ledger: Ledger, found: re.Match[str]) -> bool:
    """`reports with title and body` and `a website field` are data, not a wish for reports or a web site."""
    word = found[0]
    if word in (
        "reports",
        "report",
        "recommendations",
        "recommendation",
        "permissions",
        "website",
        "web site",
        "statistics",
        "webhooks",
        "webhook",
        "dashboards",
        "dashboard",
        "notifications",
    ):
        before = ledger.low[max(0, found.start() - 3) : found.start()]
        after = ledger.low[found.end() : found.end() + 12]
        return (
            (word.startswith("web") and "app" not in word)
            or _DATA_WORDS.match(after) is not None
            or before.endswith(", ")
        )
    return False
